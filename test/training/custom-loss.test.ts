import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type CustomLoss,
  crossValidate,
  DivergenceError,
  dense,
  dropout,
  findLearningRate,
  members,
  type NetworkOptions,
  NeuralNetwork,
} from '../../lib';
import { RandomNumbers } from '../support/random-numbers';

// Losses of the user's own: against the package's losses, written again as two functions of a row.

const random = new RandomNumbers(3);
const rows = 150; // more than two pieces of 64
const x = { data: random.array(rows * 3), shape: [rows, 3] };
const y = { data: random.array(rows * 2), shape: [rows, 2] };
const sampleWeight = Float64Array.from({ length: rows }, (_, row) => row % 3);

const mse: CustomLoss = {
  value: (o, t) => Array.from(o, (value, i) => (value - (t[i] as number)) ** 2).reduce((sum, square) => sum + square, 0) / o.length,
  gradient(o, t, gradient) {
    for (const [i, value] of o.entries()) gradient[i] = (2 * (value - (t[i] as number))) / o.length;
  },
};
/** Of labels that come as numbers, in one column. */
const crossEntropy: CustomLoss = {
  targets: 1,
  value: (o, t) => -Math.log(o[t[0] as number] as number),
  gradient(o, [label], gradient) {
    gradient[label as number] = -1 / (o[label as number] as number);
  },
};

const make = (loss: NetworkOptions['loss'], more: Partial<NetworkOptions> = {}): NeuralNetwork =>
  new NeuralNetwork({ inputSize: 3, layers: [dense(9, 'tanh'), dense(2)], precision: 'f64', seed: 5, ...more, ...(loss && { loss }) });
const weightsOf = (nn: NeuralNetwork): number[] =>
  nn.layers.flatMap(({ parameters }) => Object.values(parameters).flatMap(({ data }) => [...data]));

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of actual.entries()) expect(Math.abs(value - (expected[i] as number)), String(i)).toBeLessThan(tolerance);
}

const step = { epochs: 4, batchSize: 40, warnings: false };
const trainings: [string, object, Partial<NetworkOptions>][] = [
  ['sgd', { optimizer: 'sgd' }, {}],
  ['adam in f32', { optimizer: 'adam' }, { precision: 'f32' }],
  ['dropout', {}, { layers: [dense(70, 'relu'), dropout(0.3), dense(2)] }],
  ['an ensemble', {}, { layers: [members(3), dense(4, 'tanh'), dense(2)] }],
  ['several batches a step, clipped and averaged', { optimizer: 'sgd', accumulate: 2, clipNorm: 0.1, ema: { decay: 0.9 } }, {}],
  ['validation and metrics', { validationSplit: 0.2, metrics: ['mae', 'rmse'] }, {}],
  ['class-free L-BFGS', { optimizer: 'lbfgs', batchSize: undefined, epochs: 2 }, {}],
];
test.each(trainings)('mse of two functions trains as mse does: %s', async (_, fit, network) => {
  const [own, known] = [make(mse, network), make('mse', network)];
  const options = { ...step, ...fit };
  if ('batchSize' in fit) Reflect.deleteProperty(options, 'batchSize');
  const histories = [await own.fit({ x, y, sampleWeight }, options), await known.fit({ x, y, sampleWeight }, options)] as const;
  const tolerance = own.precision === 'f64' ? 1e-12 : 1e-5;
  expectClose(weightsOf(own), weightsOf(known), tolerance);
  for (const column of Object.keys(histories[1])) {
    const [a, b] = histories.map((history) => history[column as 'loss']);
    if (Array.isArray(b)) expectClose(a as number[], b, tolerance);
  }
  const [a, b] = [await own.evaluate({ x, y, sampleWeight }), await known.evaluate({ x, y, sampleWeight })];
  expectClose([a.loss], [b.loss], tolerance);
});

test('backward has the same loss and gradients, with deltas of each layer too', () => {
  const [a, b] = [make(mse), make('mse')].map((nn) => nn.backward(x, y, { sampleWeight, layers: true }));
  expect(a?.loss).toBeCloseTo(b?.loss as number, 12);
  const numbers = (value: unknown): number[] =>
    typeof value === 'number' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbers) : [];
  expect(numbers(a).length).toBeGreaterThan(1000);
  expectClose(numbers(a), numbers(b), 1e-12);
});

test('y may have any number of columns: labels in one, for three outputs', async () => {
  const labels = Int32Array.from({ length: rows }, (_, row) => row % 3);
  const layers = [dense(9, 'tanh'), dense(3, 'softmax')];
  const [own, known] = [make(crossEntropy, { layers }), make(undefined, { layers })];
  await own.fit({ x, y: labels }, step);
  await known.fit({ x, y: labels }, step);
  expectClose(weightsOf(own), weightsOf(known), 1e-9);
  const rowsUsed = [3, 5, 3, 149];
  const a = await own.evaluate({ x, y: labels, rows: rowsUsed });
  expect(a.loss).toBeCloseTo((await known.evaluate({ x, y: labels, rows: rowsUsed })).loss, 9);
});

