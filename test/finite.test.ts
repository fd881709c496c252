import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, type FitOptions, type NetworkOptions, NeuralNetwork, type Optimizer, type SampleStream, type Samples } from '../lib';
import { optimizerNames } from '../lib/options';

// Whatever a network has is finite: a call that would end with something else fails, and the network keeps what it had.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const precisions = ['f32', 'f64'] as const;
type Precision = (typeof precisions)[number];
const network = (precision: Precision, options: Partial<NetworkOptions> = {}) =>
  new NeuralNetwork({ inputSize: 1, layers: [dense(1)], seed: 1, precision, ...options });
const parameters = (nn: NeuralNetwork): number[] =>
  nn.layers.flatMap((layer) => (layer.type === 'dense' ? [...layer.weights.data, ...layer.bias.data] : []));

/** A step on this ends far beyond what the precision can hold, though its loss can be held. */
const data: Record<Precision, Samples> = { f32: { x: [[1e10]], y: [[0]] }, f64: { x: [[1e100]], y: [[0]] } };
const rates: Record<Precision, number> = { f32: 1e30, f64: 1e300 };

/** The steps of the others have a size that no gradient changes. */
const unbounded = optimizerNames.filter((type) => type !== 'rprop' && type !== 'lion');
const optimizers: { [T in Precision]: Optimizer[] } = {
  f32: unbounded.map((type) => ({ type, learningRate: 1e38 }) as Optimizer),
  f64: unbounded.map((type) => ({ type, learningRate: 1e308 }) as Optimizer),
};

describe.each(precisions)('%s', (precision) => {
  const fits: [string, Samples | SampleStream, FitOptions<Samples>][] = [
    ['samples', data[precision], {}],
    ['a stream', [data[precision]], {}],
    ['a stream with validation', [data[precision]], { validation: data[precision] }],
    ['a stream whose second epoch overflows', (epoch) => [epoch === 1 ? { x: [[0]], y: [[0]] } : data[precision]], { epochs: 3 }],
  ];
  test.each(fits)('the last step of %s', async (_, source, options) => {
    const nn = network(precision);
    const before = parameters(nn);
    const optimizer = { type: 'sgd', learningRate: rates[precision] } as const;
    const error = await nn.fit(source, { epochs: 1, ...options, optimizer }).catch((reason: unknown) => reason);
    const epoch = options.epochs === 3 ? 2 : 1;
    expect(error).toMatchObject({ name: 'DivergenceError', code: 'ERR_CHAINRULE_DIVERGED', epoch, step: epoch });
    expect(parameters(nn)).toEqual(before);
    await nn.fit({ x: [[0]], y: [[0]] }, { epochs: 1 }); // it is not busy
  });

  test('a checkpoint of a stream stays that of the epoch before', async () => {
    const file = path.join(folder, `stream-${precision}`);
    const harmless: Samples = { x: [[0]], y: [[0]] };
    const optimizer = { type: 'sgd', learningRate: rates[precision] } as const;
    const whole = network(precision);
    await whole.fit(() => [harmless], { epochs: 1, optimizer, checkpoint: { path: file } });
    const content = await readFile(file);
    const stream = (epoch: number) => [epoch === 1 ? harmless : data[precision]];
    const training = network(precision).fit(stream, { epochs: 2, optimizer, checkpoint: { path: file, resume: true } });
    await expect(training).rejects.toMatchObject({ code: 'ERR_CHAINRULE_DIVERGED', step: 2, epoch: 2 });
    expect(await readFile(file)).toEqual(content);
    expect(parameters(await NeuralNetwork.load(file))).toEqual(parameters(whole));
  });

  test.each(optimizers[precision])('update by %j', (optimizer) => {
    const nn = network(precision);
    const gradients = (size: number) => [{ weights: [[size]], bias: [size] }];
    const large = precision === 'f32' ? 3e38 : 1.7e308;
    // Gradients that are harmless first, so that there is a state to keep.
    const harmless = { ...(optimizer as object), learningRate: 1e-3 } as Optimizer;
    nn.update(gradients(0.5), harmless);
    const twin = network(precision);
    twin.update(gradients(0.5), harmless);
    const before = parameters(nn);
    expect(() => {
      for (let i = 0; i < 20; i++) nn.update(gradients(large), optimizer);
    }).toThrow(
      expect.objectContaining({ name: 'ChainruleRangeError', code: 'ERR_CHAINRULE_VALUE', message: expect.stringContaining('optimizer') }),
    );
    expect(parameters(nn)).toEqual(before);
    nn.update(gradients(0.25), harmless);
    twin.update(gradients(0.25), harmless);
    expect(parameters(nn)).toEqual(parameters(twin)); // weights and the optimizer's state are those of before
    expect(parameters(NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn))))).toEqual(parameters(nn));
  });
});

test('a large network, whose values are looked at on all threads', async () => {
  const nn = new NeuralNetwork({ inputSize: 600, layers: [dense(2000), dense(1)], seed: 1 });
  const before = nn.layers[1]?.weights?.data.slice();
  const x = new Float32Array(600);
  x[599] = 1e10;
  const training = nn.fit([{ x, y: [[0]] }], { epochs: 1, optimizer: { type: 'sgd', learningRate: 1e30 } });
  await expect(training).rejects.toMatchObject({ code: 'ERR_CHAINRULE_DIVERGED', step: 1, epoch: 1 });
  expect(nn.layers[1]?.weights?.data).toEqual(before);
  await nn.save(path.join(folder, 'large'));
  await NeuralNetwork.load(path.join(folder, 'large'));
});

test("a checkpoint whose optimizer's state has overflowed is not written, and the one before stays", async () => {
  const file = path.join(folder, 'state');
  // The square of this gradient is beyond single precision, the loss and the weights are not.
  const stream = (epoch: number) => [epoch === 1 ? { x: [[1]], y: [[1]] } : { x: [[1e20]], y: [[1]] }];
  const options = { epochs: 2, optimizer: { type: 'adam', learningRate: 1e-3 } } as const;
  const nn = network('f32', { loss: 'mae' });
  await nn.fit(stream, { ...options, epochs: 1, checkpoint: { path: file } });
  const content = await readFile(file);
  const resumed = network('f32', { loss: 'mae' });
  const error = await resumed.fit(stream, { ...options, checkpoint: { path: file, resume: true } }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'DivergenceError', step: 2, epoch: 2 });
  expect((error as Error).message).toContain(
    "the optimizer's state was not finite at step 2 (epoch 2, learning rate 0.001); the weights of epoch 2",
  );
  expect(await readFile(file)).toEqual(content);
  expect(parameters(resumed).every(Number.isFinite)).toBe(true);
  await nn.fit(stream, { ...options, epochs: 1, checkpoint: { path: file, resume: true } });
});

test.each(precisions)('initial weights of any settings in %s', (precision) => {
  const initializers = (size: number) =>
    [
      { type: 'constant', value: size },
      { type: 'constant', value: -size },
      { type: 'normal', mean: size, stddev: size },
      { type: 'normal', mean: 0, stddev: size },
      { type: 'uniform', low: -size, high: size },
    ] as const;
  const made = (weightsInitializer: ReturnType<typeof initializers>[number]) =>
    new NeuralNetwork({ inputSize: 1, layers: [dense(1000, 'linear', { weightsInitializer })], precision });
  for (const initializer of initializers(1e37)) expect(parameters(made(initializer)).every(Number.isFinite)).toBe(true);
  for (const initializer of initializers(1.1e37)) {
    expect(() => made(initializer)).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_VALUE' }));
  }
});
