import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  batchNorm,
  type DenseSettings,
  dense,
  dropout,
  layerNorm,
  type NetworkOptions,
  NeuralNetwork,
  type Optimizer,
  residual,
} from '../../lib';
import { optimizerNames } from '../../lib/options';
import { checkGradients, expectFewKinks, newTally } from '../support/gradient-check';
import { namedTensors } from '../support/named-tensors';
import { RandomNumbers } from '../support/random-numbers';

// Frozen layers, and layers and tensors with settings of their own.

const random = new RandomNumbers(1);
const rows = (count: number, columns: number) => Array.from({ length: count }, () => Array.from(random.array(columns)));
const x = rows(20, 3);
const y = x.map(([a = 0, b = 0]) => [a * b]);

const tensors = (nn: NeuralNetwork): [name: string, values: number[]][] =>
  namedTensors(nn).map(({ name, values }) => [name, Array.from(values)]);
const named = (nn: NeuralNetwork): Record<string, number[]> => Object.fromEntries(tensors(nn));

/** Every way to say something about training, wide enough for products, with what is measured and what is inside something else. */
const frozen = { trainable: false } as const;
const own: DenseSettings = { learningRateFactor: { weights: 0.5, bias: 0.25 }, l1: 0.001, l2: 0.01 };
const networks: Record<string, NetworkOptions> = {
  'frozen at the bottom': { inputSize: 3, layers: [dense(20, 'tanh', frozen), dropout(0.1), dense(5, 'tanh'), dense(1)] },
  'frozen in the middle': { inputSize: 3, layers: [dense(20, 'tanh'), dense(5, 'tanh', frozen), dense(1)] },
  'frozen at the top': { inputSize: 3, layers: [dense(20, 'tanh'), dense(1, 'linear', frozen)] },
  'tiny and frozen': { inputSize: 3, layers: [dense(4, 'tanh', frozen), dense(1)] },
  'a frozen block': { inputSize: 3, layers: [dense(20), residual([layerNorm(), dense(20, 'tanh')], frozen), dense(1)] },
  'frozen in a block': { inputSize: 3, layers: [dense(20), residual([layerNorm(frozen), dense(20, 'tanh', own)]), dense(1)] },
  'a frozen batchNorm': { inputSize: 3, layers: [dense(20), batchNorm(frozen), dense(5, 'tanh'), dense(1)] },
  'a frozen batchNorm at the bottom': { inputSize: 3, layers: [batchNorm(frozen), dense(5, 'tanh'), dense(1)] },
  'settings of their own': {
    inputSize: 3,
    layers: [dense(20, 'tanh', own), batchNorm({ learningRateFactor: 2 }), dense(1, 'linear', own)],
  },
  'tiny with settings of their own': { inputSize: 3, layers: [dense(4, 'tanh', own), dense(1)] },
  inputs: {
    inputs: [
      { type: 'periodic', columns: 2, frequencies: 3, width: 3, sigma: 0.5, learningRateFactor: { frequencies: 0.1 }, l2: 0.01 },
      { type: 'periodic', columns: 1, frequencies: 3, width: 3, sigma: 0.5, trainable: false },
    ],
    layers: [dense(4, 'tanh'), dense(1)],
  },
};
const optimizers: Optimizer[] = [
  { type: 'sgd', learningRate: 0.05 },
  { type: 'adamw', learningRate: 0.01, weightDecay: 0.1, decays: 'weights' },
];
const cases = Object.keys(networks).flatMap((name) => optimizers.map((optimizer) => ({ name, optimizer })));
const make = (name: string, precision: NetworkOptions['precision'] = 'f64') =>
  new NeuralNetwork({ seed: 3, precision, ...(networks[name] as NetworkOptions) });

test.each(cases)('a step of fit is backward and update: $name, $optimizer.type', async ({ name, optimizer }) => {
  const [whole, bySteps] = [make(name), make(name)];
  for (let step = 0; step < 3; step++) {
    const { loss, gradients } = bySteps.backward(x, y);
    bySteps.update(gradients, optimizer);
    if (step > 0) continue; // another fit would begin the optimizer afresh
    const history = await whole.fit({ x, y }, { epochs: 1, batchSize: 20, shuffle: false, optimizer });
    expect(history.loss).toEqual([loss]);
    expect(tensors(bySteps)).toEqual(tensors(whole));
  }
});

