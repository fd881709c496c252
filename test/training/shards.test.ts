import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  activation,
  batchNorm,
  type CustomLoss,
  type DenseSettings,
  dense,
  dropout,
  type FitOptions,
  gaussianNoise,
  info,
  layerNorm,
  members,
  type NetworkOptions,
  NeuralNetwork,
  residual,
  type Samples,
  scale,
} from '../../lib';
import { batchesOf } from '../../lib/data/batches';
import { namedTensors } from '../support/named-tensors';
import { RandomNumbers } from '../support/random-numbers';

/*
 * `fit({ shards })`: the sums over a batch's rows are one chain for each shard, and one binary tree over the chains. The reference is the
 * gradient of each shard's rows by `backward`, and a tree of additions in JavaScript.
 */

type Precision = 'f32' | 'f64';

/** ((v0 + v1) + (v2 + v3)) + ..., rounded as the precision has it. */
function tree(values: readonly number[], round: (value: number) => number): number {
  if (values.length === 1) return values[0] as number;
  const half = values.length / 2;
  return round(tree(values.slice(0, half), round) + tree(values.slice(half), round));
}

const rounding = (precision: Precision) => (precision === 'f32' ? Math.fround : (value: number) => value);

interface Data {
  x: number[][];
  y: number[][];
}

/** Rows of the kinds that a network's inputs have. */
function makeData(options: NetworkOptions, rows: number): Data {
  const random = new RandomNumbers(rows);
  const { inputs = [{ type: 'numeric', columns: options.inputSize as number }] } = options;
  const row = () =>
    inputs.flatMap((input) =>
      Array.from({ length: input.columns ?? 1 }, () =>
        input.type === 'categorical' ? random.below(input.categories) : Math.fround(random.between(-2, 2)),
      ),
    );
  const outputs = new NeuralNetwork(options).outputSize;
  return {
    x: Array.from({ length: rows }, row),
    y: Array.from({ length: rows }, () => Array.from({ length: outputs }, () => Math.fround(random.between(-1, 1)))),
  };
}

const tensorsOf = (nn: NeuralNetwork): Record<string, number[]> =>
  Object.fromEntries(namedTensors(nn).map(({ name, values }) => [name, [...values]]));

/** The gradients, or measurements, of all tensors by their names. */
function gradientsOf(nn: NeuralNetwork, { x, y }: Data): Record<string, number[]> {
  return Object.fromEntries(
    nn.backward(x, y).gradients.flatMap(({ layer, inputIndex, parameters }) => {
      const owner = layer === undefined ? `inputs.${inputIndex}` : `layers.${layer}`;
      return Object.entries(parameters).map(([key, { data }]) => [`${owner}.${key}`, [...data]]);
    }),
  );
}

const plainStep: FitOptions<Samples> = { epochs: 1, shuffle: false, optimizer: { type: 'sgd', learningRate: 1 }, warnings: false };

/** The rows of each part of the data. */
const partsOf = ({ x, y }: Data, shards: number): Data[] =>
  Array.from({ length: shards }, (_, s) => {
    const [begin, end] = [s, s + 1].map((part) => Math.floor((x.length * part) / shards));
    return { x: x.slice(begin, end), y: y.slice(begin, end) };
  });

interface Stepped {
  before: Record<string, number[]>;
  after: Record<string, number[]>;
  /** Of each shard. */
  gradients: Record<string, number[]>[];
  loss: number;
  losses: number[];
}

/** One step of all rows in shards, and what it is to be made of. */
async function step(options: NetworkOptions, shards: number, rows: number): Promise<Stepped> {
  const data = makeData(options, rows);
  const nn = new NeuralNetwork(options);
  const before = tensorsOf(nn);
  const parts = partsOf(data, shards);
  const gradients = parts.map((part) => gradientsOf(nn, part));
  const losses = parts.map(({ x, y }) => nn.backward(x, y).loss);
  const history = await nn.fit(data, { ...plainStep, shards, batchSize: Math.ceil(rows / shards) * shards });
  return { before, after: tensorsOf(nn), gradients, losses, loss: history.loss[0] as number };
}

const isMeasured = (name: string): boolean => name.includes('running');

