import { matrix, type Row, SHAPE, TYPE, VALUE } from './row';

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

export const matrices: Row[] = [
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
