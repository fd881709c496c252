import { beforeEach, describe, expect, it } from 'vitest';
import { confusionMatrix, dense, dropout, NeuralNetwork, setThreads } from '../lib';

/*
 * Each row is one kind of bad input: what it is, a call that must fail, and the error's code, which implies its class, and full text.
 */
type Call = (nn: Fixtures) => unknown;
type Row = readonly [kind: string, call: Call, code: string, text: string];
const TYPE = 'ERR_CHAINRULE_TYPE';
const VALUE = 'ERR_CHAINRULE_VALUE';
const SHAPE = 'ERR_CHAINRULE_SHAPE';
const OPTION = 'ERR_CHAINRULE_OPTION';
const FORMAT = 'ERR_CHAINRULE_FORMAT';
const classes = new Map<string, ErrorConstructor>([
  [TYPE, TypeError],
  [VALUE, RangeError],
  [SHAPE, RangeError],
  [OPTION, TypeError],
  [FORMAT, Error],
]);

/** Bad input is what TypeScript would not let through. */
type Loose = (...args: unknown[]) => unknown;
type LooseNetwork = { [K in keyof NeuralNetwork]: NeuralNetwork[K] extends (...args: never[]) => unknown ? Loose : NeuralNetwork[K] };

interface Fixtures {
  /** 2-3-1, tanh and linear, mse. */
  nn: LooseNetwork;
  /** 2-dropout-3, softmax, crossEntropy. */
  classifier: LooseNetwork;
  /** 1-1 */
  scalar: LooseNetwork;
}

const make = (options: unknown): NeuralNetwork => new NeuralNetwork(options as never);
const makeLayer = (layer: unknown): NeuralNetwork => make({ inputSize: 2, layers: [layer] });
const loose = (nn: NeuralNetwork): LooseNetwork => nn as unknown as LooseNetwork;
const net = {
  nn: () => make({ inputSize: 2, layers: [dense(3, 'tanh'), dense(1)] }),
  classifier: () => make({ inputSize: 2, layers: [dropout(0.5), dense(3, 'softmax')] }),
  scalar: () => make({ inputSize: 1, layers: [dense(1)] }),
};

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [0, 1, 1, 0];
const xy = { x, y };