/** The new weights are the old ones less the mean of the shards' gradients, with exactly these roundings. */
function expectExact({ before, after, gradients, losses, loss }: Stepped, precision: Precision): void {
  const round = rounding(precision);
  const shards = gradients.length;
  for (const [name, values] of Object.entries(after)) {
    if (isMeasured(name)) continue;
    const expected = values.map((_, i) => {
      const sum = tree(
        gradients.map((gradient) => gradient[name]?.[i] as number),
        round,
      );
      return round((before[name]?.[i] as number) - sum / shards);
    });
    expect(values, name).toEqual(expected);
  }
  expect(loss).toBeCloseTo(losses.reduce((sum, value) => sum + value) / shards, 12);
}

const perMember = (each: NonNullable<DenseSettings['perMember']>): DenseSettings => ({ perMember: each });
const two = [
  { type: 'numeric', columns: 2 },
  { type: 'categorical', columns: 2, categories: 9, width: 5 },
  { type: 'categorical', categories: 3, width: 17 },
] as const;

/** Networks whose gradients are sums over rows alone. */
const exact: Record<string, NetworkOptions> = {
  'one unit': { inputSize: 3, layers: [dense(1)] },
  'three units': { inputSize: 5, layers: [dense(16, 'tanh'), dense(3)] },
  'ten units': { inputSize: 17, layers: [dense(33, 'relu'), dense(10)] },
  'wide layers': { inputSize: 70, layers: [dense(130, 'gelu'), dense(64, 'silu'), dense(17)] },
  layerNorm: { inputSize: 5, layers: [dense(83), layerNorm(), activation('tanh'), dense(2)] },
  scale: { inputSize: 100, layers: [scale(), dense(18, 'tanh'), scale(), dense(3)] },
  residual: { inputSize: 5, layers: [dense(19), residual([layerNorm(), dense(19, 'tanh'), scale()]), dense(1)] },
  embeddings: { inputs: two, layers: [dense(20, 'tanh'), dense(3)] },
  'an embedding of rare categories': { inputs: [{ type: 'categorical', categories: 90, width: 33 }], layers: [dense(1)] },
  'periodic inputs': {
    inputs: [{ type: 'periodic', columns: 3, frequencies: 20, width: 5, sigma: 0.3 }],
    layers: [dense(7, 'tanh'), dense(2)],
  },
};
const precisions: Precision[] = ['f32', 'f64'];
const pairs = Object.keys(exact).flatMap((name) => precisions.map((precision) => [name, precision] as const));

describe('a step of S shards is that of the tree over their gradients, bit for bit', () => {
  test.each(pairs)('%s, %s', async (name, precision) => {
    const options = { ...exact[name], precision, seed: 3 } as NetworkOptions;
    for (const [shards, each] of [
      [2, 5],
      [4, 1],
      [8, 7],
      [16, 20],
      [64, 3],
    ] as const) {
      expectExact(await step(options, shards, shards * each), precision);
    }
  });

  test('as many as there may be', async () => {
    expectExact(await step({ ...exact['three units'], seed: 3 } as NetworkOptions, 1024, 2048), 'f32');
  });

  test.each(precisions)('batchNorm, whose statistics are those of the shard, %s', async (precision) => {
    const layers = [dense(21), batchNorm({ momentum: 0.25 }), activation('tanh'), batchNorm(), dense(3)];
    const stepped = await step({ inputSize: 5, layers, precision, seed: 3 }, 8, 40);
    expectExact(stepped, precision);
    for (const [name, values] of Object.entries(stepped.after).filter(([name]) => isMeasured(name))) {
      const momentum = name.startsWith('layers.1') ? 0.25 : 0.1;
      for (const [i, value] of values.entries()) {
        const mean = stepped.gradients.reduce((sum, gradient) => sum + (gradient[name]?.[i] as number), 0) / 8;
        const moved = (1 - momentum) * (stepped.before[name]?.[i] as number) + momentum * mean;
        expect(Math.abs(value - moved), name).toBeLessThan(1e-6 * Math.max(1, Math.abs(moved)));
      }
    }
  });

  const ensembles: Record<string, NetworkOptions> = {
    'weights for each': {
      inputSize: 5,
      layers: [members(3), dense(18, 'tanh', perMember('weights')), dense(2, 'linear', perMember('weights'))],
    },
    'scales for each': { inputSize: 5, layers: [dense(20), members(4), dense(18, 'tanh', perMember('scales')), layerNorm(), dense(2)] },
    'batchNorm before': { inputSize: 5, layers: [dense(20), batchNorm(), members(2), dense(18, 'tanh'), dense(2)] },
  };
  test.each(Object.keys(ensembles))('an ensemble, %s: to rounding', async (name) => {
    for (const shards of [2, 16]) {
      const { before, after, gradients } = await step({ ...ensembles[name], seed: 3 } as NetworkOptions, shards, shards * 6);
      for (const [tensor, values] of Object.entries(after).filter(([tensor]) => !isMeasured(tensor))) {
        for (const [i, value] of values.entries()) {
          const mean = gradients.reduce((sum, gradient) => sum + (gradient[tensor]?.[i] as number), 0) / shards;
          expect(Math.abs(value - ((before[tensor]?.[i] as number) - mean)), tensor).toBeLessThan(1e-6);
        }
      }
    }
  });

  test('parts that differ by a row count by their rows', async () => {
    const options: NetworkOptions = { inputSize: 5, layers: [dense(18, 'tanh'), dense(3)], precision: 'f64', seed: 3 };
    const { before, after, gradients, losses, loss } = await step(options, 8, 29);
    const sizes = Array.from({ length: 8 }, (_, s) => Math.floor((29 * (s + 1)) / 8) - Math.floor((29 * s) / 8));
    const mean = (values: readonly number[]) => values.reduce((sum, value, s) => sum + (value * (sizes[s] as number)) / 29, 0);
    for (const [name, values] of Object.entries(after)) {
      for (const [i, value] of values.entries()) {
        const expected = (before[name]?.[i] as number) - mean(gradients.map((gradient) => gradient[name]?.[i] as number));
        expect(Math.abs(value - expected), name).toBeLessThan(1e-14);
      }
    }
    expect(loss).toBeCloseTo(mean(losses), 13);
  });
});

