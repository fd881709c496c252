import { describe, expect, it } from 'vitest';
import { crossValidate, dense, type FitOptions, kFold, NeuralNetwork, normalize, type Samples, timeSeriesSplit } from '../../lib';

// Samples that name their rows train and measure as copies of these rows do, bit for bit.

const rows = 70;
const value = (i: number): number => Math.sin(i * 12.9898) * 2;
const x = Array.from({ length: rows }, (_, i) => [value(i), value(i + 0.5)]);
const labels = x.map(([a = 0, b = 0]) => (a + b > 1 ? 2 : a > 0 ? 1 : 0));
const numbers = x.map(([a = 0, b = 0]) => 3 + a - b);
const index = Array.from({ length: 45 }, (_, i) => (i * 37) % rows);
index[3] = index[4] as number;
const pick = <T>(list: readonly T[]): T[] => index.map((row) => list[row] as T);

const shared = (values: number[][]): Float32Array => {
  const array = new Float32Array(new SharedArrayBuffer(values.length * 8));
  array.set(values.flat());
  return array;
};

const classifier = () => new NeuralNetwork({ inputSize: 2, layers: [normalize(), dense(5, 'tanh'), dense(3, 'softmax')], seed: 7 });
const regression = () => new NeuralNetwork({ inputSize: 2, layers: [dense(5, 'tanh'), dense(1)], seed: 8, precision: 'f64' });

it.each<[string, () => NeuralNetwork, Samples, Samples, FitOptions]>([
  ['labels', classifier, { x, y: labels, rows: index }, { x: pick(x), y: pick(labels) }, { batchSize: 8 }],
  [
    'shared memory',
    classifier,
    { x: shared(x), y: labels, rows: Uint8Array.from(index) },
    { x: pick(x), y: pick(labels) },
    { batchSize: 64 },
  ],
  ['numbers', regression, { x, y: numbers, rows: index }, { x: pick(x), y: pick(numbers) }, { batchSize: 16, dropLast: true }],
  ['no shuffle', regression, { x, y: numbers, rows: index }, { x: pick(x), y: pick(numbers) }, { batchSize: 16, shuffle: false }],
])('%s', async (_, make, named, copied, options) => {
  const [one, other] = [make(), make()];
  const settings = { epochs: 3, metrics: ['mae', 'rmse'] as const, ...options };
  const histories = [
    await one.fit(named, { ...settings, validation: named }),
    await other.fit(copied, { ...settings, validation: copied }),
  ] as const;
  expect({ ...histories[0], seconds: 0 }).toEqual({ ...histories[1], seconds: 0 });
  expect(one.predict(x)).toEqual(other.predict(x));
  const measures = { metrics: ['mse', 'r2'] as const, confusionMatrix: true };
  expect(await one.evaluate(named, measures)).toEqual(await other.evaluate(copied, measures));
});

describe('validationSplit', () => {
  /** The rows that a split takes: each row's target is its number. */
  async function taken(y: number[], validationSplit: number | { last: number }, seed = 1, rowsOf?: number[]): Promise<number[]> {
    const seen: number[] = [];
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1, 'sigmoid')], seed });
    const see = { name: 'seen', value: (_: unknown, targets: { data: ArrayLike<number> }) => seen.push(targets.data.length) };
    await nn.fit({ x: y.map((_, row) => [row]), y, ...(rowsOf && { rows: rowsOf }) }, { epochs: 1, metrics: [see], validationSplit });
    return seen;
  }

  it('takes the share of rows that it says', async () => {
    const y = Array.from({ length: 50 }, (_, row) => Number(row % 5 === 0));
    expect(await taken(y, 0.2)).toEqual([40, 10]);
    expect(await taken(y, { last: 0.3 })).toEqual([35, 15]);
    expect(await taken(y, 0.5, 1, [0, 1, 2, 3, 4, 5])).toEqual([3, 3]);
  });

  const targetsOf = async (make: (seed: number) => NeuralNetwork, y: Samples['y'], split: number | { last: number }, seed = 1) => {
    const lists: number[][] = [];
    const see = {
      name: 'seen',
      value: (_: unknown, targets: { data: ArrayLike<number> }) => lists.push(Array.from(targets.data)),
    };
    const options = { epochs: 1, metrics: [see], validationSplit: split, optimizer: { type: 'sgd', learningRate: 1e-9 } } as const;
    await make(seed).fit({ x: numbers.map((one) => [one]), y }, options);
    return lists as [number[], number[]];
  };
  const ofNumbers = (seed: number) => new NeuralNetwork({ inputSize: 1, layers: [dense(1)], seed });
  const ofClasses = (seed: number) => new NeuralNetwork({ inputSize: 1, layers: [dense(3, 'softmax')], seed });
  const places = Array.from({ length: rows }, (_, row) => row);

  it('is drawn by the seed, and keeps the order of rows', async () => {
    const [train, validation] = await targetsOf(ofNumbers, places, 0.3);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(places);
    for (const list of [train, validation]) expect(list).toEqual([...list].sort((a, b) => a - b));
    expect(validation).not.toEqual(places.slice(-validation.length));
    expect((await targetsOf(ofNumbers, places, 0.3))[1]).toEqual(validation);
    expect((await targetsOf(ofNumbers, places, 0.3, 2))[1]).not.toEqual(validation);
  });

  it('takes the last ones for time series', async () => {
    expect((await targetsOf(ofNumbers, places, { last: 0.3 }))[1]).toEqual(places.slice(-21));
  });

  it('is stratified for labels, sorted ones too', async () => {
    const sorted = places.map((row) => (row < 40 ? 0 : row < 60 ? 1 : 2));
    const oneHot = sorted.map((label) => [0, 1, 2].map((column) => Number(column === label)));
    const [, validation] = await targetsOf(ofClasses, sorted, 0.1);
    expect(validation).toEqual([0, 0, 0, 0, 1, 1, 2]);
    const [, hot] = await targetsOf(ofClasses, oneHot, 0.1);
    expect(hot.filter((_, i) => i % 3 === 0).reduce((sum, one) => sum + one, 0)).toBe(4);
  });
});

