import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { dense, dropout, type LossName, type NetworkOptions, NeuralNetwork, type Samples } from '../../lib';
import { RandomNumbers } from '../support/random-numbers';

// Weights of samples and classes: in a step, in an epoch, in streams and in evaluations.

const random = new RandomNumbers(5);
const rows = 24;
const x = random.array(rows * 3);
const y = Float64Array.from(x.subarray(0, rows), (value) => (value > 0 ? 1 : 0));
const labels = Int32Array.from({ length: rows }, (_, row) => (row % 5 === 0 ? 2 : row % 2));
const oneHot = Float64Array.from({ length: 3 * rows }, (_, i) => (labels[Math.floor(i / 3)] === i % 3 ? 1 : 0));

const make = (options: Partial<NetworkOptions> = {}): NeuralNetwork =>
  new NeuralNetwork({ inputSize: 3, layers: [dense(5, 'tanh'), dense(1, 'sigmoid')], precision: 'f64', seed: 2, ...options });
const classes = (options: Partial<NetworkOptions> = {}) => make({ layers: [dense(5, 'tanh'), dense(3, 'softmax')], ...options });
const parametersOf = (nn: NeuralNetwork) => nn.layers.flatMap(({ parameters }) => Object.values(parameters).map(({ data }) => [...data]));
const options = { epochs: 3, batchSize: 7, optimizer: { type: 'sgd', learningRate: 0.5 } } as const;

async function trained(nn: NeuralNetwork, data: unknown, more: object = {}) {
  const { loss } = await nn.fit(data as Samples, { ...options, ...more });
  return { loss, parameters: parametersOf(nn) };
}

describe.each(['f32', 'f64', 'bf16'] as const)('%s', (precision) => {
  // At most 16 units: one kernel does it all. Dropout keeps from it.
  test.each([[[]], [[dropout(1e-10)]]])('weights of 1 give the bits of none', async (extra) => {
    let nn: NeuralNetwork;
    try {
      nn = make({ precision });
    } catch {
      return; // bfloat16 is not everywhere
    }
    const layers = [dense(5, 'tanh'), ...extra, dense(1, 'sigmoid')];
    const sampleWeight = new Float64Array(rows).fill(1);
    nn = make({ precision, layers });
    expect(await trained(nn, { x, y, sampleWeight })).toEqual(await trained(make({ precision, layers }), { x, y }));
    expect(await nn.evaluate({ x, y, sampleWeight })).toEqual(await nn.evaluate({ x, y }));
    expect(nn.backward({ data: x, shape: [rows, 3] }, y, { sampleWeight })).toEqual(nn.backward({ data: x, shape: [rows, 3] }, y));
  });
});

/** The rows as often as their weights say. */
function repeated(counts: ArrayLike<number>, width: number, source: ArrayLike<number>): number[] {
  return Array.from(counts).flatMap((count, row) =>
    Array.from({ length: count }, () => Array.from(source).slice(row * width, (row + 1) * width)).flat(),
  );
}

test.each<[LossName, ArrayLike<number>, (options?: Partial<NetworkOptions>) => NeuralNetwork]>([
  ['binaryCrossEntropy', y, make],
  ['mse', y, make],
  ['crossEntropy', labels, classes],
  ['crossEntropy', oneHot, classes],
])('a weight counts as often as that: %s', async (loss, targets, network) => {
  const sampleWeight = Array.from({ length: rows }, (_, row) => row % 4);
  const width = targets.length / rows;
  const data = {
    x: Float64Array.from(repeated(sampleWeight, 3, x)),
    y:
      targets instanceof Int32Array
        ? Int32Array.from(repeated(sampleWeight, 1, targets))
        : Float64Array.from(repeated(sampleWeight, width, targets)),
  };
  const all = { epochs: 3, batchSize: 1000 };
  const wanted = await trained(network({ loss }), data, all);
  const nn = network({ loss });
  const found = await trained(nn, { x, y: targets, sampleWeight }, all);
  for (const [i, value] of wanted.loss.entries()) expect(found.loss[i]).toBeCloseTo(value, 12);
  for (const [i, values] of wanted.parameters.entries())
    for (const [j, value] of values.entries()) expect(found.parameters[i]?.[j]).toBeCloseTo(value, 12);
  const first = await nn.evaluate({ x, y: targets, sampleWeight } as unknown as Samples);
  expect(first.loss).toBeCloseTo((await nn.evaluate(data)).loss, 12);
  // Metrics ignore weights, those that come from predictions too.
  const metrics = { metrics: ['accuracy', 'mse', 'mae', 'rmse', 'r2'], confusionMatrix: true } as const;
  const { loss: _, ...unweighted } = await nn.evaluate({ x, y: targets } as unknown as Samples, metrics);
  expect(await nn.evaluate({ x, y: targets, sampleWeight } as unknown as Samples, metrics)).toMatchObject(unweighted);
});