test.each(cases)('training changes what is not frozen, and nothing else: $name, $optimizer.type', async ({ name, optimizer }) => {
  for (const precision of ['f32', 'f64'] as const) {
    const nn = make(name, precision);
    const before = named(nn);
    await nn.fit({ x, y }, { epochs: 2, batchSize: 6, optimizer, dropLast: true });
    const isFrozen = (tensor: string): boolean => {
      const [list = '', index = '', , inner = ''] = tensor.split('.');
      const layer = nn[list as 'layers'][Number(index)]?.options as { trainable?: boolean; layers?: { trainable?: boolean }[] };
      return layer.trainable === false || layer.layers?.[Number(inner)]?.trainable === false;
    };
    for (const [tensor, values] of tensors(nn)) {
      if (isFrozen(tensor)) expect(values, tensor).toEqual(before[tensor]);
      else expect(values, tensor).not.toEqual(before[tensor]);
    }
  }
});

test.each(optimizerNames)('%s trains a head on frozen layers as it would on what they put out', async (type) => {
  const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(20, 'tanh', frozen), dense(1)], seed: 2, precision: 'f64' });
  const head = new NeuralNetwork({ inputSize: 20, layers: [dense(1)], seed: 2, precision: 'f64' });
  const features = nn.forward(x, { layers: true }).layers[0]?.output;
  Object.assign(head.layers[0] as object, { weights: nn.layers[1]?.weights });
  const options = { epochs: 5, batchSize: 8, shuffle: false, optimizer: { type } as Optimizer };
  await nn.fit({ x, y }, options);
  await head.fit({ x: features as never, y }, options);
  expect(nn.layers[1]?.weights.data).toEqual(head.layers[0]?.weights.data);
});

describe.each(['f32', 'f64'] as const)('%s: what is done to whole gradients', (precision) => {
  const base = { epochs: 2, batchSize: 5, shuffle: false, optimizer: { type: 'sgd', learningRate: 0.05 } } as const;
  const fitted = async (name: string, options: object) => {
    const nn = make(name, precision);
    await nn.fit({ x, y }, { ...base, ...options });
    return nn;
  };

  test.each(Object.keys(networks))('goes around frozen tensors: %s', async (name) => {
    const before = named(make(name, precision));
    const after = named(await fitted(name, { accumulate: 2, clipNorm: 0.5, ema: { decay: 0.5 } }));
    const once = named(await fitted(name, {}));
    for (const [tensor, values] of Object.entries(once)) {
      const [first, found] = [before[tensor], after[tensor]].map((array) => JSON.stringify(array));
      // Frozen where one training leaves it: then the other does so, and has the same for an average.
      expect(found === first, tensor).toBe(JSON.stringify(values) === first);
    }
  });

  test.each(['frozen at the bottom', 'tiny and frozen'])('a norm is that of the gradients that are used: %s', async (name) => {
    const nn = make(name, precision);
    const head = nn.backward(x, y).gradients.slice(1);
    const squares = head.flatMap(({ parameters }) => Object.values(parameters).flatMap(({ data }) => Array.from(data, (g) => g * g)));
    const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
    const half = { epochs: 1, batchSize: 20, optimizer: { type: 'sgd', learningRate: 0.025 } } as const;
    const halved = named(await fitted(name, half));
    const clipped = named(await fitted(name, { epochs: 1, batchSize: 20, clipNorm: norm / 2 }));
    for (const [tensor, values] of Object.entries(halved)) {
      for (const [i, value] of values.entries()) expect(clipped[tensor]?.[i]).toBeCloseTo(value, 5);
    }
  });

  test('penalties are added after a clip', async () => {
    const layers = (l2: number) => ({ inputSize: 3, layers: [dense(1, 'linear', { l2 })], seed: 3, precision });
    const [plain, penalised] = [new NeuralNetwork(layers(0)), new NeuralNetwork(layers(0.5))];
    const start = Array.from(plain.layers[0]?.weights.data ?? []);
    for (const nn of [plain, penalised]) await nn.fit({ x, y }, { ...base, epochs: 1, batchSize: 20, clipValue: 1e-3 });
    for (const [i, weight] of start.entries()) {
      const difference = (penalised.layers[0]?.weights.data[i] as number) - (plain.layers[0]?.weights.data[i] as number);
      expect(difference).toBeCloseTo(-0.05 * 2 * 0.5 * weight, 6);
    }
  });
});