describe('crossValidate', () => {
  const spec = { inputSize: 2, layers: [dense(5, 'tanh'), dense(3, 'softmax')], seed: 7 } as const;
  const fit = { epochs: 3, batchSize: 16 };

  it('evaluates each fold with a network that has not seen it', async () => {
    const folds = kFold(rows, { folds: 3, shuffle: true });
    const result = await crossValidate(spec, { x, y: labels }, { folds, fit, metrics: ['accuracy', 'f1'] });
    expect(result.folds).toHaveLength(3);
    expect(result.histories.map(({ loss }) => loss.length)).toEqual([3, 3, 3]);
    const nn = new NeuralNetwork(spec);
    await nn.fit({ x, y: labels, rows: folds[1]?.train as Uint32Array }, fit);
    expect(result.folds[1]).toEqual(
      await nn.evaluate({ x, y: labels, rows: folds[1]?.test as Uint32Array }, { metrics: ['accuracy', 'f1'] }),
    );
    const values = result.folds.map(({ f1 }) => f1 as number);
    const mean = values.reduce((sum, one) => sum + one, 0) / 3;
    expect(result.mean.f1).toBeCloseTo(mean, 14);
    expect(result.deviation.f1).toBeCloseTo(Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 2), 14);
  });

  it('trains and evaluates with the weights of the samples', async () => {
    const folds = kFold(rows, { folds: 2, shuffle: true });
    const sampleWeight = x.map(([, b = 0]) => b + 2);
    const result = await crossValidate(spec, { x, y: labels, sampleWeight }, { folds, fit });
    for (const [i, { train, test }] of folds.entries()) {
      const part = (list: Uint32Array) => {
        const chosen = <T>(all: readonly T[]): T[] => Array.from(list, (row) => all[row] as T);
        return { x: chosen(x), y: chosen(labels), sampleWeight: chosen(sampleWeight) };
      };
      const nn = new NeuralNetwork(spec);
      expect(result.histories[i]?.loss).toEqual((await nn.fit(part(train), fit)).loss);
      expect(result.folds[i]).toEqual(await nn.evaluate(part(test)));
    }
    expect(result.mean.loss).not.toBe((await crossValidate(spec, { x, y: labels }, { folds, fit })).mean.loss);
  });

  it('takes functions, numbers of folds, and time series', async () => {
    const seen: number[] = [];
    const make = (fold: number) => {
      seen.push(fold);
      return new NeuralNetwork({ inputSize: 2, layers: [dense(1)], seed: fold });
    };
    const result = await crossValidate(make, { x, y: numbers }, { folds: 4, fit: { epochs: 1 } });
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(Object.keys(result.mean)).toEqual(['loss']);
    const series = await crossValidate(
      make,
      { x, y: numbers },
      { folds: timeSeriesSplit(rows, { folds: 2 }), fit: { epochs: 1 }, metrics: ['r2'] },
    );
    expect(series.folds).toHaveLength(2);
    const some = await crossValidate(spec, { x, y: labels, rows: index }, { folds: 2, fit: { epochs: 1 } });
    expect(some.folds).toHaveLength(2);
  });

  it('refuses checkpoints and things that are not networks', async () => {
    await expect(crossValidate(spec, { x, y: labels }, { fit: { checkpoint: { path: 'file' } } })).rejects.toThrow('does not go with');
    await expect(crossValidate((() => 1) as never, { x, y: labels })).rejects.toThrow(
      'the network of fold 0 must be a NeuralNetwork, got 1',
    );
  });
});
