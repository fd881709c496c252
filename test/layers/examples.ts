import { type LayerOptions, type NetworkOptions, NeuralNetwork, type Optimizer, type Precision } from '../../lib';
import * as options from '../../lib/options';
import { RandomNumbers } from '../support/random-numbers';

/*
 * Networks for the contract test: some of every kind of layer. A new kind gets a row in `between` if it fits between any two layers, or
 * else examples of its own in `others`. Its plain version is in reference.ts.
 */

export interface Example {
  name: string;
  /** Without precision. */
  options: NetworkOptions;
  /** A row of `x`. Default: numbers from -1.5 to 1.5. */
  row?: (random: RandomNumbers) => number[];
  /** A row of `y`. Default by the loss: a class, probabilities, or numbers from -1 to 1. */
  target?: (random: RandomNumbers) => number | number[];
  /** Of trainings. Default: Adam. */
  optimizer?: Optimizer;
}

/** A network's options, or a layer's, whose kinds may not be known yet. */
type Loose = Record<string, unknown>;

/** Widths around those of vectors. */
const widths = [1, 15, 16, 17, 33];

const dense = (units: number, activation = 'linear', settings: Loose = {}): Loose => ({ type: 'dense', units, activation, ...settings });
const dropout = (rate: number): Loose => ({ type: 'dropout', rate });

const example = (name: string, options: Loose, rest: Omit<Example, 'name' | 'options'> = {}): Example => ({
  ...{ name, options: { seed: 5, ...options } as unknown as NetworkOptions },
  ...rest,
});

/** Layers that fit between any two, each as it is called. */
const between: Record<string, Loose> = {
  dense: dense(9, 'gelu'),
  dropout: dropout(0.3),
  'activation gelu': { type: 'activation', activation: 'gelu' },
  'activation softplus': { type: 'activation', activation: 'softplus' },
  gaussianNoise: { type: 'gaussianNoise', stddev: 0.25 },
  scale: { type: 'scale' },
  batchNorm: { type: 'batchNorm' },
  'batchNorm with settings': { type: 'batchNorm', momentum: 0.3, epsilon: 1e-2 },
  layerNorm: { type: 'layerNorm' },
  'layerNorm with an epsilon': { type: 'layerNorm', epsilon: 1e-2 },
  'residual of scale and dropout': { type: 'residual', layers: [{ type: 'scale' }, dropout(0.2)] },
  'residual of a residual': { type: 'residual', layers: [{ type: 'residual', layers: [{ type: 'layerNorm' }] }, { type: 'scale' }] },
  'residual of a residual of scale': {
    type: 'residual',
    layers: [{ type: 'residual', layers: [{ type: 'scale' }] }, { type: 'scale' }, dropout(0.2)],
  },
  'residual of noise': { type: 'residual', layers: [{ type: 'gaussianNoise', stddev: 0.25 }] },
  'residual of dropout and an activation': { type: 'residual', layers: [dropout(0.2), { type: 'activation', activation: 'tanh' }] },
  'residual from softmax to softmax': {
    type: 'residual',
    layers: [{ type: 'activation', activation: 'softmax' }, { type: 'scale' }, { type: 'activation', activation: 'softmax' }],
  },
};

/** A layer of `between` in every place that a layer can have. */
function placesOf(name: string, layer: Loose): Example[] {
  const middle = (width: number) => ({ inputSize: 3, layers: [dense(width, 'tanh'), layer, dense(7, 'gelu'), layer, dense(2)] });
  return [
    ...widths.map((width) => example(`${name}, ${width} wide`, middle(width))),
    example(`${name} after a linear layer`, { inputSize: 4, layers: [dense(17), layer, dense(5, 'softmax')] }),
    example(`${name} first`, { inputSize: 17, layers: [layer, dense(5, 'tanh'), dense(3)], loss: 'huber' }),
    example(`${name} twice, beside dropout`, {
      inputSize: 3,
      layers: [dense(18, 'silu'), dropout(0.3), layer, layer, dropout(0.2), dense(1, 'sigmoid')],
    }),
  ];
}

/** Residual blocks as they are used, `width` wide. */
const block = (width: number, inner: Loose[]): Loose => ({
  ...{ inputSize: 5, layers: [dense(width), { type: 'residual', layers: inner }, { type: 'residual', layers: inner }, dense(3)] },
});