test('dropout and noise go by the row in the batch, and not by the shard', async () => {
  const layers = [gaussianNoise(0.2), dense(40, 'tanh'), dropout(0.4), members(2), dense(20, 'tanh'), dropout(0.2), dense(2)];
  const after = async (shards: number) => {
    const nn = new NeuralNetwork({ inputSize: 5, layers, precision: 'f64', seed: 3 });
    await nn.fit(makeData({ inputSize: 5, layers }, 32), { ...plainStep, batchSize: 32, shards });
    return Object.values(tensorsOf(nn)).flat();
  };
  const one = await after(1);
  for (const shards of [2, 8, 32]) {
    for (const [i, value] of (await after(shards)).entries()) expect(Math.abs(value - (one[i] as number))).toBeLessThan(1e-12);
  }
});

/** Trains with targets that are the rows' numbers, and records the rows of each batch: by epochs. */
async function batchesIn(rows: number, fit: FitOptions<Samples>, chosen?: Int32Array): Promise<number[][][]> {
  const epochs: number[][][] = [];
  let batch: number[] = [];
  const loss: CustomLoss = {
    targets: 1,
    value: () => 0,
    gradient(_, [row]) {
      batch.push(row as number);
    },
  };
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)], loss, precision: 'f64', seed: 11 });
  const numbers = Float64Array.from({ length: rows }, (_, row) => row);
  const onBatch = ({ epoch }: { epoch: number }) => {
    epochs[epoch - 1] = [...(epochs[epoch - 1] ?? []), batch];
    batch = [];
  };
  const samples: Samples = { x: { data: numbers, shape: [rows, 1] }, y: numbers, ...(chosen && { rows: chosen }) };
  await nn.fit(samples, { epochs: 3, warnings: false, optimizer: 'sgd', ...fit, onBatch });
  return epochs;
}

const ascending = (rows: readonly number[]): number[] => [...rows].sort((a, b) => a - b);

