import { describe, expect, test } from 'vitest';
import { activation, dense, dropout, type LayerOptions, members, type NetworkOptions, NeuralNetwork } from '../../../lib';
import { RandomNumbers } from '../../support/random-numbers';

// Files of toONNX without the network's specification: sizes of 1, and layers beside each other whose operators look alike.

const normal = { biasInitializer: 'normal' } as const;
const own = (units: number, perMember: 'scales' | 'weights' | 'none', act: Parameters<typeof dense>[1] = 'linear') =>
  dense(units, act, { ...normal, perMember });
const scale: LayerOptions = { type: 'scale' };
const batchNorm: LayerOptions = { type: 'batchNorm' };
const layerNorm: LayerOptions = { type: 'layerNorm' };
const residual = (...layers: LayerOptions[]): LayerOptions => ({ type: 'residual', layers });
const periodic = (columns: number, frequencies: number, width: number) =>
  ({ type: 'periodic', columns, frequencies, width, sigma: 0.7 }) as const;
const table = (columns: number, width?: number) =>
  ({ type: 'categorical', categories: 3, columns, ...(width !== undefined && { width }) }) as const;

const ensembles: [string, LayerOptions[]][] = [
  ['one member', [members(1), dense(1)]],
  ['one member with scales', [members(1), own(1, 'scales', 'tanh'), own(1, 'scales')]],
  ['one member with weights', [members(1), own(1, 'weights', 'tanh'), own(1, 'weights')]],
  ['two members, one column', [members(2), own(1, 'scales', 'gelu'), own(1, 'weights')]],
  ['members alone', [members(3), own(2, 'none')]],
  ['a batch normalization behind members', [dense(4, 'tanh', normal), members(3), batchNorm, own(3, 'scales', 'tanh'), own(2, 'weights')]],
  ['a batch normalization behind scales', [members(3), own(4, 'scales'), batchNorm, own(3, 'scales'), batchNorm, own(2, 'none')]],
  ['a layer normalization behind members', [members(3), layerNorm, own(3, 'scales'), layerNorm, own(2, 'weights')]],
  ['a layer normalization before members', [dense(4), layerNorm, members(2), own(3, 'weights'), layerNorm, scale, own(2, 'none')]],
  ['linear layers of every kind', [own(3, 'none'), members(2), own(4, 'none'), own(3, 'scales'), own(4, 'weights'), own(2, 'scales')]],
  ['blocks', [dense(4), members(2), residual(own(3, 'scales', 'silu'), own(4, 'weights')), residual(own(4, 'scales')), own(2, 'scales')]],
  [
    'a block of a block',
    [dense(4), members(2), residual(layerNorm, residual(own(4, 'scales', 'relu')), own(4, 'weights')), own(1, 'none')],
  ],
  ['a batch normalization before weights', [members(2), batchNorm, own(3, 'weights', 'tanh'), own(2, 'none')]],
  ['softmax inside', [members(2), own(4, 'scales', 'softmax'), own(4, 'weights', 'softmax')]],
  ['means and variances', [members(2), own(4, 'scales', 'meanVariance'), own(4, 'weights', 'meanVariance')]],
  ['activations alone', [members(2), activation('mish'), own(4, 'scales'), activation('geluTanh'), own(1, 'none', 'sigmoid')]],
  [
    'members behind members’ names',
    [{ type: 'normalize' }, scale, members(2), dropout(0.5), scale, own(2, 'scales', 'relu'), own(2, 'none')],
  ],
];

const layers = [dense(3, 'tanh', normal), dense(2)];

const inputs: [string, NonNullable<NetworkOptions['inputs']>][] = [
  ['one periodic column of one frequency and one unit', [periodic(1, 1, 1)]],
  ['one periodic column of one frequency', [periodic(1, 1, 4)]],
  ['one periodic column of one unit', [periodic(1, 3, 1)]],
  ['periodic columns of one frequency', [periodic(3, 1, 2)]],
  ['periodic columns of one frequency and one unit', [periodic(3, 1, 1)]],
  ['periodic columns', [periodic(3, 2, 5)]],
  [
    'periodic columns of several kinds',
    [periodic(2, 3, 2), { type: 'numeric', columns: 1 }, periodic(1, 2, 4), table(1), periodic(2, 1, 1)],
  ],
  ['a category', [table(1, 2)]],
  ['a category in one column', [table(1, 1)]],
  ['tables of several columns', [table(3, 2)]],
  ['tables of one number', [table(2, 1), { type: 'numeric', columns: 2 }]],
  ['one-hot columns', [table(2), table(1)]],
  ['categories of all kinds', [table(2), table(2, 3), table(1), table(1, 2), { type: 'numeric', columns: 1 }]],
];