describe('outputs and columns of y that do not belong together', () => {
  // Of a proportional hazard: the logarithm of a rate; y is a time and whether something happened then.
  const hazard: CustomLoss = {
    targets: 2,
    value: ([rate = 0], [time = 0, event = 0]) => time * Math.exp(rate) - event * rate,
    gradient([rate = 0], [time = 0, event = 0], gradient) {
      gradient[0] = time * Math.exp(rate) - event;
    },
  };
  const nn = make(hazard, { inputSize: 1, layers: [dense(1)] });
  const data = { x: [[0], [0], [1], [1]], y: [2, 1, 4, 1, 1, 1, 1, 1].map((_, i, all) => all.slice(2 * i, 2 * i + 2)).slice(0, 4) };

  test('train', async () => {
    await nn.fit(data, { epochs: 400, optimizer: { type: 'adam', learningRate: 0.05 } });
    // Events over time: 2 in 6, and 2 in 2.
    expectClose(Array.from(nn.predict([[0], [1]]).data, Math.exp), [2 / 6, 1], 1e-3);
  });

  test('have functions as metrics, but none that compares them', async () => {
    const metrics = [{ name: 'rows', value: (_: unknown, targets: { shape: readonly number[] }) => targets.shape[1] as number }];
    expect(await nn.evaluate(data, { metrics })).toMatchObject({ rows: 2 });
    for (const name of ['mae', 'r2'] as const) {
      await expect(nn.evaluate(data, { metrics: [name] })).rejects.toThrow('1 outputs and 2 columns of y');
    }
    await expect(nn.fit({ x: [[0]], y: [1] })).rejects.toThrow('y must have 2 columns (loss.targets), got 1');
  });
});

test('batches of a stream give what samples give, and the event loop turns meanwhile', async () => {
  const [a, b] = [make(mse), make(mse)];
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const slow: CustomLoss = {
    ...mse,
    value(o, t) {
      const until = performance.now() + 0.5;
      while (performance.now() < until);
      return mse.value(o, t);
    },
  };
  const c = make(slow);
  await c.fit({ x, y }, { ...step, shuffle: false });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
  await a.fit({ x, y }, { ...step, shuffle: false });
  const part = (first: number, count: number) => ({
    x: { data: x.data.slice(first * 3, (first + count) * 3), shape: [count, 3] },
    y: { data: y.data.slice(first * 2, (first + count) * 2), shape: [count, 2] },
  });
  const batches = [part(0, 40), part(40, 40), part(80, 40), part(120, 30)];
  await b.fit(() => batches, { epochs: 4, warnings: false });
  expect(weightsOf(b)).toEqual(weightsOf(a));
  expect(weightsOf(c)).toEqual(weightsOf(a));
});

test('a checkpoint is resumed to the same bits', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-'));
  try {
    const checkpoint = { path: path.join(folder, 'a.checkpoint') };
    const options = { ...step, optimizer: 'adam', validationSplit: 0.2 } as const;
    const [whole, first, second] = [make(mse), make(mse), make(mse)];
    await whole.fit({ x, y }, { ...options, epochs: 6 });
    await first.fit({ x, y }, { ...options, epochs: 3, checkpoint });
    await second.fit({ x, y }, { ...options, epochs: 6, checkpoint: { ...checkpoint, resume: true } });
    expect(weightsOf(second)).toEqual(weightsOf(whole));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('a saved network', () => {
  const nn = make({ ...mse, targets: 2 });
  const plain = { type: 'custom', targets: 2 };

  test('predicts without the functions, and asks for them to train and evaluate', async () => {
    const copies = [NeuralNetwork.fromBytes(nn.toBytes()), NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn)))];
    for (const copy of [...copies, NeuralNetwork.fromShared(nn.share())]) {
      expect(copy.loss).toEqual(plain);
      expect(copy.predict(x)).toEqual(nn.predict(x));
      const message = /loss of its own, whose functions are not saved with it/;
      await expect(copy.fit({ x, y })).rejects.toThrow(message);
      await expect(copy.evaluate({ x, y })).rejects.toThrow(message);
      expect(() => copy.backward(x, y)).toThrow(message);
    }
  });

  test('goes on as before when they are given again', async () => {
    const again = { loss: mse };
    const copies = [
      await NeuralNetwork.load(nn.toBytes(), again),
      NeuralNetwork.fromBytes(nn.toBytes(), again),
      NeuralNetwork.fromJSON(nn.toJSON(), again),
      NeuralNetwork.fromShared(nn.share(), again),
    ];
    for (const copy of copies) {
      expect(copy.loss).toEqual({ ...plain, ...mse });
      expect(copy.backward(x, y)).toEqual(nn.backward(x, y));
    }
    await copies[0]?.fit({ x, y }, { epochs: 1 });
  });

  test.each([
    [make('mse'), { loss: mse }, 'loss is for networks with a loss of their own, but this one has "mse"'],
    [nn, { loss: { ...mse, targets: 1 } }, 'loss.targets must be 2, as it was saved, got 1'],
    [nn, { loss: 'mse' }, 'loss must be the functions { value, gradient } that the network was made with, got "mse"'],
    [nn, { loss: { value: mse.value } }, 'loss.gradient must be a function, got undefined'],
    [nn, { lose: mse }, 'no option "lose"; did you mean "loss"?'],
  ])('refuses other losses: %#', (saved, options, message) => {
    expect(() => NeuralNetwork.fromBytes(saved.toBytes(), options as never)).toThrow(message);
  });
});

