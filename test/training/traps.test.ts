import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  batchNorm,
  type DenseSettings,
  DivergenceError,
  dense,
  type FitOptions,
  type LayerOptions,
  type NetworkOptions,
  NeuralNetwork,
  normalize,
  type Samples,
} from '../../lib';
import { samples as xor } from '../../lib/cli/xor-reference';
import { RandomNumbers } from '../support/random-numbers';

// Each trap is caught, once, and its healthy neighbours are left alone.

let warnings: { message: string; code: string }[] = [];
beforeEach(() => {
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation(((message: string, { code }: { code: string }) => {
    warnings.push({ message, code });
  }) as never);
});
afterEach(() => vi.restoreAllMocks());

const count = (rows: number): number[] => Array.from({ length: rows }, (_, index) => index);
const random = new RandomNumbers(1);
const noise = count(400).map(() => random.next() - 0.5);
const rowsOf = (rows: number, ...columns: ((row: number) => number)[]) => count(rows).map((row) => columns.map((column) => column(row)));
const at = (row: number): number => noise[row % noise.length] as number;
const flat = (row: number): number => Math.sin(row);

/** The messages with this code, of two trainings: the second one never warns again. */
async function caught(code: string, network: NetworkOptions, data: Samples, options: FitOptions = {}): Promise<string[]> {
  const nn = new NeuralNetwork({ seed: 1, ...network });
  for (let times = 0; times < 2; times++) await nn.fit(data, { epochs: 2, ...options });
  return warnings.filter((warning) => warning.code === `WARN_CHAINRULE_${code}`).map(({ message }) => message);
}

const regression = (inputSize: number, ...first: LayerOptions[]): NetworkOptions => ({
  inputSize,
  layers: [...first, dense(4, 'tanh'), dense(1)],
  loss: 'mse',
});

test('targets of a custom loss mean what it makes of them', async () => {
  const data = { x: rowsOf(40, at, flat), y: rowsOf(40, (row) => 1e6 + row, flat) };
  const network = (activation: 'relu' | 'sigmoid', loss: NetworkOptions['loss']): NetworkOptions => ({
    ...{ inputSize: 2, layers: [dense(4, 'tanh'), dense(2, activation)] },
    ...(loss && { loss }),
  });
  const custom = { value: () => 0, gradient: () => {} };
  for (const [code, activation] of [['TARGETS', 'sigmoid'] as const, ['TARGET_SCALE', 'relu'] as const]) {
    expect(await caught(code, network(activation, 'mse'), data), code).toHaveLength(1);
    warnings = [];
    expect(await caught(code, network(activation, custom), data), code).toEqual([]);
  }
});

describe('columns on scales that are far apart', () => {
  const x = rowsOf(40, at, (row) => 5000 * flat(row), flat);
  const y = count(40).map(at);
  const message =
    /^the columns of x are on scales that are far apart: values of column 1 are up to 5e\+3|5000, those of column 0 up to 0\.\d+, so that/;

  test('are warned about', async () => {
    expect(await caught('SCALES', regression(3), { x, y })).toEqual([expect.stringMatching(message)]);
  });

  test.each<[string, NetworkOptions, number[][]]>([
    ['a factor of 900', regression(2), rowsOf(40, flat, (row) => 900 * flat(row))],
    ['a layer that normalizes', regression(3, normalize()), x],
    ['a batchNorm in front', regression(3, batchNorm()), x],
    ['a constant column', regression(2), rowsOf(40, flat, () => 1e6)],
    ['few rows', regression(3), x.slice(0, 9)],
    [
      'encoded inputs',
      {
        ...regression(1),
        inputs: [
          { type: 'periodic', columns: 1, frequencies: 2, width: 2, sigma: 1 },
          { type: 'numeric', columns: 2 },
        ],
        inputSize: undefined,
      } as never,
      x,
    ],
  ])('%s is fine', async (_, network, rows) => {
    const { inputSize, ...rest } = network as { inputSize?: number };
    const given = (inputSize === undefined ? rest : network) as NetworkOptions;
    expect(await caught('SCALES', given, { x: rows, y: y.slice(0, rows.length) })).toEqual([]);
  });
});