function detached(): Float32Array {
  const array = new Float32Array(8);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

function resizable(): Float32Array {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
  return new Float32Array(new Resizable(32, { maxByteLength: 64 }));
}

function growable(): Float32Array {
  const Growable = SharedArrayBuffer as unknown as new (length: number, options: object) => SharedArrayBuffer;
  return new Float32Array(new Growable(32, { maxByteLength: 64 }));
}

function* once(): Generator<typeof xy> {
  yield xy;
}

function setWeights(nn: LooseNetwork, index: number, value: unknown): void {
  (nn.layers[index] as { weights: unknown }).weights = value;
}

function setBias(nn: LooseNetwork, index: number, value: unknown): void {
  (nn.layers[index] as { bias: unknown }).bias = value;
}

const matrix = 'a matrix (rows of numbers, a typed array, or { data, shape })';
const activations =
  'one of "linear", "sigmoid", "tanh", "relu", "leakyRelu", "elu", "selu", "gelu", "geluTanh", "silu", "mish", "softplus" or "softmax"';
const initializers =
  'one of "zeros", "constant", "normal", "uniform", "xavierNormal", "xavierUniform", "heNormal", "heUniform" or "lecunNormal"';
const losses = 'one of "mse", "mae", "huber", "binaryCrossEntropy" or "crossEntropy"';
const optimizers = 'one of "sgd", "adam", "adamw", "rmsprop" or "adagrad"';
const file = 'the name of a file or a file: URL';
const writeLayers = "write layers: [dense(8, 'relu'), dense(1)]";
const writeFit = 'write await nn.fit({ x: X, y }, { epochs: 100 })';
const writeUpdate = "write nn.update(gradients, { type: 'sgd', learningRate: 0.1 })";
const noData = 'data must be { x, y } or a stream of such batches, got an array of ';
const count = 'a whole number from 1 to 2147483647';

const constructing: Row[] = [
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
  ['a layer without type', () => makeLayer({ units: 3 }), TYPE, 'layers[0].type must be one of "dense" or "dropout", got undefined'],
  [
    'a misspelt layer type',
    () => makeLayer({ type: 'dence', units: 1 }),
    VALUE,
    'layers[0].type must be one of "dense" or "dropout", got "dence"; did you mean "dense"?',
  ],
  [
    'a last layer of dropout',
    () => make({ inputSize: 2, layers: [dense(2), dropout(0.1)] }),
    OPTION,
    'the last layer must be dense, got "dropout"; dropout belongs between dense layers',
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
  ['dense() without units', () => (dense as Loose)(), TYPE, `dense().units must be ${count}, got undefined`],
  [
    'an unknown setting of dense()',
    () => (dense as Loose)(1, 'relu', { bias: false }),
    OPTION,
    'dense() has no option "bias"; it has type, units, activation, weightsInitializer, biasInitializer',
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
    'options has no option "binaryThresh"; it has inputSize, layers, loss, seed, precision',
  ],
];

const matrices: Row[] = [
  ['no x', ({ nn }) => nn.predict(), TYPE, `x must be ${matrix}, got undefined`],
  ['a string for x', ({ nn }) => nn.predict('0 1'), TYPE, `x must be ${matrix}, got "0 1"`],
  ['a number for x', ({ nn }) => nn.predict(7), TYPE, `x must be ${matrix}, got 7`],
  ['an object for x', ({ nn }) => nn.predict({}), TYPE, `x must be ${matrix}, got an object`],
  ['a Map for x', ({ nn }) => nn.predict(new Map()), TYPE, `x must be ${matrix}, got a Map (a map): use [...x.values()]`],
  [
    'an ArrayBuffer for x',
    ({ nn }) => nn.predict(new ArrayBuffer(8)),
    TYPE,
    `x must be ${matrix}, got an ArrayBuffer (bytes of something): use new Float32Array(x)`,
  ],
  [
    'a DataView for x',
    ({ nn }) => nn.predict(new DataView(new ArrayBuffer(8))),
    TYPE,
    `x must be ${matrix}, got a DataView (bytes of something): use new Float32Array(x.buffer, x.byteOffset, x.byteLength / 4)`,
  ],
  [
    'bigints for x',
    ({ nn }) => nn.predict(new BigInt64Array(2)),
    TYPE,
    'x must be a typed array of numbers, got a BigInt64Array of 2; convert it: Float64Array.from(x, Number), or Int32Array.from(x, Number) for class indices',
  ],
  ['no rows', ({ nn }) => nn.predict([]), SHAPE, 'x must have at least one row, got none'],
  ['no values', ({ nn }) => nn.predict(new Float32Array(0)), SHAPE, 'x must have at least one row, got none'],
  ['no columns', ({ nn }) => nn.predict([[]]), SHAPE, 'x must have 2 columns (inputSize), got 0'],
  ['a row that is too long', ({ nn }) => nn.predict([1, 2, 3]), SHAPE, 'x must have 2 columns (inputSize), got 3'],
  ['rows that are too short', ({ nn }) => nn.predict([[1], [2]]), SHAPE, 'x must have 2 columns (inputSize), got 1'],
  ['ragged rows', ({ nn }) => nn.predict([[1, 2], [3]]), SHAPE, 'x[1] must have 2 values like the rows before it, got 1'],
  [
    'a flat array that does not divide',
    ({ nn }) => nn.predict(new Float32Array(5)),
    SHAPE,
    'x must have a multiple of 2 values (inputSize), got 5',
  ],
  ['a string in a row', ({ nn }) => nn.predict([1, '2']), TYPE, 'x[1] must be a number, got "2"; convert it with Number(value)'],
  [
    'a string in a row of rows',
    ({ nn }) =>
      nn.predict([
        [1, 2],
        [3, '4'],
      ]),
    TYPE,
    'x[1][1] must be a number, got "4"; convert it with Number(value)',
  ],
  ['a hole in a row', ({ nn }) => nn.predict([[1, 2], new Array(2)]), TYPE, 'x[1][0] must be a number, got undefined'],
  [
    'a hole in the rows',
    ({ nn }) => nn.predict(Object.assign(new Array(2), { 0: [1, 2] })),
    TYPE,
    'x[1] must be a row of numbers, got undefined',
  ],
  [
    'null in a row',
    ({ nn }) => nn.predict([null, 1]),
    TYPE,
    'x[0] must be a number or a row of numbers, got null; fill in missing values first',
  ],
  [
    'a boolean in a row',
    ({ nn }) => nn.predict([1, true]),
    TYPE,
    'x[1] must be a number, got true; write 1 for true and 0 for false, Number(value)',
  ],
  ['a bigint in a row', ({ nn }) => nn.predict([1, 2n]), TYPE, 'x[1] must be a number, got a bigint; convert it with Number(value)'],
  ['a symbol in a row', ({ nn }) => nn.predict([1, Symbol('two')]), TYPE, 'x[1] must be a number, got a symbol'],
  ['numbers and rows mixed', ({ nn }) => nn.predict([[1, 2], 3]), TYPE, 'x[1] must be a row of numbers, got 3'],
  ['three dimensions', ({ nn }) => nn.predict([[[1, 2]]]), SHAPE, 'x must have 2 columns (inputSize), got 1'],
  [
    'NaN',
    ({ nn }) =>
      nn.predict([
        [0, 1],
        [0, Number.NaN],
      ]),
    VALUE,
    'x at row 1, column 1 must be a finite number, got NaN',
  ],
  [
    'infinity',
    ({ nn }) => nn.predict([Infinity, 0]),
    VALUE,
    'x at row 0, column 0 must be a finite number in f32 (up to 3.4e38), got Infinity',
  ],
  [
    'a number too large for f32',
    ({ nn }) => nn.predict([0, -1e39]),
    VALUE,
    'x at row 0, column 1 must be a finite number in f32 (up to 3.4e38), got -Infinity',
  ],
  [
    'NaN in a typed array',
    ({ nn }) => nn.predict(new Float32Array([1, 2, Number.NaN, 4])),
    VALUE,
    'x at row 1, column 0 must be a finite number, got NaN',
  ],
  [
    'NaN in doubles',
    ({ nn }) => nn.predict(new Float64Array([Number.NaN, 4])),
    VALUE,
    'x at row 0, column 0 must be a finite number, got NaN',
  ],
  [
    'a detached buffer',
    ({ nn }) => nn.predict(detached()),
    TYPE,
    'x must have a buffer, got a detached one (it was transferred elsewhere)',
  ],
  ['a resizable buffer', ({ nn }) => nn.predictAsync(resizable()), TYPE, 'x must have a buffer of fixed length, got a resizable one'],
  ['a growable buffer', ({ nn }) => nn.predictAsync(growable()), TYPE, 'x must have a buffer of fixed length, got a resizable one'],
  ['a tensor without shape', ({ nn }) => nn.predict({ data: new Float32Array(2) }), TYPE, `x must be ${matrix}, got an object`],
  ['a tensor without data', ({ nn }) => nn.predict({ shape: [1, 2] }), TYPE, `x must be ${matrix}, got an object`],
  [
    'a shape that is none',
    ({ nn }) => nn.predict({ data: new Float32Array(2), shape: 2 }),
    TYPE,
    'x.shape must be an array of whole numbers, got 2',
  ],
  [
    'an empty shape',
    ({ nn }) => nn.predict({ data: new Float32Array(2), shape: [] }),
    SHAPE,
    'x.shape must be whole numbers [rows, columns], got []',
  ],
  [
    'a fractional shape',
    ({ nn }) => nn.predict({ data: new Float32Array(2), shape: [0.5, 2] }),
    SHAPE,
    'x.shape must be whole numbers [rows, columns], got [0.5, 2]',
  ],
  [
    'a negative shape',
    ({ nn }) => nn.predict({ data: new Float32Array(2), shape: [-1, 2] }),
    SHAPE,
    'x.shape must be whole numbers [rows, columns], got [-1, 2]',
  ],
  [
    'a shape of text',
    ({ nn }) => nn.predict({ data: new Float32Array(2), shape: ['1', 2] }),
    SHAPE,
    'x.shape must be whole numbers [rows, columns], got ["1", 2]',
  ],
  [
    'a shape of three dimensions',
    ({ nn }) => nn.predict({ data: new Float32Array(2), shape: [1, 1, 2] }),
    SHAPE,
    'x.shape must be [rows, 2], got [1, 1, 2]',
  ],
  [
    'no rows by shape',
    ({ nn }) => nn.predict({ data: new Float32Array(0), shape: [0, 2] }),
    SHAPE,
    'x must have at least one row, got none',
  ],
  [
    'a transposed shape',
    ({ nn }) => nn.predict({ data: new Float32Array(8), shape: [2, 4] }),
    SHAPE,
    'x must have 2 columns (inputSize), got 4',
  ],
  [
    'too little data for the shape',
    ({ nn }) => nn.predict({ data: new Float32Array(6), dims: [4, 2] }),
    SHAPE,
    'x.data must have 8 values for shape [4, 2], got 6',
  ],
  [
    'text for data',
    ({ nn }) => nn.predict({ data: 'abcd', dims: [2, 2] }),
    TYPE,
    'x.data must be a typed array or an array of numbers, got "abcd"',
  ],
  [
    'int64 data',
    ({ nn }) => nn.predict({ data: new BigInt64Array(2), dims: [1, 2] }),
    TYPE,
    'x.data must be a typed array of numbers, got a BigInt64Array of 2; convert it: Float64Array.from(x.data, Number), or Int32Array.from(x.data, Number) for class indices',
  ],
  [
    'a shape past 2^31 elements',
    ({ nn }) => nn.predict({ data: new Float32Array(2), shape: [2 ** 31, 2] }),
    VALUE,
    'x must be a matrix of at most 2147483647 elements, got 4294967296',
  ],
  [
    'a shape past 2^53 elements',
    ({ nn }) => nn.predict({ data: new Float32Array(2), shape: [2 ** 53 - 1, 2] }),
    VALUE,
    'x must be a matrix of at most 2147483647 elements, got 18014398509481982',
  ],
  [
    'a shape past 2^53',
    ({ nn }) => nn.predict({ data: new Float32Array(2), shape: [2 ** 53, 2] }),
    SHAPE,
    'x.shape must be whole numbers [rows, columns], got [9007199254740992, 2]',
  ],
  [
    'a typed row of the wrong length',
    ({ nn }) => nn.predict([new Float32Array(2), new Float32Array(3)]),
    SHAPE,
    'x[1] must have 2 values like the rows before it, got 3',
  ],
  [
    'an array that says it is huge',
    ({ nn }) => nn.predict(new Proxy([[1, 2]], { get: (rows, key) => (key === 'length' ? 2 ** 40 : Reflect.get(rows, key)) })),
    VALUE,
    'x must be a matrix of at most 2147483647 elements, got 2199023255552',
  ],
  ['the same for predictAsync', ({ nn }) => nn.predictAsync([1]), SHAPE, 'x must have 2 columns (inputSize), got 1'],
  ['the same for forward', ({ nn }) => nn.forward([1]), SHAPE, 'x must have 2 columns (inputSize), got 1'],
];

const samples: Row[] = [
  ['no data', ({ nn }) => nn.fit(), TYPE, 'data must be an object, got undefined'],
  ['data without y', ({ nn }) => nn.fit({ x }), TYPE, `y must be ${matrix}, got undefined`],
  ['data without x', ({ nn }) => nn.evaluate({ y }), TYPE, `x must be ${matrix}, got undefined`],
  ['unknown data', ({ nn }) => nn.fit({ x, y, sampleWeight: [1, 1, 1, 1] }), OPTION, 'data has no property "sampleWeight"; it has x, y'],
  ['x and y as two arguments', ({ nn }) => nn.fit(x, y), TYPE, `${noData}4; ${writeFit}`],
  ['fewer rows of y', ({ nn }) => nn.fit({ x, y: [0, 1, 1] }), SHAPE, 'y must have 4 rows like x, got 3'],
  ['more rows of y', ({ nn }) => nn.evaluate({ x, y: [0, 1, 1, 0, 1] }), SHAPE, 'y must have 4 rows like x, got 5'],
  ['y too wide', ({ nn }) => nn.fit({ x, y: x }), SHAPE, 'y must have 1 columns (outputSize), got 2'],
  ['y with NaN', ({ nn }) => nn.fit({ x, y: [0, 1, Number.NaN, 0] }), VALUE, 'y at row 2, column 0 must be a finite number, got NaN'],
  [
    'y of text',
    ({ nn }) => nn.fit({ x, y: ['a', 'b', 'c', 'd'] }),
    TYPE,
    'y[0] must be a number or a row of numbers, got "a"; number the categories, or give each of them a column of 0 and 1',
  ],
  [
    'a label of text',
    ({ classifier }) => classifier.fit({ x, y: ['a', 'b', 'c', 'd'] }),
    TYPE,
    'y[0] must be a class index from 0 to 2, got "a"; number the classes: const classes = [...new Set(y)]; y.map((label) => classes.indexOf(label))',
  ],
  [
    'a label out of range',
    ({ classifier }) => classifier.fit({ x, y: [0, 1, 2, 3] }),
    VALUE,
    'y[3] must be a class index from 0 to 2, got 3',
  ],
  [
    'a negative label',
    ({ classifier }) => classifier.evaluate({ x, y: new Int32Array([0, -1, 0, 0]) }),
    VALUE,
    'y[1] must be a class index from 0 to 2, got -1',
  ],
  [
    'a fractional label',
    ({ classifier }) => classifier.fit({ x, y: [0, 1, 0.5, 0] }),
    VALUE,
    'y[2] must be a class index from 0 to 2, got 0.5',
  ],
  [
    'a label that is NaN',
    ({ classifier }) => classifier.fit({ x, y: [0, 1, Number.NaN, 0] }),
    VALUE,
    'y[2] must be a class index from 0 to 2, got NaN',
  ],
  [
    'too few labels',
    ({ classifier }) => classifier.fit({ x, y: [0, 1] }),
    SHAPE,
    'y must have 4 class indices, one for each row of x, got 2',
  ],
  [
    'too many labels',
    ({ classifier }) => classifier.fit({ x, y: new Uint8Array(5) }),
    SHAPE,
    'y must have 4 class indices, one for each row of x, got 5',
  ],
  [
    'labels as floats',
    ({ classifier }) => classifier.fit({ x, y: new Float32Array(4) }),
    TYPE,
    'y must be class indices in an Int32Array, a Uint8Array or an array, or 4 rows of 3 probabilities, got a Float32Array of 4; if they are indices: Int32Array.from(y)',
  ],
  [
    'labels as bigints',
    ({ classifier }) => classifier.fit({ x, y: new BigInt64Array(4) }),
    TYPE,
    'y must be a typed array of numbers, got a BigInt64Array of 4; convert it: Float64Array.from(y, Number), or Int32Array.from(y, Number) for class indices',
  ],
  ['one-hot rows too narrow', ({ classifier }) => classifier.fit({ x, y: x }), SHAPE, 'y must have 3 columns (outputSize), got 2'],
  [
    'probabilities above 1',
    ({ classifier }) => classifier.backward([[0, 1]], [[0, 2, 0]]),
    VALUE,
    'y at row 0, column 1 must be from 0 to 1 for the loss "crossEntropy", got 2',
  ],
  [
    'targets of -1 and 1 for sigmoid',
    () => make({ inputSize: 2, layers: [dense(1, 'sigmoid')] }).fit({ x, y: [-1, 1, 1, -1] }),
    VALUE,
    'y at row 0, column 0 must be from 0 to 1 for the loss "binaryCrossEntropy", got -1',
  ],
  ['bad x in backward', ({ nn }) => nn.backward([[1]], [[1]]), SHAPE, 'x must have 2 columns (inputSize), got 1'],
];

const fitting: Row[] = [
  ['null for options', ({ nn }) => nn.fit(xy, null), TYPE, 'options must be an object, got null'],
  ['a misspelt option', ({ nn }) => nn.fit(xy, { epoch: 10 }), OPTION, 'options has no option "epoch"; did you mean "epochs"?'],
  [
    "another library's option",
    ({ nn }) => nn.fit(xy, { validation_data: xy }),
    OPTION,
    'options has no option "validation_data"; did you mean "validation"?',
  ],
  [
    'an option at the wrong place',
    ({ nn }) => nn.fit(xy, { learningRate: 0.1 }),
    OPTION,
    `options has no option "learningRate"; write optimizer: { type: 'adam', learningRate: 0.01 }`,
  ],
  ['0 epochs', ({ nn }) => nn.fit(xy, { epochs: 0 }), VALUE, `epochs must be ${count}, got 0`],
  ['endless epochs', ({ nn }) => nn.fit(xy, { epochs: Infinity }), VALUE, `epochs must be ${count}, got Infinity`],
  ['half an epoch', ({ nn }) => nn.fit(xy, { epochs: 0.5 }), VALUE, `epochs must be ${count}, got 0.5`],
  ['epochs null', ({ nn }) => nn.fit(xy, { epochs: null }), TYPE, `epochs must be ${count}, got null`],
  ['a negative batchSize', ({ nn }) => nn.fit(xy, { batchSize: -32 }), VALUE, `batchSize must be ${count}, got -32`],
  ['shuffle 1', ({ nn }) => nn.fit(xy, { shuffle: 1 }), TYPE, 'shuffle must be true or false, got 1'],
  [
    'a misspelt optimizer',
    ({ nn }) => nn.fit(xy, { optimizer: 'adamm' }),
    VALUE,
    `optimizer must be ${optimizers}, got "adamm"; did you mean "adam"?`,
  ],
  [
    'no name for the optimizer',
    ({ nn }) => nn.fit(xy, { optimizer: { learningRate: 1 } }),
    TYPE,
    `optimizer.type must be ${optimizers}, got undefined`,
  ],
  ['null for the optimizer', ({ nn }) => nn.fit(xy, { optimizer: null }), TYPE, `optimizer must be ${optimizers}, got null`],
  [
    'a misspelt setting',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'adam', learnigRate: 1 } }),
    OPTION,
    'optimizer has no option "learnigRate"; did you mean "learningRate"?',
  ],
  [
    "PyTorch's name for a setting",
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'adam', lr: 1 } }),
    OPTION,
    'optimizer has no option "lr"; did you mean "learningRate"?',
  ],
  [
    "another optimizer's setting",
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'adam', momentum: 0.9 } }),
    OPTION,
    'optimizer has no option "momentum"; it has type, learningRate, weightDecay, beta1, beta2, epsilon',
  ],
  [
    'learning rate 0',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'sgd', learningRate: 0 } }),
    VALUE,
    'optimizer.learningRate must be a finite number above 0, got 0',
  ],
  [
    'learning rate NaN',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'sgd', learningRate: Number.NaN } }),
    VALUE,
    'optimizer.learningRate must be a finite number above 0, got NaN',
  ],
  [
    'a learning rate of text',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'sgd', learningRate: 'fast' } }),
    TYPE,
    'optimizer.learningRate must be a finite number above 0, got "fast"',
  ],
  [
    'momentum 1',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'sgd', momentum: 1 } }),
    VALUE,
    'optimizer.momentum must be a finite number of at least 0 and below 1, got 1',
  ],
  [
    'nesterov without momentum',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'sgd', nesterov: true } }),
    OPTION,
    'optimizer.nesterov needs optimizer.momentum above 0',
  ],
  [
    'beta2 of 1',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'adam', beta2: 1 } }),
    VALUE,
    'optimizer.beta2 must be a finite number of at least 0 and below 1, got 1',
  ],
  [
    'a negative weight decay',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'adamw', weightDecay: -1 } }),
    VALUE,
    'optimizer.weightDecay must be a finite number of at least 0, got -1',
  ],
  [
    'centered "yes"',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'rmsprop', centered: 'yes' } }),
    TYPE,
    'optimizer.centered must be true or false, got "yes"',
  ],
  [
    'an unknown schedule',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'sgd', learningRate: { type: 'cosin' } } }),
    VALUE,
    'optimizer.learningRate.type must be one of "constant", "step", "exponential" or "cosine", got "cosin"; did you mean "cosine"?',
  ],
  [
    'a step schedule without steps',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'sgd', learningRate: { type: 'step' } } }),
    TYPE,
    `optimizer.learningRate.every must be ${count}, got undefined`,
  ],
  [
    'an exponential schedule without factor',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'sgd', learningRate: { type: 'exponential' } } }),
    TYPE,
    'optimizer.learningRate.factor must be a finite number above 0, got undefined',
  ],
  [
    'a negative warm-up',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'sgd', learningRate: { type: 'cosine', warmup: -1 } } }),
    VALUE,
    'optimizer.learningRate.warmup must be a whole number from 0 to 2147483647, got -1',
  ],
  [
    "another schedule's setting",
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'sgd', learningRate: { type: 'cosine', every: 1 } } }),
    OPTION,
    'optimizer.learningRate has no option "every"; it has type, initial, warmup, epochs, final',
  ],
  [
    'metrics as text',
    ({ nn }) => nn.fit(xy, { metrics: 'accuracy' }),
    TYPE,
    'metrics must be an array of metric names (accuracy, mse, mae), got "accuracy"',
  ],
  [
    'a misspelt metric',
    ({ nn }) => nn.fit(xy, { metrics: ['acuracy'] }),
    VALUE,
    'metrics[0] must be one of "accuracy", "mse" or "mae", got "acuracy"; did you mean "accuracy"?',
  ],
  [
    'bad validation data',
    ({ nn }) => nn.fit(xy, { validation: { x: [[1]], y: [1] } }),
    SHAPE,
    'validation.x must have 2 columns (inputSize), got 1',
  ],
  ['validation true', ({ nn }) => nn.fit(xy, { validation: true }), TYPE, 'validation must be an object, got true'],
  [
    'validationSplit 1',
    ({ nn }) => nn.fit(xy, { validationSplit: 1 }),
    VALUE,
    'validationSplit must be a finite number above 0 and below 1, got 1',
  ],
  [
    'a validationSplit of less than a row',
    ({ nn }) => nn.fit(xy, { validationSplit: 0.2 }),
    VALUE,
    'validationSplit must be large enough to leave a row for validation (of 4), got 0.2',
  ],
  [
    'both kinds of validation',
    ({ nn }) => nn.fit(xy, { validation: xy, validationSplit: 0.5 }),
    OPTION,
    'validation and validationSplit exclude each other',
  ],
  ['earlyStopping true', ({ nn }) => nn.fit(xy, { earlyStopping: true }), TYPE, 'earlyStopping must be an object, got true'],
  [
    'a misspelt earlyStopping option',
    ({ nn }) => nn.fit(xy, { earlyStopping: { pateince: 3 } }),
    OPTION,
    'earlyStopping has no option "pateince"; did you mean "patience"?',
  ],
  [
    'a negative patience',
    ({ nn }) => nn.fit(xy, { earlyStopping: { patience: -1 } }),
    VALUE,
    'earlyStopping.patience must be a whole number from 0 to 2147483647, got -1',
  ],
  [
    'an unknown monitor',
    ({ nn }) => nn.fit(xy, { earlyStopping: { monitor: 'val_los' } }),
    VALUE,
    'earlyStopping.monitor must be one of "loss", "accuracy", "mse", "mae", "val_loss", "val_accuracy", "val_mse" or "val_mae", got "val_los"; did you mean "val_loss"?',
  ],
  [
    'a monitor without validation',
    ({ nn }) => nn.fit(xy, { earlyStopping: { monitor: 'val_loss' } }),
    OPTION,
    'earlyStopping.monitor "val_loss" needs validation data: give validation or validationSplit',
  ],
  [
    'a monitor that is not measured',
    ({ nn }) => nn.fit(xy, { validationSplit: 0.5, earlyStopping: { monitor: 'val_mae' } }),
    OPTION,
    'earlyStopping.monitor "val_mae" needs metrics to have "mae"',
  ],
  [
    'an unknown mode',
    ({ nn }) => nn.fit(xy, { earlyStopping: { mode: 'auto' } }),
    VALUE,
    'earlyStopping.mode must be one of "min" or "max", got "auto"',
  ],
  [
    'a signal that is none',
    ({ nn }) => nn.fit(xy, { signal: new AbortController() }),
    TYPE,
    'signal must be an AbortSignal, got an AbortController',
  ],
  ['onEpoch that is no function', ({ nn }) => nn.fit(xy, { onEpoch: {} }), TYPE, 'onEpoch must be a function, got an object'],
  ['a checkpoint without a path', ({ nn }) => nn.fit(xy, { checkpoint: {} }), TYPE, `checkpoint.path must be ${file}, got undefined`],
  [
    'a checkpoint elsewhere',
    ({ nn }) => nn.fit(xy, { checkpoint: { path: new URL('http://a/b') } }),
    TYPE,
    `checkpoint.path must be ${file}, got a URL`,
  ],
  ['a checkpoint that is a name', ({ nn }) => nn.fit(xy, { checkpoint: 'file' }), TYPE, 'checkpoint must be an object, got "file"'],
  [
    'a checkpoint never',
    ({ nn }) => nn.fit(xy, { checkpoint: { path: 'a', every: 0 } }),
    VALUE,
    `checkpoint.every must be ${count}, got 0`,
  ],
  [
    'a checkpoint to resume from',
    ({ nn }) => nn.fit(xy, { checkpoint: { path: 'a', resume: 'b' } }),
    TYPE,
    'checkpoint.resume must be true or false, got "b"',
  ],
  ['callbackEvery 0', ({ nn }) => nn.fit(xy, { callbackEvery: 0 }), VALUE, `callbackEvery must be ${count}, got 0`],
  [
    'a misspelt option of evaluate',
    ({ nn }) => nn.evaluate(xy, { metric: [] }),
    OPTION,
    'options has no option "metric"; did you mean "metrics"?',
  ],
  ['confusionMatrix 1', ({ nn }) => nn.evaluate(xy, { confusionMatrix: 1 }), TYPE, 'confusionMatrix must be true or false, got 1'],
];