const blocks: [string, LayerOptions[]][] = [
  ['dropout of nothing', [dropout(0), residual(dropout(0.5)), dense(2)]],
  ['an activation that changes nothing', [activation('linear'), dense(3), activation('linear'), dense(2)]],
  ['blocks in blocks', [dense(3), [...Array(7)].reduce<LayerOptions>((inner) => residual(inner), residual(scale)), dense(2)]],
  ['one column', [dense(1, 'gelu'), scale, residual(layerNorm, scale), batchNorm, activation('mish'), dense(1)]],
];

const all: [string, NetworkOptions][] = [
  ...ensembles.map(([name, layers]): [string, NetworkOptions] => [name, { inputSize: 4, layers }]),
  ...ensembles.map(([name, layers]): [string, NetworkOptions] => [`${name}, of one input`, { inputSize: 1, layers }]),
  ...inputs.map(([name, inputs]): [string, NetworkOptions] => [name, { inputs, layers }]),
  ...inputs.map(([name, inputs]): [string, NetworkOptions] => [
    `${name}, in an ensemble`,
    { inputs, layers: [members(2), own(3, 'scales', 'tanh'), own(2, 'weights')] },
  ]),
  ...blocks.map(([name, layers]): [string, NetworkOptions] => [name, { inputSize: 3, layers }]),
];

/** Rows that fit the inputs. */
function rowsFor(nn: NeuralNetwork, count: number): number[][] {
  const random = new RandomNumbers(7);
  const columns = nn.inputs.flatMap(({ options }) =>
    Array.from({ length: options.columns ?? 1 }, () => () => (options.type === 'categorical' ? random.below(3) : random.between(-2, 2))),
  );
  const numbers = Array.from({ length: nn.inputSize }, () => () => random.between(-2, 2));
  return Array.from({ length: count }, () => (columns.length === 0 ? numbers : columns).map((next) => next()));
}

/** Every tensor gets values that none of it can be left out for. */
function shake(nn: NeuralNetwork): void {
  const random = new RandomNumbers(8);
  for (const { parameters } of [...nn.inputs, ...nn.layers]) {
    for (const name of Object.keys(parameters)) {
      if (name.endsWith('count')) continue;
      const { data } = parameters[name] as { data: Float32Array };
      const positive = /(runningVariance|deviation)$/.test(name);
      parameters[name] = data.map(() => (positive ? random.between(0.5, 2) : random.between(-1, 1))) as never;
    }
  }
}

function expectSame(nn: NeuralNetwork, other: NeuralNetwork, x: number[][]): void {
  const [wanted, found] = [nn.predict(x), other.predict(x)];
  expect(found.shape).toEqual(wanted.shape);
  const columns = nn.outputSize;
  for (const [i, value] of wanted.data.entries()) {
    const row = i - (i % columns);
    const largest = Math.max(...wanted.data.subarray(row, row + columns).map(Math.abs));
    expect(Math.abs(value - (found.data[i] as number)), `row ${row / columns} of ${largest}`).toBeLessThanOrEqual(1e-5 * largest);
  }
}

describe.each(all)('%s', (_, options) => {
  test('comes back', async () => {
    const nn = new NeuralNetwork({ ...options, loss: 'mse', seed: 3 });
    const x = rowsFor(nn, 12);
    if (nn.layers[0]?.type === 'normalize') await nn.adapt(x);
    const before = nn.predict(x).data;
    shake(nn);
    expect(nn.predict(x).data).not.toEqual(before);
    const other = await NeuralNetwork.fromONNX(nn.toONNX({ restorable: false }));
    expectSame(nn, other, x);
    const sizes = other.inputs.flatMap(({ options }) => (options.type === 'categorical' ? [options.categories] : []));
    expect(sizes.every((categories) => categories === 3)).toBe(true);
    // And once more from the file of that.
    expectSame(other, await NeuralNetwork.fromONNX(other.toONNX({ restorable: false, opset: 21 })), x);
  });
});