/** Blocks of dense layers, which read and write transposed gradients: with and without elementwise layers around them. */
const denseBlocks = (width: number): Example[] => [
  example(`a residual block that ends in a linear layer, ${width} wide`, block(width, [dense(9, 'tanh'), dense(width)])),
  example(`a residual block that ends in an activation, ${width} wide`, block(width, [dense(9), dense(width, 'gelu')])),
  example(`a residual block that ends in softmax, ${width + 1} wide`, block(width + 1, [dense(width + 1, 'softmax')])),
  example(`a residual block of one linear layer, ${width} wide`, block(width, [dense(width)])),
  example(`a residual block between elementwise layers, ${width} wide`, {
    inputSize: width,
    layers: [
      { type: 'residual', layers: [dropout(0.1), dense(width), { type: 'activation', activation: 'silu' }] },
      { type: 'activation', activation: 'tanh' },
      {
        type: 'residual',
        layers: [{ type: 'activation', activation: 'gelu' }, dense(5), { type: 'residual', layers: [dense(5)] }, dense(width)],
      },
      dropout(0.2),
      dense(2),
    ],
  }),
];

/** Blocks whose input needs no gradient, while the layers in them do. */
const firstBlocks = (width: number): Example[] => {
  const inner = { type: 'residual', layers: preNorm(width) };
  return [
    example(`a residual block first, ${width} wide`, { inputSize: width, layers: [inner, dense(3, 'softmax')] }),
    example(`a residual block first in a block, ${width} wide`, {
      inputSize: width,
      layers: [{ type: 'residual', layers: [inner, dense(4, 'gelu'), dense(width)] }, dense(2)],
    }),
  ];
};

const preNorm = (width: number): Loose[] => [{ type: 'layerNorm' }, dense(2 * width + 1, 'relu'), dropout(0.1), dense(width)];

const members = (count: number, initializer = 'randomSigns'): Loose => ({ type: 'members', count, initializer });

const ensembles = (width: number): Example[] => [
  example(`members, ${width} wide`, { inputSize: width, layers: [members(3), dense(9, 'gelu'), dense(2)] }),
  example(`members' weights, ${width} wide`, {
    ...{ inputSize: 4, layers: [members(2, 'ones'), dense(width, 'tanh'), dense(5, 'softmax', { perMember: 'weights' })] },
  }),
  example(`members' scales, ${width} wide`, {
    inputSize: 3,
    layers: [
      members(5, 'normal'),
      dense(width, 'silu', { perMember: 'scales' }),
      dropout(0.1),
      dense(2, 'linear', { perMember: 'weights' }),
    ],
  }),
  example(`members after a layer, with norms, ${width} wide`, {
    inputSize: 3,
    layers: [dense(width, 'tanh'), members(2), { type: 'layerNorm' }, { type: 'batchNorm' }, dense(2, 'linear', { perMember: 'weights' })],
  }),
];

/** Columns of different sizes, and one that is constant. */
const normalized = (width: number): Example => {
  const value = (random: RandomNumbers, column: number) =>
    column % 6 === 5 ? 7.5 : random.between(-1, 1) * 10 ** ((column % 4) - 1) + 25 * (column % 3);
  const row = (random: RandomNumbers) => Array.from({ length: width }, (_, column) => value(random, column));
  const options = { inputSize: width, layers: [{ type: 'normalize' }, dense(5, 'tanh'), dense(2)] };
  return example(`normalize, ${width} wide`, options, { row });
};

/** Columns of numbers, then of categories, embedded and one-hot, then `more` of numbers. */
const encoded = (name: string, categories: number, width: number, more: Loose[] = []): Example => {
  const categorical = { type: 'categorical', categories, width };
  const inputs = [{ type: 'numeric', columns: 2 }, categorical, { type: 'categorical', categories: 4, columns: 2 }, categorical, ...more];
  const wide = more.reduce((sum, { columns }) => sum + (columns as number), 0);
  const row = (random: RandomNumbers) => [
    ...random.array(2),
    ...[categories, 4, 4, categories].map((count) => random.below(count)),
    ...random.array(wide),
  ];
  return example(name, { inputs, layers: [dense(9, 'tanh'), dense(3, 'softmax')] }, { row });
};

const periodic = (columns: number, frequencies: number, width: number): Loose => ({
  ...{ type: 'periodic', columns, frequencies, width, sigma: 0.4 },
});

/** Layers with factors, penalties, and frozen ones in front of some that are not. */
const ownTraining = (width: number): Example =>
  example(
    `settings of training, ${width} wide`,
    {
      inputSize: 4,
      layers: [
        { type: 'scale', learningRateFactor: 6 },
        dense(width, 'tanh', { learningRateFactor: { weights: 0.5, bias: 0.1 }, l1: 1e-3, l2: 1e-2 }),
        { type: 'batchNorm', trainable: false },
        dense(9, 'gelu', { trainable: false }),
        dense(2, 'linear', { l2: 1e-2 }),
      ],
    },
    { optimizer: { type: 'adamw', learningRate: 0.01, weightDecay: 0.1, decays: 'weights' } },
  );

