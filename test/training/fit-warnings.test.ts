import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Activation,
  dense,
  dropout,
  type Initializer,
  type InitializerOptions,
  type LayerOptions,
  type LossName,
  NeuralNetwork,
  type Samples,
} from '../../lib';
import { warn } from '../../lib/warnings';
import { RandomNumbers } from '../support/random-numbers';

let warnings: { message: string; type: string; code: string }[] = [];
beforeEach(() => {
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation(((message: string, options: { type: string; code: string }) => {
    warnings.push({ message, ...options });
  }) as never);
});
afterEach(() => vi.restoreAllMocks());
const codes = () => warnings.map(({ code }) => code);

const count = (rows: number): number[] => Array.from({ length: rows }, (_, index) => index);
const rowsOf = (rows: number): number[][] => count(rows).map((index) => [Math.sin(index), Math.cos(index)]);

describe('validationSplit warns', () => {
  const split = async (y: number[] | Int32Array | Float32Array | number[][], loss: LossName, last: number, outputs = 3) => {
    const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(outputs)], loss });
    const rows = Array.isArray(y[0]) || outputs === 1 || loss === 'crossEntropy' ? y.length : y.length / outputs;
    const data: Samples = { x: rowsOf(rows), y };
    await nn.fit(data, { epochs: 1, validationSplit: { last } });
    await nn.fit(data, { epochs: 1, validationSplit: { last } });
    return warnings.filter(({ code }) => code === 'WARN_CHAINRULE_SPLIT');
  };
  const sorted = count(30).map((index) => Math.floor(index / 10));
  const shuffled = count(30).map((index) => (index * 7) % 3);
  const oneHot = (labels: number[]) => labels.map((label) => count(3).map((index) => Number(index === label)));
  const lacksTwo = /^the training rows have none of the labels 2, which the validation rows have/;
  const lacksZeroAndOne = /^the validation rows have none of the labels 0, 1, which the training rows have/;
  const cure = /a number takes rows at random, each label by its share$/;

  it.each([
    ['labels sorted by class', sorted, 'crossEntropy', 1 / 3, 3, lacksTwo],
    ['a typed array of them', Int32Array.from(sorted), 'crossEntropy', 1 / 3, 3, lacksTwo],
    ['one-hot rows', oneHot(sorted), 'crossEntropy', 1 / 3, 3, lacksTwo],
    ['one-hot rows of a regression', oneHot(sorted), 'mse', 1 / 3, 3, lacksTwo],
    ['a part of the last class', sorted, 'crossEntropy', 0.2, 3, lacksZeroAndOne],
    [
      'both directions',
      sorted,
      'crossEntropy',
      0.4,
      3,
      /labels 2, which the validation rows have; the validation rows have none of the labels 0/,
    ],
    ['no and yes', sorted.map((label) => Number(label === 2)), 'binaryCrossEntropy', 1 / 3, 1, /none of the labels 1, which the val/],
    [
      'half of the yes',
      sorted.map((label) => Number(label > 0)),
      'binaryCrossEntropy',
      1 / 3,
      1,
      /the validation rows have none of the labels 0/,
    ],
    [
      'numbers in order',
      count(200).map((index) => index / 7),
      'mse',
      0.1,
      1,
      /^the targets are from 0 to .* in the training rows, but from/,
    ],
    ['numbers in reverse', count(200).map((index) => -index / 7), 'mae', 0.1, 1, /^the targets are from/],
    ['one column in order', count(90).flatMap((index) => [index % 7, -index / 9]), 'huber', 0.2, 2, /^the targets in column 1 are from/],
  ] as const)('of %s, once', async (_, y, loss, share, outputs, message) => {
    const given = await split((outputs === 2 ? Float32Array.from(y as number[]) : y) as number[], loss, share, outputs);
    expect(given).toEqual([{ type: 'ChainruleWarning', code: 'WARN_CHAINRULE_SPLIT', message: expect.stringMatching(message) }]);
    expect(given[0]?.message).toMatch(cure);
  });

  it.each([
    ['shuffled labels', shuffled, 'crossEntropy', 1 / 3, 3],
    ['one row for validation', shuffled, 'crossEntropy', 0.04, 3],
    ['few rows that lack a label by chance', [0, 1, 1, 0], 'binaryCrossEntropy', 0.25, 1],
    ['random numbers', count(200).map((index) => Math.sin(index * 12.9898) * 43), 'mse', 0.1, 1],
    ['probabilities', count(30).flatMap(() => [0.2, 0.3, 0.5]), 'crossEntropy', 0.3, 3],
  ] as const)('not of %s', async (_, y, loss, share, outputs) => {
    const data = loss === 'crossEntropy' && y.length === 90 ? count(30).map(() => [0.2, 0.3, 0.5]) : y;
    expect(await split(data as number[], loss, share, outputs)).toEqual([]);
  });

  it('not of rows in random order, but once in a hundred times', async () => {
    const random = new RandomNumbers(3);
    let warned = 0;
    for (let round = 0; round < 200; round++) {
      const labels = count(40).map(() => (random.next() < 0.06 ? 2 : random.below(2)));
      // A label that only the validation rows have is always named.
      if (!labels.slice(0, 32).includes(2)) labels[0] = 2;
      warned += (await split(labels, 'crossEntropy', 0.2)).length;
      warnings = [];
    }
    expect(warned).toBeLessThan(8);
  });
});