describe('all rows of large data are looked at', () => {
  const rows = 20_000;
  /** One row of the second column differs. */
  const data = (row: number, value: number): Samples => ({
    x: {
      data: Float32Array.from({ length: 2 * rows }, (_, i) => (i === 2 * row + 1 ? value : i % 2 === 0 ? at(i) : 0.5)),
      shape: [rows, 2],
    },
    y: Float32Array.from({ length: rows }, (_, i) => at(i)),
  });
  const options = { epochs: 1, batchSize: 1000 };

  test.each([0, 1, 10_001, rows - 1])('the one row that differs is row %d', async (row) => {
    expect(await caught('CONSTANT_COLUMN', regression(2), data(row, 1), options)).toEqual([]);
    expect(await caught('SCALES', regression(2), data(row, -2000), options)).toHaveLength(1);
    warnings = [];
    expect(await caught('CONSTANT_COLUMN', regression(2), data(row, 0.5), options)).toHaveLength(1);
  });
});

describe('constant columns', () => {
  test('are warned about', async () => {
    const x = rowsOf(
      40,
      flat,
      () => 7,
      at,
      () => 0,
    );
    expect(await caught('CONSTANT_COLUMN', regression(4), { x, y: count(40).map(at) })).toEqual([
      expect.stringMatching(/^columns 1, 3 of x have the same value in all 40 rows:/),
    ]);
  });

  test.each<[string, number, number[][]]>([
    ['a column with one other value', 2, rowsOf(40, flat, (row) => Number(row === 39))],
    ['few rows', 1, rowsOf(9, () => 1)],
    ['an image', 120, count(20).map((row) => count(120).map((column) => (column < 100 ? 0 : flat(row + column))))],
  ])('%s is fine', async (_, inputSize, x) => {
    expect(await caught('CONSTANT_COLUMN', regression(inputSize), { x, y: x.map((_, row) => at(row)) })).toEqual([]);
  });
});

describe('targets of a regression', () => {
  const x = rowsOf(40, flat, at);
  const tried = (layers: LayerOptions[], y: number[][], loss: NetworkOptions['loss'] = 'mse') =>
    caught('TARGET_SCALE', { inputSize: 2, layers, loss }, { x, y });

  test.each([
    ['with a large mean', (row: number) => 2000 + at(row), /^y has a mean of 2000 and a standard deviation of 0\.\d+/],
    ['on a large scale', (row: number) => 1e4 * flat(row), /^y has a mean of -?[\d.]+ and a standard deviation of \d+/],
  ] as const)('%s are warned about', async (_, target, message) => {
    expect(await tried([dense(1)], rowsOf(40, target))).toEqual([expect.stringMatching(message)]);
    warnings = [];
    expect(await tried([dense(2, 'softplus')], rowsOf(40, at, target), 'mae')).toEqual([expect.stringMatching(/^column 1 of y has/)]);
  });

  test.each<[string, LayerOptions[], (row: number) => number, NetworkOptions['loss']]>([
    ['miles per gallon', [dense(1)], (row) => 23 + 8 * flat(row), 'mse'],
    ['an activation that cannot reach them', [dense(1, 'tanh')], (row) => 2000 + at(row), 'mse'],
    ['no and yes', [dense(1, 'sigmoid')], (row) => row % 2, 'binaryCrossEntropy'],
  ])('%s are fine', async (_, layers, target, loss) => {
    expect(await tried(layers, rowsOf(40, target), loss)).toEqual([]);
  });
});

