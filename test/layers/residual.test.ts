import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { activation, dense, dropout, gaussianNoise, type LayerOptions, NeuralNetwork, residual, scale } from '../../lib';
import { deepestLayer } from '../../lib/options';

// Layers in layers. contract.test.ts has the tests that residual blocks share with other kinds.

const nn = new NeuralNetwork({
  inputSize: 3,
  layers: [
    dense(4, 'tanh'),
    residual([dense(5, 'relu'), dropout(0.1), residual([scale(), activation('gelu')]), dense(4)]),
    residual([gaussianNoise(0.1)]),
    dense(2),
  ],
  seed: 4,
});

test('tensors are named by the path of indices', () => {
  expect(Object.keys(nn.toJSON().parameters)).toEqual([
    'layers.0.weights',
    'layers.0.bias',
    'layers.1.layers.0.weights',
    'layers.1.layers.0.bias',
    'layers.1.layers.2.layers.0.scale',
    'layers.1.layers.3.weights',
    'layers.1.layers.3.bias',
    'layers.3.weights',
    'layers.3.bias',
  ]);
  expect(Object.keys(nn.layers[1]?.parameters ?? {})).toEqual([
    'layers.0.weights',
    'layers.0.bias',
    'layers.2.layers.0.scale',
    'layers.3.weights',
    'layers.3.bias',
  ]);
  expect(nn.layers[1]?.weights).toBeUndefined();
});

test('layers inside are indented where they are printed', () => {
  expect(inspect(nn)).toBe(
    [
      'NeuralNetwork f32, loss mse, seed 4, 80 parameters',
      '      0  dense            3 -> 4       tanh    16 parameters',
      '      1  residual         of 4 layers',
      '    1.0    dense          4 -> 5       relu    25 parameters',
      '    1.1    dropout        0.1',
      '    1.2    residual       of 2 layers',
      '  1.2.0      scale                             5 parameters',
      '  1.2.1      activation                gelu',
      '    1.3    dense          5 -> 4       linear  24 parameters',
      '      2  residual         of 1 layer',
      '    2.0    gaussianNoise  0.1',
      '      3  dense            4 -> 2       linear  10 parameters',
    ].join('\n'),
  );
  expect(nn.summary().split('\n').slice(3, 10)).toEqual([
    '0 dense                   [n, 4]        tanh                16',
    '1 residual of 4 layers    [n, 4]                             0',
    '  0 dense                 [n, 5]        relu                25',
    '  1 dropout 0.1           [n, 5]                             0',
    '  2 residual of 2 layers  [n, 5]                             0',
    '    0 scale               [n, 5]                             5',
    '    1 activation          [n, 5]        gelu                 0',
  ]);
});

test('dense layers are counted through blocks: their initial weights are those of a network without', () => {
  const layers = (between: LayerOptions) => ({ inputSize: 3, layers: [dense(4), between, dropout(0.5), dense(1)], seed: 9 });
  const [flat, block] = [dense(4), residual([dense(4)])].map((between) => new NeuralNetwork(layers(between)));
  expect(Object.values(block?.toJSON().parameters ?? {})).toEqual(Object.values(flat?.toJSON().parameters ?? {}));
});

test('{ layers: true } shows a block as a whole', () => {
  const x = [[1, 2, 3]];
  const { layers } = nn.forward(x, { layers: true });
  expect(layers.map((shown) => Object.keys(shown))).toEqual([
    ['layer', 'z', 'output'],
    ['layer', 'output'],
    ['layer', 'output'],
    ['layer', 'z', 'output'],
  ]);
  expect(layers.map(({ output }) => output.shape)).toEqual([
    [1, 4],
    [1, 4],
    [1, 4],
    [1, 2],
  ]);
  const { gradients } = nn.backward(x, [[0, 1]], { layers: true });
  expect(gradients.map(({ layer, input, delta }) => [layer, input.shape, delta.shape])).toEqual([
    [0, [1, 3], [1, 4]],
    [1, [1, 4], [1, 4]],
    [3, [1, 4], [1, 2]],
  ]);
});

describe('blocks in blocks', () => {
  const nested = (depth: number): LayerOptions =>
    depth === 0 ? dense(2, 'tanh', { weightsInitializer: { type: 'normal', stddev: 0.1 } }) : residual([nested(depth - 1)]);

  test('as deep as allowed are saved and loaded', () => {
    const deep = new NeuralNetwork({ inputSize: 2, layers: [nested(deepestLayer), dense(1)] });
    expect(NeuralNetwork.fromBytes(deep.toBytes())).toEqual(deep);
    expect(NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(deep)))).toEqual(deep);
  });

  test('deeper are refused', () => {
    expect(() => new NeuralNetwork({ inputSize: 2, layers: [nested(deepestLayer + 1), dense(1)] })).toThrow(
      expect.objectContaining({ code: 'ERR_CHAINRULE_VALUE' }),
    );
  });
});

test('a block of blocks learns what one dense layer cannot', async () => {
  const xor = {
    x: [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    y: [0, 1, 1, 0],
  };
  const block = () => residual([dense(16, 'tanh'), dense(8)]);
  const learner = new NeuralNetwork({ inputSize: 2, layers: [dense(8), block(), block(), dense(1, 'sigmoid')], seed: 2 });
  const { loss } = await learner.fit(xor, { epochs: 200, optimizer: { type: 'adam', learningRate: 0.01 } });
  expect(loss.at(-1)).toBeLessThan(0.05);
});