const streams: Row[] = [
  [
    'batchSize for a stream',
    ({ nn }) => nn.fit(() => [xy], { batchSize: 4 }),
    OPTION,
    'batchSize does not go with a stream: its batches are trained on as they come',
  ],
  [
    'validationSplit of a stream',
    ({ nn }) => nn.fit([xy], { validationSplit: 0.5 }),
    OPTION,
    'validationSplit does not go with a stream: its batches are trained on as they come',
  ],
  [
    'a generator for two epochs',
    ({ nn }) => nn.fit(once(), { epochs: 2 }),
    OPTION,
    'data can be walked only once, but epochs is 2: pass a function that returns a new iterable for each epoch',
  ],
  ['an empty stream', ({ nn }) => nn.fit([], { epochs: 1 }), SHAPE, 'data must have at least one batch in each epoch, got none in epoch 1'],
  ['a function that returns no iterable', ({ nn }) => nn.fit(() => 5), TYPE, 'data() must be an iterable of { x, y } batches, got 5'],
  ['rows in place of batches', ({ nn }) => nn.fit(x, { epochs: 1 }), TYPE, `${noData}4; ${writeFit}`],
  [
    '{ input, output } in place of { x, y }',
    ({ nn }) => nn.fit([{ input: [0, 1], output: [1] }]),
    TYPE,
    `${noData}1; write await nn.fit({ x: data.map(({ input }) => input), y: data.map(({ output }) => output) })`,
  ],
  ['a bad batch', ({ nn }) => nn.fit([xy, { x, y: [1] }]), SHAPE, 'batches[1].y must have 4 rows like x, got 1'],
];