describe('the rows of batches', () => {
  const settings = [
    ...[1, 2, 4, 16].flatMap((shards) => [16, 37, 61, 64, 100].map((rows) => ({ rows, shards, batchSize: 16 }))),
    { rows: 61, shards: 4, batchSize: 40 },
    { rows: 61, shards: 4, batchSize: 64 },
    { rows: 9, shards: 8, batchSize: 8 },
    { rows: 33, shards: 32, batchSize: 64 },
  ];
  const every = settings.flatMap((setting) =>
    [true, false].flatMap((shuffle) => [true, false].map((dropLast) => ({ ...setting, shuffle, dropLast }))),
  );
  test.each(every)('$rows rows, $shards shards, batchSize $batchSize, shuffle $shuffle, dropLast $dropLast', async (setting) => {
    const { rows, shards, ...fit } = setting;
    const bounds = Array.from({ length: shards + 1 }, (_, s) => Math.floor((rows * s) / shards));
    const partOf = (row: number): number => bounds.findIndex((bound) => bound > row) - 1;
    const epochs = await batchesIn(rows, { ...fit, shards });
    expect(epochs).toHaveLength(3);
    const { count, size } = batchesOf(rows, setting);
    for (const batches of epochs) {
      expect(batches).toHaveLength(count);
      const seen = batches.flat();
      expect(new Set(seen).size).toBe(seen.length);
      if (!fit.dropLast) expect(ascending(seen)).toEqual(Array.from({ length: rows }, (_, row) => row));
      for (const [index, batch] of batches.entries()) {
        const parts = batch.map(partOf);
        expect(parts).toEqual(ascending(parts)); // shard by shard
        const each = Array.from({ length: shards }, (_, s) => parts.filter((part) => part === s).length);
        const isWhole = index < count - 1 || (fit.dropLast && rows >= fit.batchSize);
        if (isWhole) expect(each).toEqual(each.map(() => size / shards));
        else expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1);
      }
      if (!fit.shuffle) {
        for (let s = 0; s < shards; s++) {
          const own = seen.filter((row) => partOf(row) === s);
          expect(own).toEqual(own.map((_, i) => (bounds[s] as number) + i));
        }
      }
    }
  });

  test('orders differ by part and by epoch, and are those of the seed', async () => {
    const epochs = await batchesIn(128, { batchSize: 16, shards: 4 });
    const orders = epochs.flatMap((batches) =>
      [0, 1, 2, 3].map((s) => batches.flat().flatMap((row) => (row >> 5 === s ? [row % 32] : []))),
    );
    expect(new Set(orders.map(String)).size).toBe(12);
    for (const order of orders) expect(order).not.toEqual(ascending(order));
    expect(await batchesIn(128, { batchSize: 16, shards: 4 })).toEqual(epochs);
  });

  test('the parts are those of the chosen rows, in their order', async () => {
    const chosen = Int32Array.from({ length: 42 }, (_, i) => 5000 + ((i * 11) % 42));
    for (const dropLast of [true, false]) {
      for (const batches of await batchesIn(6000, { batchSize: 8, shards: 4, epochs: 5, dropLast }, chosen)) {
        const seen = batches.flat();
        expect(seen).toHaveLength(dropLast ? 40 : 42);
        for (const batch of batches.slice(0, 5)) {
          expect(batch.map((row) => Math.ceil(((chosen.indexOf(row) + 1) * 4) / 42) - 1)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
        }
        expect(seen.every((row) => chosen.includes(row))).toBe(true);
        expect(new Set(seen).size).toBe(seen.length);
      }
    }
  });

  test('without shards they are what they were', async () => {
    expect(await batchesIn(50, { batchSize: 16, shards: 1 })).toEqual(await batchesIn(50, { batchSize: 16 }));
  });
});

const { bits } = JSON.parse(readFileSync(path.join(__dirname, '../goldens/shards.json'), 'utf8')) as { bits: object };
const isas = process.env.CHAINRULE_ISA ? [process.env.CHAINRULE_ISA] : info().isas;
const script = path.join(__dirname, '../support/train-in-shards.js');

// WebAssembly has one thread, and its vectors have bits of their own.
describe.skipIf(info().isas.includes('simd128'))('the bits are those of goldens/shards.json', () => {
  const runs = isas.flatMap((isa) => (isa === isas[0] ? [1, 2, 5] : [1]).map((threads) => ({ isa, threads })));
  test.each(runs)('$isa, $threads threads', ({ isa, threads }) => {
    const env = { ...process.env, CHAINRULE_ISA: isa, CHAINRULE_NUM_THREADS: String(threads) };
    expect(JSON.parse(execFileSync(process.execPath, [script], { env, encoding: 'utf8' }))).toEqual({ bits });
  });
});