describe('classes', () => {
  const tried = (code: string, units: number, y: Samples['y'], rows: number, options: FitOptions = {}) =>
    caught(
      code,
      {
        inputSize: 2,
        layers: [dense(units, units === 1 ? 'sigmoid' : 'softmax')],
        loss: units === 1 ? 'binaryCrossEntropy' : 'crossEntropy',
      },
      { x: rowsOf(rows, flat, at), y },
      options,
    );
  const oneHot = (labels: number[], units: number) => labels.map((label) => count(units).map((unit) => Number(unit === label)));
  const fromOne = count(60).map((row) => 1 + (row % 3));

  test.each<[string, number, Samples['y'], RegExp]>([
    ['numbered from 1', 4, Int32Array.from(fromOne), /^label 0 occurs in none of the 60 targets, so that it cannot be learned/],
    ['that are missing, one-hot', 5, oneHot(fromOne, 5), /^labels 0, 4 occur in none of the 60 targets, so that they/],
    ['no and never yes', 1, count(60).map(() => 0), /^label 1 occurs in none/],
  ])('%s are warned about', async (_, units, y, message) => {
    expect(await tried('LABELS', units, y, 60)).toEqual([expect.stringMatching(message)]);
  });

  test.each<[string, number, Samples['y'], number]>([
    ['that all occur', 3, count(60).map((row) => row % 3), 60],
    ['of few rows', 4, fromOne.slice(0, 30), 30],
    [
      'as probabilities',
      2,
      rowsOf(
        60,
        () => 0.1,
        () => 0.9,
      ),
      60,
    ],
  ])('%s are fine', async (_, units, y, rows) => {
    expect(await tried('LABELS', units, y, rows)).toEqual([]);
  });

  const rare = (every: number) => count(300).map((row) => Number(row % every === 0));
  test('of which one is rare are warned about', async () => {
    const message = expect.stringMatching(/^label 0 is 24 times as frequent as label 1 \(12 of 300 rows\): .* classWeight: 'balanced'/);
    expect(await tried('IMBALANCE', 2, rare(25), 300)).toEqual([message]);
    warnings = [];
    expect(await tried('IMBALANCE', 1, rare(25), 300)).toEqual([message]);
  });

  test.each<[string, number, Samples['y'], number]>([
    ['of which one is less frequent', 2, rare(20), 300],
    ['of few rows', 2, rare(30).slice(0, 19), 19],
    ['that never occur', 2, count(60).map(() => 1), 60],
  ])('%s are not out of balance', async (_, units, y, rows) => {
    expect(await tried('IMBALANCE', units, y, rows)).toEqual([]);
  });
});

describe('units with relu', () => {
  const x = rowsOf(200, at, flat);
  const data = { x, y: x.map(([a = 0, b = 0]) => a * b) };
  const tried = async (
    bias: number[],
    options: FitOptions = {},
    activation: 'relu' | 'leakyRelu' = 'relu',
    stream = false,
    given: Samples = data,
  ) => {
    const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(4, activation), dense(1)], loss: 'mse', seed: 1 });
    Object.assign(nn.layers[0] as object, { bias });
    for (let times = 0; times < 2; times++) await nn.fit(stream ? () => [given] : given, { epochs: 2, ...options });
    return warnings.filter(({ code }) => code === 'WARN_CHAINRULE_DEAD_UNITS').map(({ message }) => message);
  };
  const message = /^3 of the 4 units of layers\[0\] are 0 for all 128 rows that were looked at/;

  test('that are dead are warned about, if they are more than half', async () => {
    expect(await tried([0, -9, -9, -9])).toEqual([expect.stringMatching(message)]);
    expect(await tried([0, -9, -9, -9], {}, 'relu', true)).toHaveLength(2);
  });

  test('that are dead after the first epoch are warned about at once', async () => {
    const before: number[] = [];
    await tried([0, -9, -9, -9], { epochs: 3, onEpoch: () => void before.push(warnings.length) });
    expect(before.slice(0, 3)).toEqual([1, 1, 1]);
  });

  test.each<[string, number[], 'relu' | 'leakyRelu']>([
    ['half of them', [0, 0.1, -9, -9], 'relu'],
    ['none', [0, 0, 0, 0], 'relu'],
    ['another activation', [-9, -9, -9, -9], 'leakyRelu'],
  ])('%s is fine', async (_, bias, activation) => {
    expect(await tried(bias, {}, activation)).toEqual([]);
  });

  test('equal rows and few rows tell nothing', async () => {
    expect(await tried([0, -9, -9, -9], {}, 'relu', false, { x: x.map(() => [1, 2]), y: x.map(() => 1) })).toEqual([]);
    expect(await tried([0, -9, -9, -9], {}, 'relu', false, { x: x.slice(0, 10), y: count(10) })).toEqual([]);
  });
});