test('an epoch is the mean by weights, and a batch without weight changes nothing', async () => {
  const nn = make();
  const before = parametersOf(nn);
  const few = {
    x: [
      [1, 2, 3],
      [3, 2, 1],
      [0, 1, 0],
    ],
    y: [1, 0, 1],
  };
  const losses = few.x.map((row, i) => nn.backward([row], [few.y[i] as number]).loss);
  const none = { epochs: 1, batchSize: 1, shuffle: false, optimizer: { type: 'sgd', learningRate: 1e-300 } } as const;
  const { loss } = await nn.fit({ ...few, sampleWeight: [0, 3, 1] }, none);
  expect(loss[0]).toBeCloseTo((3 * (losses[1] as number) + (losses[2] as number)) / 4, 14);
  for (const [i, values] of before.entries())
    for (const [j, value] of values.entries()) expect(parametersOf(nn)[i]?.[j]).toBeCloseTo(value, 14);
  const { loss: one } = await nn.fit({ ...few, sampleWeight: [0, 3, 0] }, { ...none, optimizer: { type: 'sgd', learningRate: 0.1 } });
  const step = make();
  step.update(step.backward([few.x[1] as number[]], [0]).gradients, { type: 'sgd', learningRate: 0.1 });
  expect(one[0]).toBeCloseTo(losses[1] as number, 14);
  for (const [i, values] of parametersOf(step).entries())
    for (const [j, value] of values.entries()) expect(parametersOf(nn)[i]?.[j]).toBeCloseTo(value, 13);
});

test('a batch without weight changes nothing of the step that it is accumulated in', async () => {
  const sampleWeight = Array.from({ length: rows }, (_, row) => (row < 8 ? 0 : row % 3));
  const settings = { epochs: 2, shuffle: false, clipNorm: 1 };
  const wanted = await trained(make(), { x, y, sampleWeight }, { ...settings, batchSize: rows });
  const found = await trained(make(), { x, y, sampleWeight }, { ...settings, batchSize: 8, accumulate: 3 });
  for (const [i, values] of wanted.parameters.entries())
    for (const [j, value] of values.entries()) expect(found.parameters[i]?.[j]).toBeCloseTo(value, 13);
});

test('batches of a stream have weights, and their mean is that of the samples', async () => {
  const sampleWeight = random.array(rows, 0, 2);
  const wanted = await trained(make(), { x, y, sampleWeight }, { epochs: 2, shuffle: false, batchSize: 8, classWeight: undefined });
  const batches = [0, 8, 16].map((first) => ({
    x: x.subarray(3 * first, 3 * first + 24),
    y: y.subarray(first, first + 8),
    sampleWeight: sampleWeight.subarray(first, first + 8),
  }));
  const { optimizer } = options;
  const nn = make();
  const { loss } = await nn.fit(() => batches, { epochs: 2, optimizer });
  expect(parametersOf(nn)).toEqual(wanted.parameters);
  for (const [i, value] of wanted.loss.entries()) expect(loss[i]).toBeCloseTo(value, 13);
});

test('validation data have weights', async () => {
  const sampleWeight = random.array(rows, 0, 2);
  const nn = make();
  const { val_loss } = await nn.fit({ x, y }, { epochs: 1, validation: { x, y, sampleWeight } });
  expect(val_loss?.[0]).toBe((await nn.evaluate({ x, y, sampleWeight })).loss);
  expect(val_loss?.[0]).not.toBe((await nn.evaluate({ x, y })).loss);
  // The last rows go with their weights.
  const split = make();
  const history = await split.fit({ x, y, sampleWeight }, { epochs: 1, validationSplit: { last: 0.25 } });
  const last = { x: x.subarray(54), y: y.subarray(18), sampleWeight: sampleWeight.subarray(18) };
  expect(history.val_loss?.[0]).toBe((await split.evaluate(last)).loss);
});

