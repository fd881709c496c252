import { dense, dropout, gaussianNoise, members, normalize, residual, scale } from '../../lib';
import { layerKinds } from '../../lib/options';
import { count, type Loose, make, makeLayer, OPTION, type Row, SHAPE, TYPE, VALUE } from './row';

const quoted = layerKinds.map((kind) => `"${kind}"`);
const kinds = `one of ${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
const activations =
  'one of "linear", "sigmoid", "tanh", "relu", "leakyRelu", "elu", "selu", "gelu", "geluTanh", "silu", "mish", "softplus", "exp", ' +
  '"meanVariance" or "softmax"';
const initializers =
  'one of "zeros", "constant", "normal", "uniform", "xavierNormal", "xavierUniform", "heNormal", "heUniform", "lecunNormal" or "randomSigns"';
const losses =
  'one of "mse", "mae", "huber", "quantile", "gaussianNLL", "poisson", "hinge", "squaredHinge", "binaryCrossEntropy", "focal", ' +
  '"categoricalFocal", "crossEntropy" or "kl"';
const writeLayers = "write layers: [dense(8, 'relu'), dense(1)]";

export const constructing: Row[] = [
  ['no options', () => make(undefined), TYPE, 'options must be an object, got undefined'],
  ['null for options', () => make(null), TYPE, 'options must be an object, got null'],
  ['an array for options', () => make([1, 2]), TYPE, 'options must be an object, got an array of 2'],
  ['no inputSize', () => make({ layers: [dense(1)] }), TYPE, `inputSize must be ${count}, got undefined`],
  ['a string for inputSize', () => make({ inputSize: '2', layers: [dense(1)] }), TYPE, `inputSize must be ${count}, got "2"`],
  ['inputSize 0', () => make({ inputSize: 0, layers: [dense(1)] }), VALUE, `inputSize must be ${count}, got 0`],
  ['a negative inputSize', () => make({ inputSize: -3, layers: [dense(1)] }), VALUE, `inputSize must be ${count}, got -3`],
  ['a fractional inputSize', () => make({ inputSize: 1.5, layers: [dense(1)] }), VALUE, `inputSize must be ${count}, got 1.5`],
  ['inputSize NaN', () => make({ inputSize: Number.NaN, layers: [dense(1)] }), VALUE, `inputSize must be ${count}, got NaN`],
  ['a huge inputSize', () => make({ inputSize: 2 ** 31, layers: [dense(1)] }), VALUE, `inputSize must be ${count}, got 2147483648`],
  ['a bigint for inputSize', () => make({ inputSize: 2n, layers: [dense(1)] }), TYPE, `inputSize must be ${count}, got a bigint`],
  ['no layers', () => make({ inputSize: 2 }), TYPE, 'layers must be an array of layers, got undefined'],
  ['a layer for layers', () => make({ inputSize: 2, layers: dense(1) }), TYPE, 'layers must be an array of layers, got an object'],
  ['empty layers', () => make({ inputSize: 2, layers: [] }), VALUE, 'layers must be an array of at least one layer, got an array of 0'],
  [
    'a hole in layers',
    () => make({ inputSize: 2, layers: new Array(2) }),
    TYPE,
    `layers[0] must be an object, got undefined; ${writeLayers}`,
  ],
  ['a number for a layer', () => make({ inputSize: 2, layers: [3] }), TYPE, `layers[0] must be an object, got 3; ${writeLayers}`],
  ['a layer without type', () => makeLayer({ units: 3 }), TYPE, `layers[0].type must be ${kinds}, got undefined`],
  [
    'a misspelt layer type',
    () => makeLayer({ type: 'dence', units: 1 }),
    VALUE,
    `layers[0].type must be ${kinds}, got "dence"; did you mean "dense"?`,
  ],
  [
    'a last layer of dropout',
    () => make({ inputSize: 2, layers: [dense(2), dropout(0.1)] }),
    OPTION,
    'the last layer must be dense, got "dropout"; dropout belongs between dense layers',
  ],
  [
    'a last layer of members',
    () => make({ inputSize: 2, layers: [members(2)] }),
    OPTION,
    'the last layer must be dense, got "members"; members belongs before dense layers',
  ],
  [
    'members of members',
    () => make({ inputSize: 2, layers: [members(1), dense(2), members(2), dense(1)] }),
    OPTION,
    'layers[2] makes members a second time: a network has at most one members layer',
  ],
  [
    'perMember without members',
    () => make({ inputSize: 2, layers: [dense(2, 'relu', { perMember: 'scales' }), members(2), dense(1)] }),
    OPTION,
    'layers[0].perMember must be "none" without a members layer before it, got "scales"; put members(32) before it',
  ],
  ['0 members', () => makeLayer({ type: 'members', count: 0 }), VALUE, 'layers[0].count must be a whole number from 1 to 65536, got 0'],
  [
    'too many members',
    () => makeLayer({ type: 'members', count: 65_537 }),
    VALUE,
    'layers[0].count must be a whole number from 1 to 65536, got 65537',
  ],
  [
    'options for the number of members',
    () => members({ count: 2 } as never),
    TYPE,
    'members().count must be a whole number from 1 to 65536, got an object',
  ],
  [
    'an unknown start of members',
    () => makeLayer({ type: 'members', count: 2, initializer: 'zeros' }),
    VALUE,
    'layers[0].initializer must be one of "randomSigns", "normal" or "ones", got "zeros"',
  ],
  [
    'an unknown perMember',
    () => makeLayer({ type: 'dense', units: 1, perMember: true }),
    TYPE,
    'layers[0].perMember must be one of "none", "scales" or "weights", got true',
  ],
  ['a layer without units', () => makeLayer({ type: 'dense' }), TYPE, `layers[0].units must be ${count}, got undefined`],
  ['0 units', () => makeLayer({ type: 'dense', units: 0 }), VALUE, `layers[0].units must be ${count}, got 0`],
  ['infinitely many units', () => makeLayer({ type: 'dense', units: Infinity }), VALUE, `layers[0].units must be ${count}, got Infinity`],
  [
    'more weights than can be held',
    () => make({ inputSize: 100_000, layers: [dense(100_000)] }),
    VALUE,
    'layers[0] must be small enough for 2147483647 parameters in all, got 10000100000',
  ],
  [
    'a misspelt activation',
    () => makeLayer({ type: 'dense', units: 1, activation: 'rellu' }),
    VALUE,
    `layers[0].activation must be ${activations}, got "rellu"; did you mean "relu"?`,
  ],
  [
    'an activation of another library',
    () => makeLayer({ type: 'dense', units: 1, activation: 'swish' }),
    VALUE,
    `layers[0].activation must be ${activations}, got "swish"; did you mean "silu"?`,
  ],
  [
    'an unheard-of activation',
    () => makeLayer({ type: 'dense', units: 1, activation: 'blargh' }),
    VALUE,
    `layers[0].activation must be ${activations}, got "blargh"`,
  ],
  [
    'a function for an activation',
    () => makeLayer({ type: 'dense', units: 1, activation: Math.tanh }),
    TYPE,
    `layers[0].activation must be ${activations}, got a function`,
  ],
  [
    'a misspelt layer option',
    () => makeLayer({ type: 'dense', units: 1, activaton: 'relu' }),
    OPTION,
    'layers[0] has no option "activaton"; did you mean "activation"?',
  ],
  [
    "another layer's option",
    () => makeLayer({ type: 'dropout', rate: 0.1, units: 1 }),
    OPTION,
    'layers[0] has no option "units"; it has type, rate',
  ],
  [
    'an unknown initializer',
    () => makeLayer({ type: 'dense', units: 1, weightsInitializer: 'random' }),
    VALUE,
    `layers[0].weightsInitializer must be ${initializers}, got "random"`,
  ],
  [
    'an initializer of another library',
    () => makeLayer({ type: 'dense', units: 1, biasInitializer: 'glorot_uniform' }),
    VALUE,
    `layers[0].biasInitializer must be ${initializers}, got "glorot_uniform"; did you mean "xavierUniform"?`,
  ],
  [
    'an initializer without type',
    () => makeLayer({ type: 'dense', units: 1, weightsInitializer: { stddev: 1 } }),
    TYPE,
    `layers[0].weightsInitializer.type must be ${initializers}, got undefined`,
  ],
  [
    'a negative deviation',
    () => makeLayer({ type: 'dense', units: 1, weightsInitializer: { type: 'normal', stddev: -1 } }),
    VALUE,
    'layers[0].weightsInitializer.stddev must be a finite number from 0 to 1e+37, got -1',
  ],
  [
    'an infinite constant',
    () => makeLayer({ type: 'dense', units: 1, weightsInitializer: { type: 'constant', value: Infinity } }),
    VALUE,
    'layers[0].weightsInitializer.value must be a finite number from -1e+37 to 1e+37, got Infinity',
  ],
  [
    'an empty interval',
    () => makeLayer({ type: 'dense', units: 1, weightsInitializer: { type: 'uniform', low: 1, high: 0 } }),
    VALUE,
    'layers[0].weightsInitializer.high must be a finite number of at least 1, got 0',
  ],
  [
    "another initializer's setting",
    () => makeLayer({ type: 'dense', units: 1, weightsInitializer: { type: 'heNormal', mean: 0 } }),
    OPTION,
    'layers[0].weightsInitializer has no option "mean"; it has type',
  ],
  [
    'dropout without rate',
    () => makeLayer({ type: 'dropout' }),
    TYPE,
    'layers[0].rate must be a finite number of at least 0 and below 1, got undefined',
  ],
  ['dropout of everything', () => dropout(1), VALUE, 'dropout().rate must be a finite number of at least 0 and below 1, got 1'],
  [
    'dropout of less than nothing',
    () => dropout(-0.1),
    VALUE,
    'dropout().rate must be a finite number of at least 0 and below 1, got -0.1',
  ],
  ['noise of less than nothing', () => gaussianNoise(-1), VALUE, 'gaussianNoise().stddev must be a finite number of at least 0, got -1'],
  [
    'noise without stddev',
    () => makeLayer({ type: 'gaussianNoise' }),
    TYPE,
    'layers[0].stddev must be a finite number of at least 0, got undefined',
  ],
  [
    'an unknown activation layer',
    () => makeLayer({ type: 'activation', activation: 'rellu' }),
    VALUE,
    `layers[0].activation must be ${activations}, got "rellu"; did you mean "relu"?`,
  ],
  [
    'an option of scale',
    () => makeLayer({ type: 'scale', scale: 2 }),
    OPTION,
    'layers[0] has no option "scale"; it has type, trainable, learningRateFactor',
  ],
  [
    'a last layer of scale',
    () => make({ inputSize: 2, layers: [dense(2), scale()] }),
    OPTION,
    'the last layer must be dense, got "scale"; scale belongs before a dense layer',
  ],
  [
    'normalize behind another layer',
    () => make({ inputSize: 2, layers: [dense(2), normalize(), dense(1)] }),
    OPTION,
    'layers[1] is a normalize layer, which can only be the first layer: layers: [normalize(), …]',
  ],
  [
    'normalize in a block',
    () => make({ inputSize: 2, layers: [residual([normalize()]), dense(1)] }),
    OPTION,
    'layers[0].layers[0] is a normalize layer, which can only be the first layer: layers: [normalize(), …]',
  ],
  [
    'a residual block without layers',
    () => makeLayer({ type: 'residual' }),
    TYPE,
    'layers[0].layers must be an array of at least one layer, got undefined',
  ],
  [
    'an empty residual block',
    () => make({ inputSize: 2, layers: [residual([]), dense(1)] }),
    VALUE,
    'layers[0].layers must be an array of at least one layer, got an array of 0',
  ],
  [
    'a layer for the layers of a block',
    () => (residual as Loose)(dense(2)),
    TYPE,
    'residual().layers must be an array of at least one layer, got an object',
  ],
  [
    'an unknown layer in a block',
    () => makeLayer({ type: 'residual', layers: [{ type: 'residual', layers: [{ type: 'dence' }] }] }),
    VALUE,
    `layers[0].layers[0].layers[0].type must be ${kinds}, got "dence"; did you mean "dense"?`,
  ],
  [
    'a residual block that changes the width',
    () => make({ inputSize: 2, layers: [residual([dense(3), dense(4)]), dense(1)] }),
    OPTION,
    'layers[0] adds the output of its layers to its input, which must be equally wide: layers[0].layers[1] has 4 columns, the input 2',
  ],
  [
    'a block in a block that changes the width',
    () => make({ inputSize: 2, layers: [dense(5), residual([residual([dense(1)])]), dense(1)] }),
    OPTION,
    'layers[1].layers[0] adds the output of its layers to its input, which must be equally wide: layers[1].layers[0].layers[0] has 1 column, the input 5',
  ],
  [
    'a block of a few layers that are more than can be counted',
    () => makeLayer(Array.from({ length: 8 }).reduce((inner) => ({ type: 'residual', layers: Array(100).fill(inner) }), dense(2))),
    OPTION,
    'layers has more than 65536 layers, those in other layers included',
  ],
  [
    'blocks in blocks without end',
    () => makeLayer(Array.from({ length: 20 }).reduce((inner) => ({ type: 'residual', layers: [inner] }), dense(2))),
    VALUE,
    'layers[0].layers[0].layers[0].layers[0].layers[0].layers[0].layers[0].layers[0].layers[0].layers[0] must be in at most 8 other layers, got "residual"',
  ],
  ['dense() without units', () => (dense as Loose)(), TYPE, `dense().units must be ${count}, got undefined`],
  [
    'an unknown setting of dense()',
    () => (dense as Loose)(1, 'relu', { bias: false }),
    OPTION,
    'dense() has no option "bias"; it has type, units, activation, weightsInitializer, biasInitializer, perMember, trainable, learningRateFactor, l1, l2',
  ],
  [
    'an unknown loss',
    () => make({ inputSize: 2, layers: [dense(1)], loss: 'categoricalCrossentropy' }),
    VALUE,
    `loss must be ${losses}, got "categoricalCrossentropy"; did you mean "crossEntropy"?`,
  ],
  ['a number for the loss', () => make({ inputSize: 2, layers: [dense(1)], loss: 1 }), TYPE, `loss must be ${losses}, got 1`],
  [
    'a negative delta',
    () => make({ inputSize: 2, layers: [dense(1)], loss: { type: 'huber', delta: -1 } }),
    VALUE,
    'loss.delta must be a finite number above 0, got -1',
  ],
  [
    'delta for another loss',
    () => make({ inputSize: 2, layers: [dense(1)], loss: { type: 'mse', delta: 1 } }),
    OPTION,
    'loss has no option "delta"; it has type',
  ],
  [
    'crossEntropy on sigmoid',
    () => make({ inputSize: 2, layers: [dense(2, 'sigmoid')], loss: 'crossEntropy' }),
    OPTION,
    'loss "crossEntropy" does not go with a last activation of "sigmoid": use loss "binaryCrossEntropy" with it, or a last activation of "softmax" or "linear"',
  ],
  [
    'binaryCrossEntropy on softmax',
    () => make({ inputSize: 2, layers: [dense(2, 'softmax')], loss: 'binaryCrossEntropy' }),
    OPTION,
    'loss "binaryCrossEntropy" does not go with a last activation of "softmax": use loss "crossEntropy" with it, or a last activation of "sigmoid" or "linear"',
  ],
  [
    'a negative seed',
    () => make({ inputSize: 2, layers: [dense(1)], seed: -1 }),
    VALUE,
    'seed must be a whole number from 0 to 9007199254740991, got -1',
  ],
  [
    'a seed past 2^53',
    () => make({ inputSize: 2, layers: [dense(1)], seed: 2 ** 53 }),
    VALUE,
    'seed must be a whole number from 0 to 9007199254740991, got 9007199254740992',
  ],
  [
    'an unknown precision',
    () => make({ inputSize: 2, layers: [dense(1)], precision: 'f16' }),
    VALUE,
    'precision must be one of "f32", "f64" or "bf16", got "f16"; did you mean "bf16"?',
  ],
  [
    'a precision by another name',
    () => make({ inputSize: 2, layers: [dense(1)], precision: 'float64' }),
    VALUE,
    'precision must be one of "f32", "f64" or "bf16", got "float64"; did you mean "f64"?',
  ],
  [
    'a misspelt option',
    () => make({ inputsize: 2, layers: [dense(1)] }),
    OPTION,
    'options has no option "inputsize"; did you mean "inputSize"?',
  ],
  [
    'an unknown option',
    () => make({ inputSize: 2, layers: [dense(1)], binaryThresh: 0.5 }),
    OPTION,
    'options has no option "binaryThresh"; it has inputSize, inputs, layers, loss, classNames, seed, precision',
  ],
];

const makeInputs = (inputs: unknown, more: object = {}) => make({ inputs, layers: [dense(1)], ...more });
const kindsOfInput = 'one of "numeric", "periodic" or "categorical"';
const periodic = { type: 'periodic', columns: 3, frequencies: 16, width: 4, sigma: 0.1 };
const categorical = { type: 'categorical', categories: 12, width: 4 };

export const constructingInputs: Row[] = [
  [
    'inputs and inputSize',
    () => makeInputs([categorical], { inputSize: 1 }),
    OPTION,
    'inputs stands in place of inputSize, which is the sum of their columns: leave inputSize out',
  ],
  [
    'a number for inputs',
    () => makeInputs(3),
    TYPE,
    'inputs must be an array of inputs, got 3; for plain columns of numbers write inputSize: 3',
  ],
  ['empty inputs', () => makeInputs([]), VALUE, 'inputs must be an array of at least one input, got an array of 0'],
  ['a number for an input', () => makeInputs([5]), TYPE, 'inputs[0] must be an object, got 5'],
  ['an input without type', () => makeInputs([{ columns: 5 }]), TYPE, `inputs[0].type must be ${kindsOfInput}, got undefined`],
  [
    'a misspelt input type',
    () => makeInputs([categorical, { type: 'numerical', columns: 5 }]),
    VALUE,
    `inputs[1].type must be ${kindsOfInput}, got "numerical"; did you mean "numeric"?`,
  ],
  ['no columns', () => makeInputs([{ type: 'numeric' }]), TYPE, `inputs[0].columns must be ${count}, got undefined`],
  ['0 columns', () => makeInputs([{ type: 'numeric', columns: 0 }]), VALUE, `inputs[0].columns must be ${count}, got 0`],
  [
    'more columns than can be counted',
    () => makeInputs([1, 2].map(() => ({ type: 'numeric', columns: 2 ** 30 }))),
    VALUE,
    'inputs[1] must be small enough for 2147483647 columns in all, got 2147483648',
  ],
  [
    'one category',
    () => makeInputs([{ ...categorical, categories: 1 }]),
    VALUE,
    'inputs[0].categories must be a whole number from 2 to 16777216, got 1',
  ],
  [
    'more categories than single precision has',
    () => makeInputs([{ ...categorical, categories: 2 ** 24 + 1 }]),
    VALUE,
    'inputs[0].categories must be a whole number from 2 to 16777216, got 16777217',
  ],
  ['an embedding of width 0', () => makeInputs([{ ...categorical, width: 0 }]), VALUE, `inputs[0].width must be ${count}, got 0`],
  [
    'a misspelt option of an input',
    () => makeInputs([{ ...categorical, widht: 4 }]),
    OPTION,
    'inputs[0] has no option "widht"; did you mean "width"?',
  ],
  [
    '0 frequencies',
    () => makeInputs([{ ...periodic, frequencies: 0 }]),
    VALUE,
    'inputs[0].frequencies must be a whole number from 1 to 1048576, got 0',
  ],
  ['periodic columns of width 0', () => makeInputs([{ ...periodic, width: 0 }]), VALUE, `inputs[0].width must be ${count}, got 0`],
  [
    'sigma 0',
    () => makeInputs([{ ...periodic, sigma: 0 }]),
    VALUE,
    'inputs[0].sigma must be a finite number above 0 and below 1000000, got 0',
  ],
  [
    'normalize behind categories',
    () => makeInputs([categorical], { layers: [normalize(), dense(1)] }),
    OPTION,
    'layers[0] adapts to x itself, and cannot be behind inputs that become other columns: scale x, or leave it out',
  ],
  [
    'inputs that do not fit x',
    (_) => (makeInputs([categorical, periodic]) as unknown as { predict: Loose }).predict([1, 2, 3]),
    SHAPE,
    'x must have 4 columns (inputSize), got 3',
  ],
];