const parameters: Row[] = [
  ['weights of dropout', ({ classifier }) => setWeights(classifier, 0, [[1]]), OPTION, 'layers[0] is a dropout layer: it has no weights'],
  [
    'setting the bias of dropout',
    ({ classifier }) => setBias(classifier, 0, [1, 2]),
    OPTION,
    'layers[0] is a dropout layer: it has no bias',
  ],
  ['weights undefined', ({ nn }) => setWeights(nn, 0, undefined), TYPE, `layers[0].weights must be ${matrix}, got undefined`],
  [
    'transposed weights',
    ({ nn }) =>
      setWeights(nn, 0, [
        [1, 2],
        [1, 2],
        [1, 2],
      ]),
    SHAPE,
    'layers[0].weights must have 3 columns (units), got 2',
  ],
  [
    'weights with too many rows',
    ({ nn }) => setWeights(nn, 0, new Float32Array(9)),
    SHAPE,
    'layers[0].weights must have shape [2, 3], got [3, 3]',
  ],
  [
    'a NaN in weights',
    ({ nn }) => setWeights(nn, 1, [[1], [2], [Number.NaN]]),
    VALUE,
    'layers[1].weights at row 2, column 0 must be a finite number, got NaN',
  ],
  ['a bias that is too short', ({ nn }) => setBias(nn, 0, [1, 2]), SHAPE, 'layers[0].bias must have 3 values (units), got 2'],
  ['a bias of text', ({ nn }) => setBias(nn, 0, 'abc'), TYPE, 'layers[0].bias must be a typed array or an array of numbers, got "abc"'],
  ['a bias with a hole', ({ nn }) => setBias(nn, 0, new Array(3)), TYPE, 'layers[0].bias[0] must be a number, got undefined'],
  [
    'an infinite bias',
    ({ nn }) => setBias(nn, 0, { data: [1, 2, -Infinity], shape: [3] }),
    VALUE,
    'layers[0].bias at row 0, column 2 must be a finite number in f32 (up to 3.4e38), got -Infinity',
  ],
  [
    'no gradients',
    ({ nn }) => nn.update(undefined, 'sgd'),
    TYPE,
    'gradients must be an array with { weights, bias } or { parameters } for each layer that has weights, got undefined',
  ],
  [
    'too few gradients',
    ({ nn }) => nn.update([], 'sgd'),
    SHAPE,
    'gradients must have 2 elements, one for each layer that has weights, got 0',
  ],
  [
    'gradients of another network',
    ({ nn, classifier }) =>
      nn.update(
        [classifier, classifier].map((other) => (other.backward([[0, 1]], [1]) as { gradients: unknown[] }).gradients[0]),
        'sgd',
      ),
    VALUE,
    'gradients[0].layer must be 0, got 1',
  ],
  [
    'a gradient without bias',
    ({ nn }) => nn.update([{ weights: new Float32Array(6) }, {}], 'sgd'),
    TYPE,
    'gradients[0].bias must be a typed array or an array of numbers, got undefined',
  ],
  [
    'no optimizer',
    ({ nn }) => nn.update([]),
    TYPE,
    `optimizer must be the name or the options of an optimizer, got undefined; ${writeUpdate}`,
  ],
  [
    'a schedule for one step',
    ({ nn }) => nn.update([], { type: 'sgd', learningRate: { type: 'cosine' } }),
    OPTION,
    'optimizer.learningRate must be a number here: a schedule needs the epochs of fit',
  ],
];

