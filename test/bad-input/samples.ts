import { dense } from '../../lib';
import { make, matrix, OPTION, type Row, SHAPE, TYPE, VALUE, x, xy, y } from './row';

function* once(): Generator<typeof xy> {
  yield xy;
}

const writeFit = 'write await nn.fit({ x: X, y }, { epochs: 100 })';
const aRow = 'a row of x, a whole number from 0 to 3';
const noData = 'data must be { x, y } or a stream of such batches, got an array of ';

export const samples: Row[] = [
  ['no data', ({ nn }) => nn.fit(), TYPE, 'data must be an object, got undefined'],
  ['data without y', ({ nn }) => nn.fit({ x }), TYPE, `y must be ${matrix}, got undefined`],
  ['data without x', ({ nn }) => nn.evaluate({ y }), TYPE, `x must be ${matrix}, got undefined`],
  ['unknown data', ({ nn }) => nn.fit({ x, y, index: [1] }), OPTION, 'data has no property "index"; it has x, y, sampleWeight, rows'],
  ['x and y as two arguments', ({ nn }) => nn.fit(x, y), TYPE, `${noData}4; ${writeFit}`],
  ['rows of text', ({ nn }) => nn.fit({ x, y, rows: 'all' }), TYPE, 'rows must be an array of row indices, got "all"'],
  ['no rows', ({ nn }) => nn.fit({ x, y, rows: [] }), SHAPE, 'rows must have at least one row, got none'],
  ['a row that x has not', ({ nn }) => nn.evaluate({ x, y, rows: [0, 4] }), VALUE, `rows[1] must be ${aRow}, got 4`],
  ['a negative row', ({ nn }) => nn.fit({ x, y, rows: Int32Array.of(-1) }), VALUE, `rows[0] must be ${aRow}, got -1`],
  ['a fractional row', ({ nn }) => nn.fit({ x, y, rows: [0.5] }), VALUE, `rows[0] must be ${aRow}, got 0.5`],
  ['a row of text', ({ nn }) => nn.fit({ x, y, rows: ['1'] }), TYPE, `rows[0] must be ${aRow}, got "1"`],
  [
    'a row of validation data that they have not',
    ({ nn }) => nn.fit(xy, { validation: { x, y, rows: [9] } }),
    VALUE,
    `validation.rows[0] must be ${aRow}, got 9`,
  ],
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

export const streams: Row[] = [
  [
    'batchSize for a stream',
    ({ nn }) => nn.fit(() => [xy], { batchSize: 4 }),
    OPTION,
    'batchSize does not go with a stream: its batches are trained on as they come',
  ],
  [
    'rows of a stream',
    ({ nn }) => nn.fit(() => [{ x, y, rows: [0] }]),
    OPTION,
    'batches[0].rows does not go with a stream: its batches are trained on as they come',
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
