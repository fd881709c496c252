import { expect, test } from 'vitest';
import { NeuralNetwork } from '../../../lib';
import { attributeTypes, type OnnxAttribute, type OnnxNode, type OnnxTensor } from '../../../lib/formats/onnx/schema';
import { attribute, float, model, node, value } from './models';

// Graphs by hand with an axis before that of the rows: ensembles as other libraries may write them, and those that no network is.

const list = (name: string, ints: number[]): OnnxAttribute => ({ name, ints, type: attributeTypes.ints });
const mean = (of: string, output: string, ...attributes: OnnxAttribute[]) =>
  node('ReduceMean', [of], output, { attributes: [list('axes', [0]), attribute('keepdims', 0), ...attributes] });

/** For three members of two columns. */
const tensors: OnnxTensor[] = [
  float('s', [3, 1, 2], [1, 2, 3, 4, 5, 6]),
  float('t', [3, 1, 1], [10, 20, 30]),
  float('v', [3, 2, 1], [1, 2, 3, 4, 5, 6]),
  float('two', [2, 1, 2], [1, 2, 3, 4]),
  float('f', [2, 3], [0.5, 0.25, 2, 1, 0.75, 3]),
  float('g', [2, 3], [0.5, 0.25, 2, 1, 0.75, 4]),
  float('p', [2, 6, 1], Array(12).fill(0.5)),
  float('angle', [], [2 * Math.PI]),
  { name: 'each', dims: [3], type: 7, longs: [-1, 2, 1] },
  { name: 'flat', dims: [2], type: 7, longs: [-1, 2] },
];

const ensemble = (...nodes: OnnxNode[]): Uint8Array => model(nodes, tensors, { outputs: [value('y', 1)] });
const predict = async (bytes: Uint8Array): Promise<number[]> => [...(await NeuralNetwork.fromONNX(bytes)).predict([1, 10]).data];

test('a sum makes members, and numbers may come first', async () => {
  // Of each member 1 + t + (10 + t).
  const nodes = [node('Add', ['t', 'x'], 'm'), node('Sub', ['t', 'm'], 'd'), node('MatMul', ['d', 'v'], 'z'), mean('z', 'y')];
  // t - (x + t) is -x.
  expect(await predict(ensemble(...nodes))).toEqual([-(21 + 43 + 65) / 3]);
});

test('members of which each has weights of its own, of the same input', async () => {
  expect(await predict(ensemble(node('MatMul', ['x', 'v'], 'z'), mean('z', 'y')))).toEqual([(21 + 43 + 65) / 3]);
});

test('quotients of members', async () => {
  const nodes = [node('Div', ['x', 't'], 'm'), node('MatMul', ['m', 'v'], 'z'), mean('z', 'y')];
  expect((await predict(ensemble(...nodes)))[0]).toBeCloseTo((21 / 10 + 43 / 20 + 65 / 30) / 3, 5);
});

test('one member is none', async () => {
  const one = [float('one', [1, 1, 2], [2, 3]), float('u', [2, 1], [1, 1])];
  const axes = { attributes: [list('axes', [0])] };
  const nodes = [node('Mul', ['x', 'one'], 'm'), node('MatMul', ['m', 'u'], 'z')];
  const end = node('Squeeze', ['z'], 'y', axes);
  expect(await predict(model([...nodes, end], one, { outputs: [value('y', 1)] }))).toEqual([32]);
  expect(await predict(model([nodes[0] as OnnxNode, node('MatMul', ['m', 'u'], 'y')], one, { outputs: [value('y', 1)] }))).toEqual([32]);
});

