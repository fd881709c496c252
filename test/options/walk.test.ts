import { expect, it, vi } from 'vitest';
import type { AnyLayer, LayerRow } from '../../lib/options/layers/row';
import { layersOf, propertyOf, tensorsOf } from '../../lib/options/layers/walk';
import { describeNetwork, summarize } from '../../lib/summary';

// The walk over layers, with made-up kinds: one with layers inside it, one with tensors that are not trained.

const rows: Record<string, Partial<LayerRow<AnyLayer & { layers?: AnyLayer[]; units?: number }>>> = {
  block: { outputs: (_, __, inner) => inner, layers: ({ layers = [] }) => layers, tensors: () => [{ name: 'gate', shape: [1] }] },
  norm: {
    outputs: (_, { input }) => input,
    tensors: (_, { columns }) => [
      { name: 'mean', shape: [1, columns], trained: false },
      { name: 'scale', shape: [1, columns] },
    ],
  },
  plain: {
    outputs: ({ units = 0 }, { input }) => ({ ...input, columns: units }),
    tensors: ({ units = 0 }, { columns }) => [{ name: 'weights', shape: [columns, units], columnsAre: 'units' }],
    words: ({ units = 0 }) => ({ sizes: `to ${units}`, activation: 'tanh' }),
  },
};
vi.mock('../../lib/options/layers/rows', async (original) => ({
  ...(await original<object>()),
  rowOf: ({ type }: AnyLayer) => rows[type],
}));

const network = {
  inputSize: 2,
  layers: [
    { type: 'norm' },
    {
      type: 'block',
      layers: [
        { type: 'plain', units: 3 },
        { type: 'block', layers: [{ type: 'norm' }, { type: 'plain', units: 4 }] },
      ],
    },
    { type: 'plain', units: 1 },
  ],
};

it('tensors are listed with the trained ones first, in the order of the layers', () => {
  const tensors = Array.from(tensorsOf(network));
  expect(tensors.map(({ name, shape, trained }) => `${name} [${shape}]${trained ? '' : ' measured'}`)).toEqual([
    'layers.0.scale [1,2]',
    'layers.1.gate [1]',
    'layers.1.layers.0.weights [2,3]',
    'layers.1.layers.1.gate [1]',
    'layers.1.layers.1.layers.0.scale [1,3]',
    'layers.1.layers.1.layers.1.weights [3,4]',
    'layers.2.weights [4,1]',
    'layers.0.mean [1,2] measured',
    'layers.1.layers.1.layers.0.mean [1,3] measured',
  ]);
  expect(tensors.map(({ index }) => index)).toEqual([...tensors.keys()]);
  expect(tensors.map(({ offset }) => offset)).toEqual([0, 2, 3, 9, 10, 13, 25, 29, 31]);
  expect(tensors.map(propertyOf).slice(0, 7)).toEqual([
    'layers[0].parameters.scale',
    'layers[1].parameters.gate',
    'layers[1].parameters["layers.0.weights"]',
    'layers[1].parameters["layers.1.gate"]',
    'layers[1].parameters["layers.1.layers.0.scale"]',
    'layers[1].parameters["layers.1.layers.1.weights"]',
    'layers[2].weights',
  ]);
});

it('layers know their place and what comes in and goes out', () => {
  const places = Array.from(layersOf(network), ({ name, path, depth, input, output }) => [
    ...[name, path.join(), depth, input.columns, output.columns],
  ]);
  expect(places).toEqual([
    ['layers[0]', '0', 0, 2, 2],
    ['layers[1]', '1', 0, 2, 4],
    ['layers[1].layers[0]', '1,0', 1, 2, 3],
    ['layers[1].layers[1]', '1,1', 1, 3, 4],
    ['layers[1].layers[1].layers[0]', '1,1,0', 2, 3, 3],
    ['layers[1].layers[1].layers[1]', '1,1,1', 2, 3, 4],
    ['layers[2]', '2', 0, 4, 1],
  ]);
});

it('layers in a layer are printed below it', () => {
  expect(describeNetwork(network, 34, ['f32'])).toBe(
    [
      'NeuralNetwork f32, 34 parameters',
      '      0  norm                   4 parameters',
      '      1  block                  1 parameter',
      '    1.0    plain    to 3  tanh  6 parameters',
      '    1.1    block                1 parameter',
      '  1.1.0      norm               6 parameters',
      '  1.1.1      plain  to 4  tanh  12 parameters',
      '      2  plain      to 1  tanh  4 parameters',
    ].join('\n'),
  );
  expect(summarize(network, 'f32').split('\n').slice(3, 10)).toEqual([
    '0 norm       [n, 2]                             4',
    '1 block      [n, 4]                             1',
    '  0 plain    [n, 3]        tanh                 6',
    '  1 block    [n, 4]                             1',
    '    0 norm   [n, 3]                             6',
    '    1 plain  [n, 4]        tanh                12',
    '2 plain      [n, 1]        tanh                 4',
  ]);
});
