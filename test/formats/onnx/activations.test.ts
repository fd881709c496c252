import { expect, test } from 'vitest';
import { NeuralNetwork } from '../../../lib';
import { attributeTypes, type OnnxAttribute, type OnnxNode, type OnnxTensor } from '../../../lib/formats/onnx/schema';
import { attribute, float, layer, model, node } from './models';

// Functions between two layers beside our activations: several layers compute the same, or the error names the node.

const setting = (name: string, value: number): OnnxAttribute => ({ name, float: value, type: attributeTypes.float });
const settings = (...attributes: OnnxAttribute[]) => ({ attributes });
const elu = (alpha: number) => (z: number) => (z < 0 ? alpha * Math.expm1(z) : z);
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const number = (name: string, value: number): OnnxTensor => float(name, [], [value]);

/** Rows from -2 to 2. */
const x = Array.from({ length: 9 }, (_, i) => [i / 2 - 2, 1 - i / 4]);
const [w, b] = [
  [
    [1, 2],
    [3, 4],
  ],
  [0.5, -0.5],
] as const;
const product = (row: readonly number[]): number[] =>
  b.map((bias, j) => row.reduce((sum, value, i) => sum + value * (w[i]?.[j] ?? 0), bias));

const between = (nodes: OnnxNode[], tensors: OnnxTensor[] = []): Uint8Array =>
  model([layer('z'), ...nodes, node('Gemm', ['a', 'w', 'b'], 'y')], tensors);

test.each<[string, OnnxNode[], (z: number, column: number) => number, OnnxTensor[]?]>([
  ['Elu with alpha', [node('Elu', ['z'], 'a', settings(setting('alpha', 0.25)))], elu(0.25)],
  ['Celu with alpha', [node('Celu', ['z'], 'a', settings(setting('alpha', 2)))], (z) => 2 * elu(1)(z / 2)],
  ['Selu with settings', [node('Selu', ['z'], 'a', settings(setting('alpha', 2), setting('gamma', 3)))], (z) => 3 * elu(2)(z)],
  ['LeakyRelu with alpha', [node('LeakyRelu', ['z'], 'a', settings(setting('alpha', 0.3)))], (z) => (z < 0 ? 0.3 * z : z)],
  [
    'a slope for each column',
    [node('PRelu', ['z', 'slope'], 'a')],
    (z, i) => (z < 0 ? ([0.25, -2][i] as number) * z : z),
    [float('slope', [2], [0.25, -2])],
  ],
  ['a least number', [node('Max', ['z', 'least'], 'a')], (z) => Math.max(z, -1.5), [number('least', -1.5)]],
  ['a most number', [node('Min', ['most', 'z'], 'a')], (z) => Math.min(z, 2), [number('most', 2)]],
  ['a least number of Clip', [node('Clip', ['z', 'least'], 'a')], (z) => Math.max(z, 0.75), [number('least', 0.75)]],
  [
    'a least number for each column',
    [node('Max', ['z', 'least'], 'a')],
    (z, i) => Math.max(z, [1, -2][i] as number),
    [float('least', [2], [1, -2])],
  ],
  [
    'a most number for each column',
    [node('Min', ['z', 'most'], 'a')],
    (z, i) => Math.min(z, [1, -2][i] as number),
    [float('most', [2], [1, -2])],
  ],
  ['HardSigmoid', [node('HardSigmoid', ['z'], 'a')], (z) => Math.min(1, Math.max(0, 0.2 * z + 0.5))],
  [
    'swish with a factor',
    [node('Mul', ['z', 'beta'], 's'), node('Sigmoid', ['s'], 'p'), node('Mul', ['z', 'p'], 'a')],
    (z) => z * sigmoid(1.702 * z),
    [number('beta', 1.702)],
  ],
  [
    'softplus with a factor, in a Where',
    [
      ...[node('Mul', ['z', 'beta'], 's'), node('Softplus', ['s'], 'p'), node('Div', ['p', 'beta'], 'd')],
      ...[node('Greater', ['s', 'threshold'], 'large'), node('Where', ['large', 'z', 'd'], 'a')],
    ],
    (z) => Math.log1p(Math.exp(3 * z)) / 3,
    [number('beta', 3), number('threshold', 20)],
  ],
])('%s', async (_, nodes, f, tensors) => {
  const nn = await NeuralNetwork.fromONNX(between(nodes, tensors));
  const wanted = x.flatMap((row) => product(product(row).map(f)));
  const { data } = nn.predict(x);
  for (const [i, value] of wanted.entries()) expect(data[i]).toBeCloseTo(value, 4);
  const before = nn.layers[0]?.weights?.data[0];
  await nn.fit({ x, y: x }, { epochs: 1 });
  expect(nn.layers[0]?.weights?.data[0]).not.toBe(before);
});