const x = Array.from({ length: 64 }, (_, row) => [Math.sin(row), Math.cos(3 * row), row / 64]);
const y = x.map(([a = 0, b = 0]) => a * b);
const data: Samples = { x, y };
const layers = [dropout(0.05), dense(17, 'tanh'), batchNorm(), dense(1)];
const network = (more: Partial<NetworkOptions> = {}) => new NeuralNetwork({ inputSize: 3, layers, seed: 5, ...more } as NetworkOptions);
const text = (nn: NeuralNetwork): string => JSON.stringify(nn.toJSON());

test('it learns as without shards', async () => {
  const optimizer = { type: 'adam', learningRate: 0.02 } as const;
  const lossesOf = async (shards: number) =>
    (await network({ layers: [dense(17, 'tanh'), dense(1)] }).fit(data, { epochs: 200, batchSize: 16, shards, optimizer })).loss;
  const one = await lossesOf(1);
  for (const shards of [2, 16]) {
    const losses = await lossesOf(shards);
    expect(losses.at(-1)).toBeLessThan(0.2 * (losses[0] as number));
    for (const epoch of [0, 10, 50, 199]) {
      const ratio = (losses[epoch] as number) / (one[epoch] as number);
      expect(ratio).toBeGreaterThan(0.5);
      expect(ratio).toBeLessThan(2);
    }
  }
});

describe('a stream', () => {
  test('has each of its batches cut evenly: the bits are those of the same batch in memory', async () => {
    for (const rows of [64, 61]) {
      const part = { x: x.slice(0, rows), y: y.slice(0, rows) };
      const streamed = network();
      const history = await streamed.fit(() => [part], { epochs: 4, shards: 8, metrics: ['mae'] });
      const inMemory = network();
      const expected = await inMemory.fit(part, { epochs: 4, shards: 8, batchSize: 64, shuffle: false, metrics: ['mae'] });
      expect(tensorsOf(streamed)).toEqual(tensorsOf(inMemory));
      expect(history.loss).toEqual(expected.loss);
      expect(history.mae).toEqual(expected.mae);
      const plain = network();
      await plain.fit(() => [part], { epochs: 4 });
      expect(tensorsOf(plain)).not.toEqual(tensorsOf(streamed));
    }
  });

  test('may have batches with fewer rows than shards, unless a layer measures them', async () => {
    const batches = () => [0, 3, 10, 40].map((row, i, all) => ({ x: x.slice(row, all[i + 1]), y: y.slice(row, all[i + 1]) }));
    const nn = network({ layers: [dense(17, 'tanh'), dense(1)] });
    const { loss } = await nn.fit(batches, { epochs: 30, shards: 8 });
    expect(loss.at(-1)).toBeLessThan(loss[0] as number);
    const measuring = network();
    const before = text(measuring);
    await expect(measuring.fit(batches, { shards: 8 })).rejects.toMatchObject({
      code: 'ERR_CHAINRULE_SHAPE',
      message: 'batches[0] must have at least 2 rows for each of its 8 shards, as layers[2] is batchNorm, which measures each batch, got 3',
    });
    expect(text(measuring)).toBe(before);
  });
});

describe('a resumed training ends with the same bits', () => {
  const options: [string, FitOptions<Samples>][] = [
    ['adam', { shards: 4, batchSize: 16 }],
    ['all steps', { shards: 8, batchSize: 16, dropLast: true, accumulate: 3, clipNorm: 0.25, ema: { decay: 0.9 }, metrics: ['mae'] }],
    ['lbfgs', { shards: 4, optimizer: 'lbfgs' }],
  ];
  test.each(options)('%s', async (name, given) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
    try {
      const made = () => network(name === 'lbfgs' ? { layers: [dense(9, 'tanh'), batchNorm(), dense(1)] } : {});
      const checkpoint = { path: path.join(folder, 'training'), resume: true };
      const whole = made();
      const { seconds: _, ...history } = await whole.fit(data, { ...given, epochs: 5 });
      await made().fit(data, { ...given, epochs: 5, checkpoint, onEpoch: ({ epoch }) => epoch < 2 });
      const wrong = made().fit(data, { ...given, shards: 2, epochs: 5, checkpoint });
      await expect(wrong).rejects.toMatchObject({ code: 'ERR_CHAINRULE_CHECKPOINT', message: expect.stringContaining('shards is') });
      await expect(made().fit(data, { ...given, shards: 1, epochs: 5, checkpoint })).rejects.toThrow('but 1 here');
      const resumed = made();
      const { seconds: __, ...again } = await resumed.fit(data, { ...given, epochs: 5, checkpoint });
      expect(text(resumed)).toBe(text(whole));
      expect(again).toEqual(history);
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    }
  });
});