describe('an output with relu that died', () => {
  const fitted = async (y: number[] | number[][], bias: number[], { loss = 'mse', activation = 'relu', stream = false } = {}) => {
    const nn = new NeuralNetwork({
      inputSize: 2,
      layers: [dense(bias.length, activation as Activation)],
      loss: loss as LossName,
    });
    Object.assign(nn.layers[0] as object, { bias });
    const data = { x: rowsOf(y.length), y };
    for (let times = 0; times < 2; times++) await nn.fit(stream ? () => [data] : data, { epochs: 2 });
    return warnings.filter(({ code }) => code === 'WARN_CHAINRULE_DEAD_OUTPUT').map(({ message }) => message);
  };
  const ten = count(10);

  it.each(['mse', 'mae', 'huber'])('is warned about, once, with loss %s', async (loss) => {
    expect(await fitted(ten, [-9], { loss })).toEqual([
      expect.stringMatching(/^all outputs are 0 for every row.*Use a last activation of "linear"/),
    ]);
  });

  it('is warned about where the data are a stream', async () => {
    expect(await fitted(ten, [-9], { stream: true })).toHaveLength(1);
  });

  it('is warned about where the rows are more than are looked at', async () => {
    expect(await fitted(count(3000), [-9])).toHaveLength(1);
  });

  it('is named where others live', async () => {
    const y = ten.map((value) => [value, value, value]);
    expect(await fitted(y, [3, -9, 3])).toEqual([expect.stringMatching(/^of 3 outputs, those of columns 1 are 0 for every row/)]);
  });

  it.each([
    ['an output that lives', ten, [1], 'relu'],
    ['targets that are 0', ten.map(() => 0), [-9], 'relu'],
    ['another activation', ten, [-9], 'softplus'],
  ] as const)('is not seen in %s', async (_, y, bias, activation) => {
    expect(await fitted([...y], [...bias], { activation })).toEqual([]);
  });
});

describe('targets out of reach', () => {
  it.each([
    ['sigmoid', [0.5, 3], true],
    ['sigmoid', [0, 1], false],
    ['tanh', [-1, 1], false],
    ['tanh', [-1.5, 1], true],
    ['relu', [-1, 1], true],
    ['softplus', [0, 100], false],
    ['elu', [-2, 0], true],
    ['linear', [-1e6, 1e6], false],
    ['leakyRelu', [-5, 5], false],
  ] as const)('of %s: %j is warned about: %s', async (activation, y, wanted) => {
    const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(1, activation)], loss: 'mse' });
    for (let times = 0; times < 2; times++) await nn.fit({ x: rowsOf(2), y: [...y] }, { epochs: 1 });
    expect(codes().filter((code) => code === 'WARN_CHAINRULE_TARGETS')).toHaveLength(wanted ? 1 : 0);
    if (wanted) expect(warnings[0]?.message).toContain(`"${activation}" reaches`);
  });
});