describe('a loss that does not move', () => {
  const options: FitOptions = { epochs: 1000, batchSize: 4, shuffle: false, optimizer: { type: 'sgd', learningRate: 0.1 } };
  const network = (settings: DenseSettings, loss: 'binaryCrossEntropy' | 'mse' = 'binaryCrossEntropy'): NetworkOptions => ({
    ...{ inputSize: 2, layers: [dense(4, 'sigmoid', settings), dense(1, 'sigmoid', settings)], loss, precision: 'f64' },
  });
  const asPrinted: DenseSettings = { weightsInitializer: { type: 'normal', stddev: 0.01 } };

  test('is warned about: XOR as printed', async () => {
    expect(await caught('STUCK', network(asPrinted), xor, options)).toEqual([
      expect.stringMatching(/^the loss has not moved in 1000 epochs: it is 0\.693, and that of the best constant prediction is 0\.693\./),
    ]);
  });

  test('is warned about with classes and with numbers', async () => {
    const still = { ...options, optimizer: { type: 'sgd', learningRate: 1e-9 } } as const;
    const classes = {
      inputSize: 2,
      layers: [dense(2, 'softmax', { weightsInitializer: 'zeros' } as const)],
      loss: 'crossEntropy',
    } as const;
    expect(await caught('STUCK', classes, { x: xor.x, y: [0, 1, 1, 0] }, still)).toHaveLength(1);
    warnings = [];
    expect(await caught('STUCK', network(asPrinted, 'mse'), xor, options)).toHaveLength(1);
  });

  test.each<[string, NetworkOptions, FitOptions]>([
    [
      'a training that leaves it',
      network({ weightsInitializer: { type: 'normal', stddev: 1 } }),
      { ...options, epochs: 4000, optimizer: { type: 'adam', learningRate: 0.05 } },
    ],
    ['a short one', network(asPrinted), { ...options, epochs: 20 }],
  ])('%s is fine', async (_, given, fit) => {
    expect(await caught('STUCK', given, xor, fit)).toEqual([]);
  });
});

