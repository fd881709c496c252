import { describe, expect, it } from 'vitest';
import { type Activation, dense, dropout, type LossName, NeuralNetwork, type Optimizer } from '../../lib';

/*
 * Networks whose layers all have at most sixteen units are trained and asked by kernels of their own. A dropout layer that drops
 * nothing (less than one value in 2^32), and multiplies by 1 in single precision, keeps a network from them: the tests compare both.
 */
const dropsNothing = dropout(1e-10);

interface Case {
  sizes: number[];
  activations: Activation[];
  loss: LossName;
  batch: number;
  optimizer?: Optimizer;
}

function both({ sizes, activations, loss, batch, optimizer = 'sgd' }: Case) {
  const [inputSize = 1, ...units] = sizes;
  const layers = units.map((count, i) => dense(count, activations[i]));
  const outputs = units.at(-1) as number;
  const rows = batch + 3;
  const x = Float64Array.from({ length: rows * inputSize }, (_, i) => Math.sin(i * 1.7) * 2);
  const y = Float64Array.from({ length: rows * outputs }, (_, i) => ((i * 7) % 3) & 1);
  return [[], [dropsNothing]].map(async (extra) => {
    const nn = new NeuralNetwork({ inputSize, layers: [...layers.slice(0, 1), ...extra, ...layers.slice(1)], loss, seed: 3 });
    const { gradients } = nn.backward(x, y);
    const { loss: losses } = await nn.fit({ x, y }, { epochs: 3, batchSize: batch, optimizer, metrics: ['accuracy', 'mse'] });
    const weights = nn.layers.filter(({ type }) => type === 'dense').map((layer) => [layer.weights?.data, layer.bias?.data]);
    const evaluation = await nn.evaluate({ x, y });
    return {
      gradients: gradients.map(({ weights, bias }) => [weights.data, bias.data]),
      losses,
      weights,
      evaluation,
      predicted: nn.predict(x),
    };
  });
}

describe('small networks have the same bits as others', () => {
  it.each<Case>([
    { sizes: [2, 4, 1], activations: ['sigmoid', 'sigmoid'], loss: 'binaryCrossEntropy', batch: 4 },
    { sizes: [16, 16, 16], activations: ['relu', 'tanh'], loss: 'mse', batch: 17 },
    { sizes: [1, 1, 1], activations: ['linear', 'linear'], loss: 'mse', batch: 1 },
    { sizes: [3, 15, 7, 5], activations: ['gelu', 'silu', 'softmax'], loss: 'crossEntropy', batch: 5 },
    { sizes: [5, 9, 1], activations: ['mish', 'linear'], loss: 'huber', batch: 33 },
    { sizes: [7, 3, 2], activations: ['selu', 'sigmoid'], loss: 'mae', batch: 16, optimizer: 'adam' },
    {
      sizes: [4, 8, 3],
      activations: ['elu', 'sigmoid'],
      loss: 'binaryCrossEntropy',
      batch: 100,
      optimizer: { type: 'sgd', momentum: 0.9 },
    },
  ])('$sizes $activations $loss, batch $batch', async (wanted) => {
    const [small, general] = await Promise.all(both(wanted));
    expect(small).toEqual(general);
  });
});