const others: Example[] = [
  ...widths.flatMap((width) => [
    example(`a residual block, ${width} wide`, block(width, preNorm(width))),
    example(`a residual block with batchNorm, ${width} wide`, block(width, [dense(width), { type: 'batchNorm' }, dense(width, 'relu')])),
    ...denseBlocks(width),
    ...firstBlocks(width),
    ...ensembles(width),
    normalized(width),
    ownTraining(width),
    encoded(`categories, ${width} wide`, 6, width),
    encoded(`${width + 1} categories`, width + 1, 3),
    encoded(`periodic, ${width} wide`, 3, 2, [periodic(3, 5, width), periodic(1, width, 2)]),
  ]),
  example('only a dense layer', { inputSize: 1, layers: [dense(1)] }, { optimizer: { type: 'sgd', learningRate: 0.1, momentum: 0.9 } }),
];

/** Networks whose work is shared out to threads, for their bits: no size is a multiple of anything. */
const wide: Example[] = [
  ...Object.entries(between).map(([name, layer]) =>
    example(`${name}, wide`, { inputSize: 31, layers: [dense(257, 'tanh'), layer, dense(259), layer, dense(5, 'softmax')] }),
  ),
  example('a residual block, wide', block(257, preNorm(257))),
  ...denseBlocks(257),
  ...firstBlocks(257),
  ...ensembles(257),
  normalized(37),
  ownTraining(257),
  encoded('categories, wide', 501, 131),
  encoded('periodic, wide', 3, 2, [periodic(7, 33, 24)]),
];

/** Layers in a network, those inside others too. */
const kindsOf = (layers: readonly LayerOptions[]): string[] =>
  layers.flatMap((layer) => [layer.type, ...kindsOf((layer as { layers?: LayerOptions[] }).layers ?? [])]);

/** The kinds of layers, and those of inputs, that have examples. */
export const exampleKinds = (all: readonly Pick<Example, 'options'>[]): Set<string> =>
  new Set(all.flatMap((example) => kindsOf(example.options.layers)));

export const exampleInputs = (all: readonly Pick<Example, 'options'>[]): Set<string> =>
  new Set(all.flatMap((example) => (example.options.inputs ?? []).map(({ type }) => type)));

/** Every kind of input. */
export const inputKinds: readonly string[] = (options as { inputKinds?: readonly string[] }).inputKinds ?? [];

/** Whether all of it exists already. */
export const isKnown = (example: Pick<Example, 'options'>): boolean =>
  [...exampleKinds([example])].every((kind) => options.layerKinds.includes(kind as options.LayerKind)) &&
  [...exampleInputs([example])].every((kind) => inputKinds.includes(kind));

export const examples = [...Object.entries(between).flatMap(([name, layer]) => placesOf(name, layer)), ...others].filter(isKnown);
export const wideExamples = wide.filter(isKnown);

export interface ExampleData {
  x: { data: Float64Array; shape: [rows: number, columns: number] };
  y: number[] | number[][];
}

/** Made-up rows that fit the example; the first ones are the same for any number of them. */
export function dataOf({ options, row, target }: Example, rows: number): ExampleData {
  const nn = new NeuralNetwork(options);
  const { inputSize, outputSize } = nn;
  const [first, second] = [new RandomNumbers(1), new RandomNumbers(2)];
  const xs = Array.from({ length: rows }, () => (row ?? ((random) => [...random.array(inputSize, -1.5, 1.5)]))(first));
  const low = nn.loss.type === 'binaryCrossEntropy' ? 0 : -1;
  const byLoss = (random: RandomNumbers) =>
    nn.loss.type === 'crossEntropy' ? random.below(outputSize) : [...random.array(outputSize, low, 1)];
  const y = Array.from({ length: rows }, () => (target ?? byLoss)(second)) as number[] | number[][];
  return { x: { data: Float64Array.from(xs.flat()), shape: [rows, inputSize] }, y };
}

/** The first rows of a matrix, or those between. */
export function rowsOf({ data, shape: [, columns] }: ExampleData['x'], end: number, begin = 0): ExampleData['x'] {
  return { data: data.subarray(begin * columns, end * columns), shape: [end - begin, columns] };
}

/** The example's network, ready for `backward` and `predict`: a layer that is measured on data has been. */
export async function networkOf({ options }: Example, { x }: ExampleData, precision: Precision): Promise<NeuralNetwork> {
  const nn = new NeuralNetwork({ ...options, precision });
  if (kindsOf(options.layers).includes('normalize')) await nn.adapt(x);
  return nn;
}