describe('a loss that rises', () => {
  const x = rowsOf(40, flat, at);
  const data = { x, y: x.map(([a = 0]) => a) };
  const linear: NetworkOptions = { inputSize: 2, layers: [dense(1)], loss: 'mse' };
  const tried = (learningRate: NonNullable<Extract<FitOptions['optimizer'], { type: 'sgd' }>['learningRate']>, epochs: number) =>
    caught('RISING_LOSS', linear, data, { epochs, batchSize: 40, optimizer: { type: 'sgd', learningRate } });

  test('with the learning rate is warned about', async () => {
    expect(await tried({ type: 'exponential', initial: 0.1, factor: 1.3 }, 20)).toEqual([
      expect.stringMatching(
        /^the loss has risen from .* in epoch \d+ to .* while the learning rate rose from [\d.]+ to [\d.]+: it goes on to infinity/,
      ),
    ]);
  });

  test('with a constant rate is warned about', async () => {
    expect(await tried(3, 15)).toEqual([expect.stringMatching(/ with a learning rate of 3: /)]);
  });

  test('falling, it is fine', async () => expect(await tried(0.3, 60)).toEqual([]));

  test('into divergence, the error says what is known', async () => {
    const learningRate = { type: 'exponential', initial: 1, factor: 2, per: 'step' } as const;
    const fit = new NeuralNetwork(linear).fit(data, { epochs: 300, batchSize: 7, optimizer: { type: 'sgd', learningRate } });
    const error = await fit.then(
      () => expect.fail(),
      (error: unknown) => error as DivergenceError,
    );
    expect(error).toBeInstanceOf(DivergenceError);
    expect(error.message).toMatch(
      /not finite at step \d+ \(epoch \d+, learning rate \d[\de.+]*, risen from 1\), in the batch of rows \d+(, \d+)*; the largest weight was in layers\[0\]\.(weights|bias): \d\.\d\de\+\d+; /,
    );
    expect(error.tensor).toMatch(/^layers\[0\]\.(weights|bias)$/);
    expect(new Set(error.rows).size).toBe((error.step as number) % 6 === 0 ? 5 : 7);
    for (const row of error.rows ?? []) expect(row).toBeLessThan(40);
  });

  test('the rows of a batch that diverged are those in it', async () => {
    const poisoned = x.map(([a, b], row) => (row === 23 ? [1e38, 1e38] : [a, b])) as number[][];
    for (const [shuffle, rows] of [
      [false, [21, 22, 23, 24, 25, 26, 27]],
      [true, expect.arrayContaining([23])],
    ] as const) {
      const nn = new NeuralNetwork(linear);
      const fit = nn.fit({ x: poisoned, y: data.y }, { epochs: 3, batchSize: 7, shuffle, warnings: false });
      expect(
        await fit.then(
          () => expect.fail(),
          (error: unknown) => (error as DivergenceError).rows,
        ),
      ).toEqual(rows);
    }
  });
});

test('rows that an index leaves out do not count', async () => {
  const x = rowsOf(
    80,
    flat,
    (row) => (row % 2 === 0 ? at(row) : 1e5 * flat(row)),
    (row) => (row % 2 === 0 ? at(row) : 7),
  );
  const y = x.map((_, row) => [row % 2 === 0 ? at(row) : 1e4]);
  const half = (first: number) => count(40).map((row) => 2 * row + first);
  await new NeuralNetwork(regression(3)).fit({ x, y, rows: half(0) });
  expect(warnings).toEqual([]);
  await new NeuralNetwork(regression(3)).fit({ x, y, rows: half(1) });
  expect(warnings.map(({ code }) => code.slice(15))).toEqual(['SCALES', 'CONSTANT_COLUMN', 'TARGET_SCALE']);
  warnings = [];
  const classes = new NeuralNetwork({ inputSize: 1, layers: [dense(2, 'softmax')], loss: 'crossEntropy', seed: 1 });
  await classes.fit({ x: x.map(([a = 0]) => [a]), y: count(80).map((row) => row % 2), rows: half(1) });
  expect(warnings.map(({ code }) => code.slice(15))).toEqual(['LABELS']);
});

test('weighted classes may be out of balance', async () => {
  const network: NetworkOptions = { inputSize: 1, layers: [dense(1, 'sigmoid')], loss: 'binaryCrossEntropy' };
  const data = { x: rowsOf(300, at), y: count(300).map((row) => Number(row % 25 === 0)) };
  expect(await caught('IMBALANCE', network, data, { classWeight: 'balanced' })).toEqual([]);
  expect(await caught('IMBALANCE', { ...network, loss: { type: 'binaryCrossEntropy', posWeight: 20 } }, data)).toEqual([]);
});

test('warnings: false is silent', async () => {
  const x = rowsOf(
    40,
    () => 1,
    (row) => 1e5 * flat(row),
    at,
  );
  const network = regression(3);
  await new NeuralNetwork(network).fit({ x, y: x.map(([, b = 0]) => 1e4 * b) }, { warnings: false });
  expect(warnings).toEqual([]);
  await new NeuralNetwork(network).fit({ x, y: x.map(([, b = 0]) => 1e4 * b) });
  expect(warnings.map(({ code }) => code.slice(15))).toEqual(['SCALES', 'CONSTANT_COLUMN', 'TARGET_SCALE']);
});