describe('classWeight', () => {
  const count = (label: number): number => labels.filter((value) => value === label).length;
  const balanced = [0, 1, 2].map((label) => rows / (3 * count(label)));
  const weightsOf = (weights: readonly number[]): Float64Array => Float64Array.from(labels, (label) => weights[label] as number);

  test.each([
    ['balanced', 'balanced', balanced],
    ['an array', [0.5, 1, 4], [0.5, 1, 4]],
    ['an object', { 2: 4 }, [1, 1, 4]],
  ] as const)('%s is a weight for each sample', async (_, classWeight, weights) => {
    const wanted = await trained(classes(), { x, y: labels, sampleWeight: weightsOf(weights) });
    expect(await trained(classes(), { x, y: labels }, { classWeight })).toEqual(wanted);
    expect(await trained(classes(), { x, y: oneHot }, { classWeight })).toEqual(
      await trained(classes(), { x, y: oneHot, sampleWeight: weightsOf(weights) }),
    );
  });

  test('multiplies sampleWeight, and is measured on the rows for training', async () => {
    const sampleWeight = random.array(rows, 0, 2);
    const classWeight = [2, 3];
    const product = sampleWeight.map((weight, row) => weight * (y[row] === 1 ? 3 : 2));
    expect(await trained(make(), { x, y, sampleWeight }, { classWeight })).toEqual(await trained(make(), { x, y, sampleWeight: product }));
    const part = 18;
    const ones = y.subarray(0, part).filter((value) => value === 1).length;
    const weights = y.map((value) => part / (2 * (value === 1 ? ones : part - ones)));
    const data = { x: x.subarray(0, 3 * part), y: y.subarray(0, part), sampleWeight: weights.subarray(0, part) };
    const found = await trained(make(), { x, y }, { classWeight: 'balanced', validationSplit: { last: 0.25 } });
    expect(found).toEqual(await trained(make(), data));
  });

  test.each([
    ['class indices', labels, undefined],
    ['class indices', labels, { last: 0.25 }],
    ['class indices', labels, 0.25],
    ['one-hot rows', oneHot, 0.25],
  ] as const)('of named rows is that of copied ones: %s, validationSplit %j', async (_, targets, validationSplit) => {
    const index = Array.from({ length: 20 }, (_, i) => (i * 7 + 3) % rows);
    index[5] = index[6] as number;
    const sampleWeight = random.array(rows, 0, 2);
    const picked = (source: ArrayLike<number>): number[] => {
      const width = source.length / rows;
      return index.flatMap((row) => Array.from(source).slice(row * width, (row + 1) * width));
    };
    const y = targets instanceof Int32Array ? Int32Array.from(picked(targets)) : Float64Array.from(picked(targets));
    const copied = { x: Float64Array.from(picked(x)), y, sampleWeight: picked(sampleWeight) };
    for (const classWeight of ['balanced', [1, 2, 4]] as const) {
      const all = { ...options, classWeight, ...(validationSplit !== undefined && { validationSplit }) };
      const [one, other] = [classes(), classes()];
      const history = await one.fit({ x, y: targets, sampleWeight, rows: index } as Samples, all);
      expect({ ...history, seconds: 0 }).toEqual({ ...(await other.fit(copied as Samples, all)), seconds: 0 });
      expect(parametersOf(one)).toEqual(parametersOf(other));
    }
  });

  test('weighs the batches of a stream', async () => {
    const batches = [{ x, y: labels }];
    const nn = classes();
    await nn.fit(() => batches, { epochs: 2, optimizer: options.optimizer, classWeight: { 2: 4 } });
    const wanted = classes();
    await wanted.fit(() => [{ x, y: labels, sampleWeight: weightsOf([1, 1, 4]) }], { epochs: 2, optimizer: options.optimizer });
    expect(parametersOf(nn)).toEqual(parametersOf(wanted));
  });

  test('is compared when a training is resumed, an array like an object', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'weights-'));
    try {
      const checkpoint = { path: path.join(folder, 'checkpoint') };
      await classes().fit({ x, y: labels }, { ...options, epochs: 2, classWeight: [1, 2, 3], checkpoint });
      const more = (classWeight: unknown) =>
        classes().fit({ x, y: labels }, { ...options, epochs: 3, classWeight, checkpoint: { ...checkpoint, resume: true } } as never);
      await expect(more([1, 2, 4])).rejects.toThrow(/classWeight\.2 is 3 there, but 4 here/);
      await expect(more(undefined)).rejects.toThrow(/classWeight/);
      await more({ 0: 1, 1: 2, 2: 3 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('weights in shared memory are read in place, others are copied before fit returns', async () => {
  const wanted = await trained(make(), { x, y, sampleWeight: random.array(rows, 1, 2) });
  const copy = Float64Array.from({ length: rows }, (_, i) => i + 1);
  const reference = await trained(make(), { x, y, sampleWeight: copy.slice() });
  const nn = make();
  const training = nn.fit({ x, y, sampleWeight: copy }, options);
  copy.fill(0);
  await training;
  expect(parametersOf(nn)).toEqual(reference.parameters);
  const shared = new Float64Array(new SharedArrayBuffer(8 * rows)).map((_, i) => i + 1);
  expect(await trained(make(), { x, y, sampleWeight: shared })).toEqual(reference);
  expect(reference).not.toEqual(wanted);
});

test('many weights are checked in slices, and refused', async () => {
  const many = 20_000;
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)] });
  const data = { x: new Float32Array(many), y: new Float32Array(many) };
  const sampleWeight = new Float32Array(many).fill(1);
  await nn.fit({ ...data, sampleWeight }, { epochs: 1, batchSize: many });
  sampleWeight[many - 1] = -1;
  await expect(nn.fit({ ...data, sampleWeight }, { epochs: 1 })).rejects.toThrow(
    `sampleWeight[${many - 1}] must be a weight of at least 0, got -1`,
  );
  sampleWeight.fill(0);
  await expect(nn.fit({ ...data, sampleWeight }, { epochs: 1 })).rejects.toThrow(
    'sampleWeight must be weights of which one is above 0, got 0',
  );
});