test.each<[string, OnnxNode[], string, OnnxTensor[]?]>([
  [
    'HardSwish',
    [node('HardSwish', ['z'], 'a')],
    '"/a" (HardSwish) of inputs of the shapes [rows, 2] that is no layer: no activation is this function of its input (HardSwish), which needs one of its own: the nearest, silu, differs by up to 0.14 from -30 to 13',
  ],
  [
    'HardSwish in two operators',
    [node('HardSigmoid', ['z'], 'h', settings(setting('alpha', 1 / 6), setting('beta', 0.5))), node('Mul', ['z', 'h'], 'a')],
    '"/a" (Mul) of inputs of the shapes [rows, 2], [rows, 2] that is no layer: no activation is this function of its input (HardSigmoid, Mul), which needs one of its own: the nearest, silu, differs by up to 0.14 from -30 to 13',
  ],
  [
    'a step',
    [node('ThresholdedRelu', ['z'], 'a')],
    '"/a" (ThresholdedRelu) of inputs of the shapes [rows, 2] that is no layer: no activation is this function of its input (ThresholdedRelu), which needs one of its own: the nearest, silu, differs by up to 0.73 from -30 to 13',
  ],
  [
    'a function that is not defined everywhere',
    [node('Sqrt', ['z'], 'a')],
    '"/a" (Sqrt) of inputs of the shapes [rows, 2] that is no layer: no activation is this function of its input (Sqrt), which needs one of its own',
  ],
])('%s', async (_, nodes, message, tensors) => {
  const error = { code: 'ERR_CHAINRULE_UNSUPPORTED', message: `bytes has the node ${message}` };
  await expect(NeuralNetwork.fromONNX(between(nodes, tensors))).rejects.toMatchObject(error);
});

test('the logarithms of probabilities become probabilities, at the end', async () => {
  const softmax = NeuralNetwork.fromONNX(model([layer('z'), node('Softmax', ['z'], 'y')]));
  const wanted = (await softmax).predict(x).data;
  const log = (end: OnnxNode[]) => NeuralNetwork.fromONNX(model([layer('z'), ...end]));
  const ends = [
    [node('LogSoftmax', ['z'], 'y')],
    [node('Softmax', ['z'], 'p'), node('Log', ['p'], 'y')],
    [node('LogSoftmax', ['z'], 'l'), node('Exp', ['l'], 'y')],
  ];
  for (const end of ends) {
    const nn = await log(end);
    expect(nn.layers.at(-1)?.activation).toBe('softmax');
    expect(nn.predict(x).data).toEqual(wanted);
  }
  const inside = log([node('LogSoftmax', ['z'], 'l'), node('Gemm', ['l', 'w', 'b'], 'y')]);
  await expect(inside).rejects.toMatchObject({
    message: expect.stringMatching(/the logarithms of probabilities are only read as the output of a model$/),
  });
  const axis = { attributes: [attribute('axis', 1)] };
  const arg = await log([node('LogSoftmax', ['z'], 'l'), node('ArgMax', ['l'], 'y', axis)]);
  expect(arg.predict(x).data).toEqual(wanted);
});