const hasBf16 = info().precisions.includes('bf16');

describe('it is refused before anything changes', () => {
  const plain = { layers: [dense(9, 'tanh'), dense(1)] };
  const refusals: [string, FitOptions<Samples>, Partial<NetworkOptions>, object][] = [
    [
      'three shards',
      { shards: 3 },
      plain,
      { name: 'ChainruleRangeError', code: 'ERR_CHAINRULE_VALUE', message: 'shards must be a power of two from 1 to 1024, got 3' },
    ],
    ['none', { shards: 0 }, plain, { name: 'ChainruleRangeError', message: 'shards must be a power of two from 1 to 1024, got 0' }],
    ['half a shard', { shards: 0.5 }, plain, { name: 'ChainruleRangeError' }],
    ['fewer than none', { shards: -2 }, plain, { name: 'ChainruleRangeError' }],
    ['NaN', { shards: Number.NaN }, plain, { name: 'ChainruleRangeError' }],
    ['2048 shards', { shards: 2048, batchSize: 2048 }, plain, { name: 'ChainruleRangeError' }],
    ['text', { shards: '4' as unknown as number }, plain, { name: 'ChainruleTypeError', code: 'ERR_CHAINRULE_TYPE' }],
    [
      'a batch that is not a multiple',
      { shards: 8, batchSize: 20 },
      plain,
      { code: 'ERR_CHAINRULE_OPTION', message: 'batchSize must be a multiple of shards (8), so that each has as many rows, got 20' },
    ],
    ['a batch that is smaller', { shards: 64 }, plain, { code: 'ERR_CHAINRULE_OPTION', message: expect.stringContaining('got 32') }],
    [
      'fewer rows',
      { shards: 128, batchSize: 128 },
      plain,
      { code: 'ERR_CHAINRULE_SHAPE', message: 'data must have a row for each of its 128 shards, got 64 rows' },
    ],
    [
      'batchNorm and slices of one row',
      { shards: 16, batchSize: 16 },
      {},
      {
        code: 'ERR_CHAINRULE_SHAPE',
        message: expect.stringContaining('each shard of a batch must have at least 2 rows, as layers[2] is batchNorm'),
      },
    ],
    [
      'batchNorm and a last slice of one row',
      { shards: 4, batchSize: 12 },
      {},
      {
        code: 'ERR_CHAINRULE_SHAPE',
        message: expect.stringContaining('64 rows in batches of 12 leave 1 for one of 4 shards: use dropLast: true'),
      },
    ],
    [
      'bf16',
      { shards: 2 },
      { ...plain, precision: 'bf16' },
      { code: 'ERR_CHAINRULE_OPTION', message: expect.stringContaining('shards does not go with precision "bf16"') },
    ],
    [
      'batchNorm behind members',
      { shards: 2 },
      { layers: [members(2), dense(9), residual([batchNorm()]), dense(1)] },
      { code: 'ERR_CHAINRULE_OPTION', message: expect.stringContaining('layers[2].layers[0], a batchNorm in an ensemble') },
    ],
  ];
  test.each(refusals.filter(([name]) => name !== 'bf16' || hasBf16))('%s', async (_, fit, more, error) => {
    const nn = network(more);
    const before = text(nn);
    await expect(nn.fit(data, { epochs: 1, ...fit })).rejects.toMatchObject(error);
    expect(text(nn)).toBe(before);
  });

  test('all that is not refused: those networks without shards, and a dropLast that leaves whole slices', async () => {
    if (hasBf16) await network({ ...plain, precision: 'bf16' }).fit(data, { epochs: 1, shards: 1 });
    await network({ layers: [members(2), dense(9), batchNorm(), dense(1)] }).fit(data, { epochs: 1, shards: 1 });
    await network().fit(data, { epochs: 1, shards: 4, batchSize: 12, dropLast: true });
    await network({ layers: [dense(9), batchNorm(), members(2), dense(1)] }).fit(data, { epochs: 1, shards: 2 });
    await network({ layers: [batchNorm({ trainable: false }), dense(1)] }).fit(data, { epochs: 1, shards: 16, batchSize: 16 });
  });
});