describe('a frozen batchNorm', () => {
  async function measured(): Promise<NeuralNetwork> {
    const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(20), batchNorm(), dense(1)], seed: 4, precision: 'f64' });
    await nn.fit({ x, y }, { epochs: 3 });
    return nn;
  }

  test('goes by its running statistics in training', async () => {
    const nn = await measured();
    const { loss } = await nn.evaluate({ x, y });
    expect(nn.backward(x, y).loss).not.toBeCloseTo(loss, 6);
    const layer = nn.layers[1] as (typeof nn.layers)[0];
    layer.trainable = false;
    expect(nn.backward(x, y).loss).toBeCloseTo(loss, 12);
    const { runningMean, runningVariance } = layer.parameters;
    const history = await nn.fit({ x, y }, { epochs: 1, batchSize: 20 });
    expect(history.loss[0]).toBeCloseTo(loss, 12);
    expect(layer.parameters.runningMean).toEqual(runningMean);
    expect(layer.parameters.runningVariance).toEqual(runningVariance);
  });

  test('has the gradients of what it does', async () => {
    const nn = await measured();
    (nn.layers[1] as (typeof nn.layers)[0]).trainable = false;
    const tally = newTally();
    checkGradients(nn, { x: { data: Float64Array.from(x.flat()), shape: [20, 3] }, y: y.flat() } as never, random, tally, 4);
    expectFewKinks(tally);
  });

  test('keeps its running statistics in update, whatever it is given', async () => {
    const nn = await measured();
    const { gradients } = nn.backward(x, y);
    const layer = nn.layers[1] as (typeof nn.layers)[0];
    layer.trainable = false;
    const before = layer.parameters.runningMean;
    nn.update(gradients, 'sgd');
    expect(layer.parameters.runningMean).toEqual(before);
    layer.trainable = true;
    nn.update(gradients, 'sgd');
    expect(layer.parameters.runningMean).not.toEqual(before);
  });
});

describe('trainable', () => {
  const fresh = () => new NeuralNetwork({ inputSize: 3, layers: [dense(4, 'tanh'), dropout(0.5), dense(1)], seed: 1 });

  test('freezes layers of a network that was loaded, and thaws them', async () => {
    const nn = NeuralNetwork.fromBytes(fresh().toBytes());
    for (const layer of nn.layers.slice(0, -1)) layer.trainable = false;
    expect(nn.layers.map(({ trainable }) => trainable)).toEqual([false, true, true]); // dropout has nothing to train
    const before = named(nn);
    await nn.fit({ x, y }, { epochs: 1 });
    const after = named(nn);
    expect(after['layers.0.weights']).toEqual(before['layers.0.weights']);
    expect(after['layers.2.weights']).not.toEqual(before['layers.2.weights']);
    (nn.layers[0] as (typeof nn.layers)[0]).trainable = true;
    expect(JSON.stringify(nn.toJSON().spec)).toBe(JSON.stringify(fresh().toJSON().spec));
    await nn.fit({ x, y }, { epochs: 1 });
    expect(named(nn)['layers.0.weights']).not.toEqual(before['layers.0.weights']);
  });

  test('cannot be set while fit runs, which nothing would know of', async () => {
    const nn = fresh();
    const set = () => Object.assign(nn.layers[0] as object, { trainable: false });
    const training = nn.fit(
      { x, y },
      { epochs: 3, onEpoch: () => expect(set).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_BUSY' })) },
    );
    expect(set).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_BUSY' }));
    await training;
    set();
    expect(nn.layers[0]?.options).toMatchObject({ trainable: false });
  });
});

describe('a checkpoint', () => {
  let folder: string;
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));

  test.each(Object.keys(networks))('is resumed with the same bits: %s', async (name) => {
    folder ??= await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
    const options = {
      epochs: 4,
      batchSize: 6,
      dropLast: true,
      accumulate: 2,
      ema: { decay: 0.5 },
      optimizer: { type: 'nadam', learningRate: 0.01, decays: 'weights' },
    } as const;
    const whole = make(name, 'f32');
    await whole.fit({ x, y }, options);
    const checkpoint = { path: path.join(folder, name), resume: true };
    await make(name, 'f32').fit({ x, y }, { ...options, onEpoch: ({ epoch }) => epoch < 2, checkpoint });
    const resumed = make(name, 'f32');
    await resumed.fit({ x, y }, { ...options, checkpoint });
    expect(tensors(resumed)).toEqual(tensors(whole));
  });

  test('of other frozen layers is another training', async () => {
    folder ??= await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
    const checkpoint = { path: path.join(folder, 'other'), resume: true };
    const nn = make('tiny with settings of their own');
    await nn.fit({ x, y }, { epochs: 1, checkpoint });
    (nn.layers[1] as (typeof nn.layers)[0]).trainable = false;
    await expect(nn.fit({ x, y }, { epochs: 2, checkpoint })).rejects.toMatchObject({
      code: 'ERR_CHAINRULE_CHECKPOINT',
      message: expect.stringContaining('layers[1].trainable is absent there, but false here'),
    });
  });
});
