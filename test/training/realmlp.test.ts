import { expect, test } from 'vitest';
import { dense, NeuralNetwork, scale } from '../../lib';
import { namedTensors } from '../support/named-tensors';
import { RandomNumbers } from '../support/random-numbers';

// RealMLP-TD-S (Holzmüller, Grinsztajn & Steinwart 2024) has layers x W / sqrt(n) + b of n inputs, and trains W. With Adam that is a layer
// x w + b whose weights have the learning-rate factor 1 / sqrt(n): a step of W by the rate is one of w = W / sqrt(n) by the rate / sqrt(n).
// (Only epsilon would differ; it is next to nothing here.)

const inputs = 3;
const hidden = 7;

const layer = (columns: number, units: number, isLast: boolean) =>
  dense(units, isLast ? 'linear' : 'selu', {
    weightsInitializer: isLast ? 'zeros' : { type: 'normal', stddev: 1 / Math.sqrt(columns) },
    biasInitializer: isLast ? 'zeros' : { type: 'normal', stddev: 1 },
    learningRateFactor: { weights: 1 / Math.sqrt(columns), bias: 0.1 },
  });

const network = () =>
  new NeuralNetwork({
    inputSize: inputs,
    layers: [scale({ learningRateFactor: 6 }), layer(inputs, hidden, false), layer(hidden, hidden, false), layer(hidden, 1, true)],
    precision: 'f64',
    seed: 5,
  });

const rate = 0.04;
const [beta1, beta2] = [0.9, 0.95];

test('RealMLP is trained as a plain implementation trains it', async () => {
  const random = new RandomNumbers(1);
  const x = Array.from({ length: 16 }, () => Array.from(random.array(inputs)));
  const y = x.map(([a = 0, b = 0, c = 0]) => [a * b - c]);
  const steps = 30;

  // The trained numbers are those of RealMLP: weights are W, which the network gets as W / sqrt(n).
  const plain = network();
  const own = namedTensors(plain).map((tensor) => {
    const [columns = 1] = tensor.owner.parameters[tensor.key]?.shape ?? [];
    const root = tensor.key === 'weights' ? Math.sqrt(columns) : 1;
    const factor = tensor.key === 'scale' ? 6 : tensor.key === 'bias' ? 0.1 : 1;
    const values = Array.from(tensor.values, (value) => value * root);
    return { tensor, root, factor, values, mean: values.map(() => 0), square: values.map(() => 0) };
  });
  for (let t = 1; t <= steps; t++) {
    const gradients = plain.backward(x, y).gradients.flatMap(({ parameters }) => Object.values(parameters));
    for (const [index, { tensor, root, factor, values, mean, square }] of own.entries()) {
      for (const [i, value] of values.entries()) {
        const g = (gradients[index]?.data[i] as number) / root;
        mean[i] = beta1 * (mean[i] as number) + (1 - beta1) * g;
        square[i] = beta2 * (square[i] as number) + (1 - beta2) * g * g;
        const direction = (mean[i] as number) / (1 - beta1 ** t) / (Math.sqrt((square[i] as number) / (1 - beta2 ** t)) + 1e-100);
        values[i] = value - rate * factor * direction;
      }
      tensor.values = Float64Array.from(values, (value) => value / root) as never;
    }
  }

  const nn = network();
  const optimizer = { type: 'adam', learningRate: rate, beta1, beta2, epsilon: 1e-100 } as const;
  await nn.fit({ x, y }, { epochs: steps, batchSize: 16, shuffle: false, optimizer });
  for (const [index, { key, values }] of namedTensors(nn).entries()) {
    const wanted = Array.from(namedTensors(plain)[index]?.values ?? []);
    const found = Array.from(values);
    expect(found).toHaveLength(wanted.length);
    for (const [i, value] of found.entries()) expect(value, `${key} ${i}`).toBeCloseTo(wanted[i] as number, 9);
  }
});