const elsewhere: Row[] = [
  ['no threads', () => setThreads(0), VALUE, 'threads must be a whole number from 1 to 256, got 0'],
  ['threads of text', () => (setThreads as Loose)('4'), TYPE, 'threads must be a whole number from 1 to 256, got "4"'],
  ['half a thread', () => setThreads(1.5), VALUE, 'threads must be a whole number from 1 to 256, got 1.5'],
  ['classes of different lengths', () => confusionMatrix([0, 1], [0]), SHAPE, 'predicted must have 2 classes like actual, got 1'],
  ['a class out of range', () => confusionMatrix([0, 2], [0, 1], 2), VALUE, 'actual[1] must be a class index below 2, got 2'],
  ['JSON that is none', () => NeuralNetwork.fromJSON(5), FORMAT, 'the JSON model must be an object, got 5'],
];

const fixtures = {} as Fixtures;

beforeEach(() => {
  for (const name of ['nn', 'classifier', 'scalar'] as const) fixtures[name] = loose(net[name]());
});

const tables = { constructing, matrices, samples, fitting, streams, parameters, elsewhere };

for (const [topic, rows] of Object.entries(tables)) {
  describe(topic, () => {
    it.each(rows)('%s', async (_, call, code, text) => {
      const before = Object.values(fixtures).map((nn) => JSON.stringify(nn));
      const thrown = await Promise.resolve(fixtures)
        .then(call)
        .then(
          () => 'nothing',
          (reason) => reason,
        );
      expect(thrown).toBeInstanceOf(classes.get(code));
      expect({ code: thrown.code, message: thrown.message }).toEqual({ code, message: text });
      expect(Object.values(fixtures).map((nn) => JSON.stringify(nn))).toEqual(before);
    });
  });
}

it('knows at least a hundred kinds of bad input', () => {
  expect(Object.values(tables).flat().length).toBeGreaterThanOrEqual(100);
});