test.each<[string, OnnxNode[], RegExp]>([
  ['all members', [node('MatMul', ['x', 'v'], 'y')], /the output of an ensemble is the mean of its members, and this one has them all/],
  [
    'a layer behind the mean',
    [node('Mul', ['x', 's'], 'm'), mean('m', 'n'), node('MatMul', ['n', 'w'], 'y')],
    /the mean of members is only read as the output of a model/,
  ],
  [
    'members and the value that they are made of',
    [node('Mul', ['x', 's'], 'm'), node('Add', ['m', 'x'], 'a'), mean('a', 'y')],
    /its inputs do not have the same number of members/,
  ],
  [
    'other members',
    [node('Mul', ['x', 's'], 'm'), node('Mul', ['m', 'two'], 'a'), mean('a', 'y')],
    /\[2, 1, 2\] do not go with \[3, rows, 2\]/,
  ],
  ['weights of other members', [node('Mul', ['x', 'two'], 'm'), node('MatMul', ['m', 'v'], 'z'), mean('z', 'y')], /\[3, rows, 2\]/],
  [
    'factors alone',
    [node('Mul', ['x', 's'], 'm'), node('Relu', ['m'], 'r'), node('Mul', ['r', 's'], 'a'), mean('a', 'y')],
    /only read beside a product/,
  ],
  ['the largest of each member', [node('Max', ['x', 's'], 'm'), mean('m', 'y')], /only read as a sum or a product/],
  [
    'two branches of members',
    [node('Mul', ['x', 's'], 'a'), node('Add', ['x', 's'], 'b'), node('Add', ['a', 'b'], 'c'), mean('c', 'y')],
    /two branches/,
  ],
  ['members beside each other', [node('Mul', ['x', 's'], 'm'), node('Flatten', ['m'], 'y')], /an axis before that of the rows/],
  [
    'members that change places with rows',
    [node('Mul', ['x', 's'], 'm'), node('Transpose', ['m'], 'y', { attributes: [list('perm', [1, 0, 2])] })],
    /weights of their own for each column/,
  ],
  [
    'a mean that keeps its axis',
    [node('MatMul', ['x', 'v'], 'z'), node('ReduceMean', ['z'], 'y', { attributes: [list('axes', [0])] })],
    /axis 0 is that of the rows/,
  ],
])('%s', async (_, nodes, message) => {
  await expect(NeuralNetwork.fromONNX(ensemble(...nodes))).rejects.toMatchObject({
    code: 'ERR_CHAINRULE_UNSUPPORTED',
    message: expect.stringMatching(message),
  });
});

/** A periodic input in other operators than ours: its whole turns stay. */
const periodic = ({ first = 'Cos', second = 'Sin', other = 'f', end = 'Relu', perm = [1, 0, 2] } = {}): OnnxNode[] => [
  node('Reshape', ['x', 'each'], 'c'),
  node('Mul', ['c', 'f'], 'turns'),
  node('Mul', ['c', other], 'others'),
  node('Mul', ['turns', 'angle'], 'angles'),
  node('Mul', [other === 'f' ? 'turns' : 'others', 'angle'], 'angles2'),
  node(first, ['angles'], 'cosines'),
  node(second, ['angles2'], 'sines'),
  node('Concat', ['cosines', 'sines'], 'waves', { attributes: [attribute('axis', 2)] }),
  node('Transpose', ['waves'], 'byColumn', { attributes: [list('perm', perm)] }),
  node('MatMul', ['byColumn', 'p'], 'product'),
  node(end, ['product'], 'r'),
  node('Transpose', ['r'], 'rows', { attributes: [list('perm', [1, 0, 2])] }),
  node('Reshape', ['rows', 'flat'], 'e'),
  node('MatMul', ['e', 'w'], 'y'),
];

test('a periodic input', async () => {
  const nn = await NeuralNetwork.fromONNX(model(periodic(), tensors));
  expect(nn.inputs.map(({ options }) => options)).toMatchObject([{ type: 'periodic', columns: 2, frequencies: 3, width: 1 }]);
  const angles = [0.5, 0.25, 2].map((frequency) => 2 * Math.PI * frequency * 0.3);
  const first = Math.max(
    0,
    angles.reduce((sum, angle) => sum + (Math.cos(angle) + Math.sin(angle)) / 2, 0),
  );
  // The waves of 0 are three ones and three zeros.
  expect(nn.predict([0.3, 0]).data[0]).toBeCloseTo(first + 3 * 1.5, 5);
});

test.each<[string, Parameters<typeof periodic>[0], RegExp]>([
  ['sines first', { first: 'Sin', second: 'Cos' }, /only joined as cosines and sines/],
  ['cosines of other frequencies', { other: 'g' }, /only joined as cosines and sines/],
  ['tangents', { second: 'Tanh' }, /only joined as cosines and sines/],
  ['tanh behind the weights', { end: 'Tanh' }, /weights of their own for each column, and relu/],
  ['an axis that goes nowhere', { perm: [2, 0, 1] }, /its permutation \[2, 0, 1\] mixes rows/],
])('a periodic input with %s', async (_, parts, message) => {
  await expect(NeuralNetwork.fromONNX(model(periodic(parts), tensors))).rejects.toMatchObject({
    code: 'ERR_CHAINRULE_UNSUPPORTED',
    message: expect.stringMatching(message),
  });
});
