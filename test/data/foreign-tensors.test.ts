import { describe, expect, test } from 'vitest';
import { dense, type Layer, type MatrixLike, NeuralNetwork } from '../../lib';

// Objects of other libraries that look like { data, shape }: what lies in another order is read in its order, what cannot be read is refused
// by name. Each is tried wherever a matrix is taken.

const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(1)] });
(nn.layers[0] as Layer).weights = [[100], [10], [1]];
const wanted = [123, 456];
const columns = Float32Array.of(1, 4, 2, 5, 3, 6);
const rows = Float32Array.of(1, 2, 3, 4, 5, 6);

const honoured: Record<string, object> = {
  'strides of a transposed matrix (stdlib)': { data: columns, shape: [2, 3], strides: [1, 2], offset: 0, order: 'column-major' },
  'stride (scijs)': { data: columns, shape: [2, 3], stride: [1, 2], offset: 0 },
  fortranOrder: { data: columns, shape: [2, 3], dtype: 'float32', fortranOrder: true },
  fortran_order: { data: columns, shape: [2, 3], fortran_order: true },
  order: { data: columns, shape: [2, 3], order: 'column-major' },
  'row-major': { data: rows, shape: [2, 3], order: 'row-major', offset: 0, strides: [3, 1], fortranOrder: false },
  offset: { data: Float32Array.of(9, 9, ...rows), shape: [2, 3], offset: 2 },
  'a negative stride': { data: Float32Array.of(3, 2, 1, 6, 5, 4), shape: [2, 3], strides: [3, -1], offset: 2 },
  'a part of a wider matrix': { data: Float32Array.of(1, 2, 3, 0, 4, 5, 6, 0), shape: [2, 3], strides: [4, 1] },
  'integers of the same type': { data: Int16Array.from(rows), dims: [2, 3], type: 'int16' },
  'a plain array with strides': { data: [...columns], shape: [2, 3], strides: [1, 2] },
  'onnxruntime on the CPU': { data: rows, dims: [2, 3], type: 'float32', location: 'cpu' },
};

const refused: Record<string, [value: object, part: RegExp]> = {
  'strides beyond the end': [{ data: rows, shape: [2, 3], strides: [4, 1] }, /x\.strides must stay within the 6 elements/],
  'strides before the beginning': [{ data: rows, shape: [2, 3], strides: [3, -1] }, /reaches element -2/],
  'strides of another length': [{ data: rows, shape: [2, 3], strides: [1] }, /x\.strides must be an array with a whole number/],
  'an offset that is no number': [{ data: rows, shape: [2, 3], offset: '2' }, /x\.offset must be a whole number/],
  'an unknown order': [{ data: rows, shape: [2, 3], order: 'diagonal' }, /x\.order must be "row-major" or "column-major"/],
  'orders that contradict': [{ data: rows, shape: [2, 3], order: 'row-major', fortranOrder: true }, /contradict/],
  byteOffset: [{ data: rows, shape: [2, 3], byteOffset: 4 }, /x\.byteOffset is not supported/],
  'half precision in integers': [{ data: new Uint16Array(6), dims: [2, 3], type: 'float16' }, /x\.type "float16" with a Uint16Array/],
  'bfloat16 in integers': [{ data: new Uint16Array(6), shape: [2, 3], dtype: 'bfloat16' }, /x\.dtype "bfloat16"/],
  'floats in bytes': [{ data: new Uint8Array(6), shape: [2, 3], dtype: '<f4' }, /x\.dtype "<f4"/],
  'big-endian floats': [{ data: rows, shape: [2, 3], dtype: '>f4' }, /big-endian/],
  'an unknown type': [{ data: rows, shape: [2, 3], dtype: 'complex64' }, /x\.dtype "complex64"/],
  int64: [{ data: new BigInt64Array(6), dims: [2, 3], type: 'int64' }, /Number/],
  'a sparse matrix': [{ data: rows, shape: [2, 3], indices: [0], indptr: [0] }, /a sparse matrix/],
  'a tensor of TensorFlow.js': [{ data: () => rows, dataSync: () => rows, shape: [2, 3] }, /await x\.data\(\)/],
  'on the GPU': [{ data: rows, dims: [2, 3], location: 'gpu-buffer' }, /x\.getData\(\)/],
  'a promise': [Promise.resolve(rows), /a promise: use await x/],
  'a Buffer': [Buffer.from(rows.buffer), /new Float32Array\(b\.buffer/],
  'rows of Buffers': [[Buffer.from([1, 2, 3])], /x\[0\] must be numbers, got a Buffer/],
  'a Buffer in a tensor': [{ data: Buffer.from([1, 2, 3]), shape: [1, 3] }, /x\.data must be numbers, got a Buffer/],
};

describe.each(Object.entries(honoured))('%s', (_, tensor) => {
  const x = tensor as MatrixLike;
  test('is read row by row', async () => {
    expect([...nn.predict(x).data]).toEqual(wanted);
    expect([...(await nn.predictAsync(x)).data]).toEqual(wanted);
    expect((await nn.evaluate({ x, y: [[123], [456]] })).loss).toBe(0);
  });

  test('also as weights', () => {
    const layer = new NeuralNetwork({ inputSize: 2, layers: [dense(3)] }).layers[0] as Layer;
    layer.weights = x;
    expect([...layer.weights.data]).toEqual([...rows]);
  });
});

test.each(Object.entries(refused))('%s: refused by name', async (_, [value, message]) => {
  const x = value as MatrixLike;
  const error = expect.objectContaining({
    code: expect.stringMatching(/^ERR_CHAINRULE_(TYPE|SHAPE|VALUE)$/),
    message: expect.stringMatching(message),
  });
  expect(() => nn.predict(x)).toThrow(error);
  await expect(nn.predictAsync(x)).rejects.toEqual(error);
});

test('plain bytes are numbers from 0 to 255', () => {
  expect([...nn.predict(Uint8Array.of(1, 2, 3)).data]).toEqual([123]);
});