describe('units that stay alike', () => {
  const constant = (value: number): InitializerOptions => ({ type: 'constant', value });
  const hidden = (activation: Activation, weightsInitializer: Initializer, more: object = {}) =>
    dense(3, activation, { weightsInitializer, ...more });
  const last = (weightsInitializer: Initializer) => dense(2, 'linear', { weightsInitializer });

  it.each<[string, LayerOptions[], RegExp | undefined]>([
    ['zeros everywhere', [hidden('tanh', 'zeros'), last('zeros')], /^the 3 units of layers\[0\] are the same/],
    ['a constant everywhere', [hidden('relu', constant(0.1)), last(constant(0.2))], /^the 3 units of layers\[0\] are the same.*"constant"/],
    ['no deviation', [hidden('relu', { type: 'normal', mean: 1, stddev: 0 }), last('zeros')], /^the 3 units of layers\[0\]/],
    ['an empty interval', [hidden('relu', { type: 'uniform', low: 1, high: 1 }), last('zeros')], /^the 3 units of layers\[0\]/],
    ['a second layer', [hidden('tanh', 'heNormal'), hidden('tanh', 'zeros'), last('zeros')], /^the 3 units of layers\[1\]/],
    ['relu that is 0', [hidden('relu', 'zeros'), last('heNormal')], /^layers\[0\] is 0 for every input/],
    ['random weights', [hidden('relu', 'heNormal'), last('zeros')], undefined],
    ['random weights behind them', [hidden('tanh', 'zeros'), last('heNormal')], undefined],
    ['a random bias', [hidden('tanh', 'zeros', { biasInitializer: 'heNormal' }), last('zeros')], undefined],
    ['dropout behind them', [hidden('tanh', constant(1)), dropout(0.5), last('zeros')], undefined],
    ['a single layer', [last('zeros')], undefined],
  ])('%s', async (_, layers, wanted) => {
    const nn = new NeuralNetwork({ inputSize: 2, layers });
    const data = { x: rowsOf(6), y: rowsOf(6) };
    for (let times = 0; times < 2; times++) await nn.fit(data, { epochs: 20, optimizer: { type: 'sgd', learningRate: 0.1 } });
    const given = warnings.filter(({ code }) => code === 'WARN_CHAINRULE_SAME_UNITS').map(({ message }) => message);
    expect(given).toEqual(wanted === undefined ? [] : [expect.stringMatching(wanted)]);
    // The warning is right: the units of a hidden layer are alike after training if, and only if, there was one.
    const alike = nn.layers
      .slice(0, -1)
      .some(({ weights, units }) => weights?.data.every((value, i, all) => value === all[i - (i % units)]));
    expect(alike).toBe(wanted !== undefined);
  });

  it('are not warned about when weights were set', async () => {
    const nn = new NeuralNetwork({ inputSize: 2, layers: [hidden('tanh', 'zeros'), last('zeros')] });
    Object.assign(nn.layers[0] as object, {
      weights: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    });
    await nn.fit({ x: rowsOf(6), y: rowsOf(6) }, { epochs: 1 });
    expect(warnings).toEqual([]);
  });
});

it('nothing but lib/warnings.ts emits warnings', () => {
  const lib = path.join(__dirname, '../../lib');
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const emitting = files.filter((name) => /emitWarning|console\.warn/.test(readFileSync(path.join(lib, name), 'utf8')));
  expect(emitting).toEqual(['warnings.ts']);
});

it.each([[undefined], [{}]])('a warning goes to the console where the process is %j', (standIn) => {
  const given = vi.spyOn(console, 'warn').mockImplementation(() => {});
  vi.stubGlobal('process', standIn);
  try {
    warn('WARN_CHAINRULE_SPLIT', 'why');
  } finally {
    vi.unstubAllGlobals();
  }
  expect(given.mock.calls).toEqual([['[WARN_CHAINRULE_SPLIT] ChainruleWarning: why']]);
});
