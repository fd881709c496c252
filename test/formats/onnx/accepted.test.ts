import { expect, test } from 'vitest';
import { NeuralNetwork } from '../../../lib';
import { attributeTypes, elementTypes, type OnnxTensor } from '../../../lib/formats/onnx/schema';
import { float, ints, layer, model, node } from './models';

// Graphs by hand, of operators that the goldens do not have.

const predictions = async (bytes: Uint8Array, x: number[][]): Promise<number[]> => [
  ...(await NeuralNetwork.fromONNX(bytes)).predict(x).data,
];
const input = (name: string, size: number) => ({
  ...{ name, type: { tensor: { type: elementTypes.float, shape: { dims: [{ name: 'n' }, { size }] } } } },
});
const axis = (value: number) => ({ attributes: [{ name: 'axis', type: attributeTypes.int, int: value }] });

test('several inputs are columns of x', async () => {
  const nodes = [node('Concat', ['first', 'second'], 'x', axis(1)), layer()];
  const bytes = model(nodes, [], { inputs: [input('first', 1), input('second', 1)] });
  expect(await predictions(bytes, [[1, 10]])).toEqual([31.5, 41.5]);
});

test('columns in another order', async () => {
  const bytes = model([node('Gather', ['x', 'order'], 'z', axis(1)), node('Gemm', ['z', 'w', 'b'], 'y')], [ints('order', [1, 0])]);
  expect(await predictions(bytes, [[10, 1]])).toEqual([31.5, 41.5]);
});

test('parts of a row are scaled and encoded', async () => {
  const nodes = [
    node('Split', ['x', 'sizes'], 'a', { ...axis(1), outputs: ['a', 'c'] }),
    node('Mul', ['a', 'two'], 'scaled'),
    node('OneHot', ['c', 'depth', 'values'], 'o'),
    node('Flatten', ['o'], 'encoded'),
    node('Concat', ['scaled', 'encoded'], 'all', axis(1)),
    node('MatMul', ['all', 'v'], 'y'),
  ];
  const tensors = [
    ints('sizes', [1, 1]),
    float('two', [], [2]),
    ints('depth', [3]),
    float('values', [2], [0, 1]),
    float('v', [4, 1], [1, 10, 20, 30]),
  ];
  const nn = await NeuralNetwork.fromONNX(model(nodes, tensors, { outputs: [input('y', 1)] }));
  expect(nn.inputs.map(({ options }) => options)).toMatchObject([
    { type: 'numeric', columns: 1 },
    { type: 'categorical', categories: 3 },
  ]);
  expect([
    ...nn.predict([
      [4, 0],
      [5, 2],
    ]).data,
  ]).toEqual([18, 40]);
});

/** 1, 2, 3 and 4, whose bits in bfloat16 are the upper ones in single precision. */
const single = Float32Array.of(1, 2, 3, 4);
const upperHalves = Array.from(new Uint32Array(single.buffer), (bits) => bits >>> 16);
const halves = [0x3c00, 0x4000, 0x4200, 0x4400];

test.each<[string, Partial<OnnxTensor>]>([
  ['half precision', { type: elementTypes.float16, raw: new Uint8Array(Uint16Array.from(halves).buffer) }],
  ['half precision, in numbers', { type: elementTypes.float16, ints: halves }],
  ['bfloat16', { type: elementTypes.bfloat16, raw: new Uint8Array(Uint16Array.from(upperHalves).buffer) }],
  ['single precision, in numbers', { type: elementTypes.float, floats: [1, 2, 3, 4] }],
  ['double precision, in numbers', { type: elementTypes.double, doubles: [1, 2, 3, 4] }],
])('weights in %s', async (_, tensor) => {
  expect(await predictions(model([layer()], [{ name: 'w', dims: [2, 2], ...tensor }]), [[1, 10]])).toEqual([31.5, 41.5]);
});

test('factors of Gemm, and weights that are listed as inputs', async () => {
  const attributes = [
    { name: 'alpha', type: attributeTypes.float, float: 2 },
    { name: 'beta', type: attributeTypes.float, float: 4 },
  ];
  const bytes = model([node('Gemm', ['x', 'w', 'b'], 'y', { attributes })], [], { inputs: [input('x', 2), input('w', 2)] });
  expect(await predictions(bytes, [[1, 10]])).toEqual([64, 82]);
});

test('a class is that of its scores, with its name', async () => {
  const keys = { name: 'values_strings', type: attributeTypes.texts, texts: ['no', 'yes'] };
  const nodes = [
    layer('z'),
    node('ArgMax', ['z'], 'i', axis(-1)),
    node('LabelEncoder', ['i'], 'y', { domain: 'ai.onnx.ml', attributes: [keys] }),
  ];
  const nn = await NeuralNetwork.fromONNX(model(nodes));
  expect(nn.classNames).toEqual(['no', 'yes']);
  expect([...nn.predict([1, 10]).data]).toEqual([31.5, 41.5]);
});

test('a model for one vector, without an axis for rows', async () => {
  const inputs = { inputs: [{ name: 'x', type: { tensor: { type: elementTypes.float, shape: { dims: [{ size: 2 }] } } } }] };
  const product = [node('MatMul', ['x', 'w'], 'p'), node('Add', ['p', 'b'], 'z')];
  expect(await predictions(model([...product, node('Softmax', ['z'], 'y', axis(0))], [], inputs), [[0, 0]])).toEqual(
    expect.arrayContaining([expect.closeTo(1 / (1 + Math.exp(-1)), 6)]),
  );
  const order = [ints('from', [1]), ints('to', [2]), ints('first', [0])];
  const second = model([...product, node('Slice', ['z', 'from', 'to', 'first'], 'y')], order, inputs);
  expect(await predictions(second, [[1, 10]])).toEqual([41.5]);
  const rows = [node('Unsqueeze', ['z', 'first'], 'row'), node('Gemm', ['row', 'w', 'b'], 'y')];
  expect(await predictions(model([...product, ...rows], order, inputs), [[0, 0]])).toEqual([-0.5, -1.5]);
});

test('a scaling that is a layer of its own is frozen, and the summary says so', async () => {
  const scaling = [node('Relu', ['z'], 'r'), node('Mul', ['r', 'b'], 'm'), node('Add', ['m', 'b'], 's'), node('Tanh', ['s'], 'a')];
  const nn = await NeuralNetwork.fromONNX(model([layer('z'), ...scaling, node('Gemm', ['a', 'w', 'b'], 'y')]));
  expect(nn.summary()).toContain('1 frozen batchNorm');
  const before = nn.layers[1]?.parameters.scale?.data;
  await nn.fit({ x: [1, 2], y: [3, 4] }, { epochs: 1 });
  expect(nn.layers[1]?.parameters.scale?.data).toEqual(before);
});
