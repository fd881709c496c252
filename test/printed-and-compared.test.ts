import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect, isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { dense, dropout, type Layer, type NetworkOptions, NeuralNetwork } from '../lib';

const options: NetworkOptions = { inputSize: 784, layers: [dense(512, 'relu'), dropout(0.1), dense(10, 'softmax')] };

describe('console.log', () => {
  it('prints a line for each layer', () => {
    expect(inspect(new NeuralNetwork(options))).toBe(
      [
        'NeuralNetwork f32, loss crossEntropy, seed 0, 407,050 parameters',
        '  0  dense    784 -> 512  relu     401,920 parameters',
        '  1  dropout  0.1',
        '  2  dense    512 -> 10   softmax  5,130 parameters',
      ].join('\n'),
    );
  });

  it('prints a few lines of a network with many layers', () => {
    const layers = Array.from({ length: 200 }, () => dense(2, 'tanh'));
    const lines = inspect(new NeuralNetwork({ inputSize: 2, layers })).split('\n');
    expect(lines).toHaveLength(1 + 24 + 1);
    expect(lines.at(-1)).toBe('  and 176 more');
  });

  it('prints layers, sessions and batchers in one line', async () => {
    const nn = new NeuralNetwork({ ...options, precision: 'f64' });
    expect(inspect(nn.layers)).toContain('Layer dense, 784 -> 512, relu, 401,920 parameters,\n');
    expect(inspect(nn.layers[1])).toBe('Layer dropout, 0.1');
    expect(inspect(nn.session({ rows: 3 }))).toBe('Session of 3 rows: input [3, 784], output [3, 10], f64');
    expect(inspect(nn.session())).toBe('Session of 1 row: input [1, 784], output [1, 10], f64');
    const batcher = nn.batcher({ maxBatch: 8 });
    expect(inspect(batcher)).toBe('Batcher 784 -> 10, f64: 0 waiting, at most 8 rows at once after 1 ms');
    await batcher.close();
    expect(inspect(batcher)).toBe('Batcher 784 -> 10, f64: 0 waiting, closed');
  });

  it('is as wide as what it is in', () => {
    const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(1)] });
    expect(inspect({ nn })).toBe(
      '{\n  nn: NeuralNetwork f32, loss mse, seed 0, 3 parameters\n    0  dense  2 -> 1  linear  3 parameters\n}',
    );
    expect(inspect({ a: { nn } }, { depth: 0 })).toBe('{ a: [Object] }');
    expect(inspect({ nn }, { depth: -1 })).toBe('[Object]');
    expect(inspect([nn], { depth: 0 })).toBe('[ [NeuralNetwork] ]');
  });

  it('prints what only inherits from a network, too', () => {
    expect(inspect(Object.create(new NeuralNetwork(options)))).toBe('[NeuralNetwork]');
    expect(inspect(NeuralNetwork.prototype)).toBe('{}');
  });

  it('adds nothing that lists see', () => {
    const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(1)] });
    const inherited: string[] = [];
    for (const key in nn) inherited.push(key);
    expect(inherited.sort()).toEqual(['classNames', 'inputSize', 'inputs', 'layers', 'loss', 'outputSize', 'precision', 'seed']);
    expect(Object.getOwnPropertySymbols(nn)).toEqual([]);
  });
});

const base: NetworkOptions = {
  inputSize: 2,
  layers: [dense(3, 'tanh'), dropout(0.1), dense(2)],
  loss: { type: 'huber', delta: 1 },
  seed: 4,
};
const make = (changed: Partial<NetworkOptions> = {}): NeuralNetwork => new NeuralNetwork({ ...base, ...changed });
/** Another specification, with the weights of `make()`. */
function sameWeights(changed: Partial<NetworkOptions>): NeuralNetwork {
  const nn = make(changed);
  for (const [index, { weights, bias }] of make().layers.entries()) {
    if (weights !== undefined) Object.assign(nn.layers[index] as Layer, { weights, bias });
  }
  return nn;
}

/** Whether a comparison takes two values for equal. */
const comparisons: Record<string, (a: unknown, b: unknown) => boolean> = {
  'util.isDeepStrictEqual': isDeepStrictEqual,
  'assert.deepStrictEqual': (a, b) => passes(() => assert.deepStrictEqual(a, b)),
  'assert.deepEqual': (a, b) => passes(() => assert.deepEqual(a, b)),
  toEqual: (a, b) => passes(() => expect(a).toEqual(b)),
  toStrictEqual: (a, b) => passes(() => expect(a).toStrictEqual(b)),
};

function passes(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

describe.each(Object.entries(comparisons))('by %s', (_, equal) => {
  it('networks with the same weights are equal', async () => {
    expect(equal(make(), make())).toBe(true);
    expect(equal(make(), NeuralNetwork.fromJSON(make().toJSON()))).toBe(true);
    const nn = make();
    expect(equal(nn, NeuralNetwork.fromShared(nn.share()))).toBe(true);
    const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-equal-'));
    await nn.save(path.join(folder, 'model'));
    expect(equal(nn, await NeuralNetwork.load(path.join(folder, 'model')))).toBe(true);
    rmSync(folder, { recursive: true });
  });

  it('one weight makes a difference, and one bias', () => {
    const [nn, other] = [make(), make()];
    const layer = other.layers[0] as Layer;
    const { weights, bias } = layer;
    weights.data[1] = (weights.data[1] as number) + 0.001;
    layer.weights = weights;
    expect(equal(nn, other)).toBe(false);
    expect(equal(nn.layers[0], other.layers[0])).toBe(false);
    expect(equal(nn.layers[2], other.layers[2])).toBe(true);
    layer.weights = make().layers[0]?.weights ?? [];
    expect(equal(nn, other)).toBe(true);
    bias.data[2] = 0.001;
    layer.bias = bias;
    expect(equal(nn, other)).toBe(false);
  });

  it('training makes a difference', async () => {
    const nn = make();
    await nn.fit({ x: [[1, 2]], y: [[3, 4]] }, { epochs: 1 });
    expect(equal(nn, make())).toBe(false);
  });

  it.each<[string, Partial<NetworkOptions>]>([
    ['the seed', { seed: 5 }],
    ['the loss', { loss: 'mse' }],
    ["the loss's settings", { loss: { type: 'huber', delta: 2 } }],
    ['the precision', { precision: 'f64' }],
    ['an activation', { layers: [dense(3, 'relu'), dropout(0.1), dense(2)] }],
    ['a dropout rate', { layers: [dense(3, 'tanh'), dropout(0.2), dense(2)] }],
  ])('%s makes a difference', (_what, changed) => {
    expect(equal(make(), sameWeights(changed))).toBe(false);
  });
});

it('a layer without weights says so when they are set, and has none when they are read', () => {
  const layer = make().layers[1] as Layer;
  expect([layer.weights, layer.bias]).toEqual([undefined, undefined]);
  const error = { code: 'ERR_CHAINRULE_OPTION', message: 'layers[1] is a dropout layer: it has no weights' };
  expect(() => Object.assign(layer, { weights: [1] })).toThrow(expect.objectContaining(error));
});

it('nothing that is shown can be assigned, but for weights', () => {
  const nn = make();
  for (const name of ['inputSize', 'outputSize', 'loss', 'precision', 'seed'])
    expect(() => Object.assign(nn, { [name]: 1 })).toThrow(TypeError);
  expect(Object.keys(nn.layers[0] as Layer).sort()).toEqual([
    ...['activation', 'bias', 'options', 'parameterCount', 'parameters', 'rate', 'type', 'units', 'weights'],
  ]);
});
