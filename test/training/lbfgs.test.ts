import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  batchNorm,
  dense,
  dropout,
  type FitOptions,
  gaussianNoise,
  type LbfgsOptions,
  members,
  NeuralNetwork,
  type Samples,
} from '../../lib';

// L-BFGS against PyTorch's (goldens/make-steps.py), and what it does not go with.

interface Goldens {
  x: number[][];
  y: number[][];
  initial: number[][];
  cases: { optimizer: LbfgsOptions; epochs?: number[]; weights: number[][][]; losses?: number[] }[];
}

const { x, y, initial, cases } = JSON.parse(readFileSync(path.join(__dirname, '../goldens/steps.json'), 'utf8')) as Goldens;
const data: Samples = { x, y };
const ofLbfgs = cases.filter(({ losses }) => losses !== undefined);
const parameters = (nn: NeuralNetwork) =>
  nn.layers.flatMap((layer) => (layer.type === 'dense' ? [[...layer.weights.data], [...layer.bias.data]] : []));
const distance = (a: number[][], b: number[][]) =>
  Math.max(...a.flatMap((array, i) => array.map((value, j) => Math.abs(value - (b[i]?.[j] as number)) / Math.max(1, Math.abs(value)))));

function network(precision: 'f64' | 'f32' = 'f64'): NeuralNetwork {
  const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(5, 'tanh'), dense(2)], precision });
  for (const [index, layer] of nn.layers.entries()) {
    layer.weights = Float64Array.from(initial[2 * index] ?? []);
    layer.bias = Float64Array.from(initial[2 * index + 1] ?? []);
  }
  return nn;
}

test.each(ofLbfgs.map((golden) => ({ ...golden, name: JSON.stringify(golden.optimizer) })))(
  'the same weights and losses as by PyTorch: $name',
  async ({ optimizer, epochs = [], weights, losses = [] }) => {
    for (const [index, count] of epochs.entries()) {
      const nn = network();
      const history = await nn.fit(data, { optimizer, epochs: count });
      const wanted = losses.slice(0, count);
      expect(Math.max(...wanted.map((loss, epoch) => Math.abs(loss - (history.loss[epoch] as number))))).toBeLessThan(1e-10);
      expect(distance(parameters(nn), weights[index] ?? [])).toBeLessThan(1e-10);
    }
  },
);

test('in single precision a small network is fitted, too', async () => {
  const nn = network('f32');
  const { loss } = await nn.fit(data, { optimizer: 'lbfgs', epochs: 10, metrics: ['mae'], validation: data });
  expect(loss.at(-1)).toBeLessThan(0.2 * (loss[0] as number));
});

test('batchNorm and members take part', async () => {
  const layers = [members(2), dense(7, 'tanh', { perMember: 'scales' }), batchNorm(), dense(2, 'linear', { perMember: 'weights' })];
  const nn = new NeuralNetwork({ inputSize: 3, layers, seed: 2 });
  const { loss } = await nn.fit(data, { optimizer: 'lbfgs', epochs: 4 });
  expect(loss.at(-1)).toBeLessThan(0.5 * (loss[0] as number));
});

test('frozen layers stay as they are', async () => {
  const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(5, 'tanh', { trainable: false }), dense(2)], seed: 2 });
  const [before] = parameters(nn);
  const { loss } = await nn.fit(data, { optimizer: 'lbfgs', epochs: 2 });
  expect(parameters(nn)[0]).toEqual(before);
  expect(loss[1]).toBeLessThan(loss[0] as number);
});

test('a loss that is not finite ends in a DivergenceError', async () => {
  const nn = network();
  const huge = y.map((row) => row.map((value) => value * 1e300));
  await expect(nn.fit({ x, y: huge }, { optimizer: 'lbfgs' })).rejects.toMatchObject({ name: 'DivergenceError' });
});

test('training is aborted in the middle of an epoch', async () => {
  const rows = 2000;
  const wide = new NeuralNetwork({ inputSize: 200, layers: [dense(200, 'tanh'), dense(1)], seed: 1 });
  const many = {
    x: { data: new Float32Array(rows * 200).map((_, i) => Math.sin(i)), shape: [rows, 200] as const },
    y: new Float32Array(rows),
  };
  const optimizer: LbfgsOptions = {
    type: 'lbfgs',
    maxIterations: 10_000,
    maxEvaluations: 10_000,
    toleranceChange: 0,
    toleranceGradient: 0,
  };
  const began = performance.now();
  await expect(wide.fit(many, { optimizer, epochs: 1, signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ name: 'AbortError' });
  expect(performance.now() - began).toBeLessThan(5000);
});

describe('it is refused', () => {
  const misplaced: [keyof FitOptions, unknown][] = [
    ['batchSize', 4],
    ['dropLast', true],
    ['shuffle', false],
    ['accumulate', 2],
    ['clipNorm', 1],
    ['clipValue', 1],
    ['ema', {}],
  ];
  test.each(misplaced)('with %s', async (name, value) => {
    const fit = network().fit(data, { optimizer: 'lbfgs', [name]: value });
    await expect(fit).rejects.toMatchObject({ code: 'ERR_CHAINRULE_OPTION', message: expect.stringContaining(`${name} does not go with`) });
  });

  test('for a stream', async () => {
    await expect(network().fit(() => [data], { optimizer: 'lbfgs' })).rejects.toThrow('does not go with a stream');
  });

  test.each([
    [dropout(0.5), 'layers[1] is dropout, which is random'],
    [gaussianNoise(0.5), 'layers[1] is gaussianNoise, which is random'],
    [dense(3, 'tanh', { l2: 0.1 }), 'l1 and l2'],
    [dense(3, 'tanh', { learningRateFactor: 0.1 }), 'learningRateFactor'],
  ])('for %j', async (layer, message) => {
    const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(5), layer, dense(2)] });
    await expect(nn.fit(data, { optimizer: 'lbfgs' })).rejects.toThrow(message);
  });

  test('by update', () => {
    const nn = network();
    const { gradients } = nn.backward(x, y);
    expect(() => nn.update(gradients, 'lbfgs' as 'sgd')).toThrow('optimizer must be');
  });
});