test.each([
  ['custom', 'loss must be one of "mse"'],
  [{ type: 'custom' }, 'loss.value must be a function, got undefined'],
  [{ value: mse.value }, 'loss.gradient must be a function, got undefined'],
  [{ ...mse, gradient: class {} }, 'loss.gradient must be a function'],
  [{ ...mse, targets: 0 }, 'loss.targets must be a whole number from 1'],
  [{ ...mse, delta: 1 }, 'loss has no option "delta"'],
])('a constructor refuses %j', (loss, message) => {
  expect(() => make(loss as never)).toThrow(message);
});

describe('a function that fails', () => {
  const error = new Error('mine');
  const throwing = (thrown: unknown) => () => {
    throw thrown;
  };
  test.each<[string, CustomLoss, unknown]>([
    ['value throws', { ...mse, value: throwing(error) }, error],
    ['gradient throws', { ...mse, gradient: throwing(error) }, error],
    ['it throws no error', { ...mse, value: throwing('text') }, 'text'],
    ['it throws undefined', { ...mse, value: throwing(undefined) }, undefined],
    ['value is asynchronous', { ...mse, value: (async () => 1) as never }, expect.objectContaining({ code: 'ERR_CHAINRULE_TYPE' })],
  ])('ends the training with its error, and the weights stay: %s', async (_, loss, thrown) => {
    const nn = make(loss);
    const before = weightsOf(nn);
    await expect(nn.fit({ x, y }, step)).rejects.toEqual(thrown);
    await expect(nn.fit(() => [{ x, y }], { epochs: 1 })).rejects.toEqual(thrown);
    let caught: unknown = 'none';
    try {
      nn.backward(x, y);
    } catch (reason) {
      caught = reason;
    }
    expect(caught).toEqual(thrown);
    expect(weightsOf(nn)).toEqual(before);
    nn.close();
  });

  test('a loss that is not finite is a divergence', async () => {
    await expect(make({ ...mse, value: () => Number.NaN }).fit({ x, y }, step)).rejects.toThrow(DivergenceError);
    await expect(make({ ...mse, value: () => Infinity }).evaluate({ x, y })).rejects.toMatchObject({ code: 'ERR_CHAINRULE_DIVERGED' });
  });

  test('what it does to the network it is called for is refused, or does no harm', async () => {
    const seen = new Set<unknown>();
    let depth = 0;
    const nn = make({
      ...mse,
      value(o, t) {
        nn.predict(x);
        nn.fit({ x, y }).catch((reason) => seen.add(reason.code));
        try {
          nn.close();
        } catch (reason) {
          seen.add((reason as { code: string }).code);
        }
        if (depth++ < 2) nn.backward(x, y);
        structuredClone(o, { transfer: [o.buffer as ArrayBuffer] });
        return mse.value(o, t);
      },
    });
    await expect(nn.fit({ x, y }, step)).rejects.toBeInstanceOf(Error);
    expect([...seen]).toEqual(['ERR_CHAINRULE_BUSY']);
    expect(nn.predict(x).data.every(Number.isFinite)).toBe(true);
  });
});

test('a range test and cross-validation take networks with a loss of their own', async () => {
  const { losses } = await findLearningRate(make(mse), { x, y }, { steps: 20 });
  expectClose(losses, (await findLearningRate(make('mse'), { x, y }, { steps: 20 })).losses, 1e-9);
  const network = { inputSize: 3, layers: [dense(2)], precision: 'f64' } as const;
  const folds = { folds: 3, fit: step };
  const [own, known] = [
    await crossValidate({ ...network, loss: mse }, { x, y }, folds),
    await crossValidate({ ...network, loss: 'mse' }, { x, y }, folds),
  ];
  expect(own.mean.loss).toBeCloseTo(known.mean.loss as number, 9);
});
