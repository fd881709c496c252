import { expect, test } from 'vitest';
import { NeuralNetwork, toClasses } from '../../../lib';
import { attributeTypes, type OnnxAttribute, type OnnxNode } from '../../../lib/formats/onnx/schema';
import { attribute, float, layer, model, node, value } from './models';

// Operators of ai.onnx.ml, as scikit-learn's models have them.

const domain = 'ai.onnx.ml';
const ml = (operator: string, inputs: string[], outputs: string[], ...attributes: OnnxAttribute[]): OnnxNode => ({
  ...{ operator, name: `/${outputs[0]}`, inputs, outputs, domain, attributes },
});
const floats = (name: string, values: number[]): OnnxAttribute => ({ name, floats: values, type: attributeTypes.floats });
const ints = (name: string, values: number[]): OnnxAttribute => ({ name, ints: values, type: attributeTypes.ints });
const number = (name: string, given: number): OnnxAttribute => ({ name, float: given, type: attributeTypes.float });
const text = (name: string, given: string): OnnxAttribute => ({ name, text: Buffer.from(given), type: attributeTypes.text });
const texts = (name: string, given: string[]): OnnxAttribute => ({ name, texts: given, type: attributeTypes.texts });
const last = (columns: number) => ({ outputs: [value('y', columns)] });

const predictions = async (bytes: Uint8Array, x: number[][]): Promise<number[]> => [
  ...(await NeuralNetwork.fromONNX(bytes)).predict(x).data,
];
const expectNear = (values: readonly number[], wanted: readonly number[]): void => {
  expect(values).toHaveLength(wanted.length);
  for (const [i, one] of wanted.entries()) expect(values[i]).toBeCloseTo(one, 5);
};
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

test('Scaler', async () => {
  const scale = ml('Scaler', ['x'], ['s'], floats('offset', [1, -1]), floats('scale', [0.5, 2]));
  expectNear(await predictions(model([scale, node('Gemm', ['s', 'w', 'b'], 'y')]), [[3, 1]]), [13.5, 17.5]);
});

test('columns are chosen and put beside each other', async () => {
  const chosen = ml('ArrayFeatureExtractor', ['x', 'order'], ['c']);
  const all = ml('FeatureVectorizer', ['c'], ['v'], ints('inputdimensions', [2]));
  const order = { name: 'order', dims: [2], type: 7, longs: [1, 0] };
  expectNear(await predictions(model([chosen, all, node('Gemm', ['v', 'w', 'b'], 'y')], [order]), [[10, 1]]), [31.5, 41.5]);
});

test('one-hot categories, from 0 on or not', async () => {
  for (const categories of [
    [0, 1, 2],
    [2, 0, 5],
  ]) {
    const encode = ml('OneHotEncoder', ['x'], ['o'], ints('cats_int64s', categories), attribute('zeros', 1));
    const bytes = model(
      [encode, node('Flatten', ['o'], 'f'), node('MatMul', ['f', 'v'], 'y')],
      [float('v', [6, 1], [1, 2, 3, 10, 20, 30])],
      last(1),
    );
    const x = [
      [categories[0], categories[2]],
      [categories[1], categories[0]],
    ] as number[][];
    expectNear(await predictions(bytes, x), [31, 12]);
  }
});

test('numbers for whole numbers', async () => {
  const encode = ml(
    'LabelEncoder',
    ['x'],
    ['e'],
    ints('keys_int64s', [3, 1]),
    floats('values_floats', [0.5, 7]),
    number('default_float', -1),
  );
  expectNear(
    await predictions(model([encode, node('Gemm', ['e', 'w', 'b'], 'y')]), [
      [1, 3],
      [0, 2],
    ]),
    [9, 15.5, -3.5, -6.5],
  );
});

test('linear models', async () => {
  const weights = [floats('coefficients', [1, 2, -3, 0.5]), floats('intercepts', [0.5, -1])];
  const regressor = ml('LinearRegressor', ['x'], ['y'], ...weights, attribute('targets', 2));
  expectNear(await predictions(model([regressor]), [[1, 2]]), [5.5, -3]);
  const labels = texts('classlabels_strings', ['no', 'yes']);
  const classifier = ml('LinearClassifier', ['x'], ['label', 'y'], ...weights, labels, text('post_transform', 'SOFTMAX'));
  const map = ml('ZipMap', ['y'], ['maps'], labels);
  const nn = await NeuralNetwork.fromONNX(model([classifier, map], [], { outputs: [value('label', 1), value('maps', 2)] }));
  expect(nn.classNames).toEqual(['no', 'yes']);
  expectNear([...nn.predict([1, 2]).data], [1 - sigmoid(-8.5), sigmoid(-8.5)]);
});

test('logistic regression of two classes, whose probabilities are normalized', async () => {
  const weights = [floats('coefficients', [-1, -2, 1, 2]), floats('intercepts', [-0.5, 0.5]), ints('classlabels_ints', [4, 7])];
  const classifier = ml('LinearClassifier', ['x'], ['label', 'z'], ...weights, text('post_transform', 'LOGISTIC'));
  const normalize = ml('Normalizer', ['z'], ['y'], text('norm', 'L1'));
  const nn = await NeuralNetwork.fromONNX(model([classifier, normalize], [], { outputs: [value('label', 1), value('y', 2)] }));
  expect(nn.classNames).toEqual(['4', '7']);
  expectNear([...nn.predict([0.25, -0.5]).data], [sigmoid(0.25), sigmoid(-0.25)]);
});

test('missing values are not replaced, for no row has them', async () => {
  const imputer = (replaced: OnnxAttribute[]) => ml('Imputer', ['x'], ['i'], floats('imputed_value_floats', [1, 2]), ...replaced);
  const after = node('Gemm', ['i', 'w', 'b'], 'y');
  const nn = await NeuralNetwork.fromONNX(model([imputer([number('replaced_value_float', Number.NaN)]), after]));
  expectNear([...nn.predict([1, 10]).data], [31.5, 41.5]);
  expect(() => nn.predict([Number.NaN, 1])).toThrow('x at row 0, column 0 must be a finite number, got NaN');
  await expect(NeuralNetwork.fromONNX(model([imputer([]), after]))).rejects.toMatchObject({
    message: expect.stringMatching(/"\/i" \(Imputer\) .* is only read where it replaces NaN, which networks refuse$/),
  });
});

test('classes by a number that the score is above, with names', async () => {
  const names = { name: 'names', dims: [2], type: 8, texts: ['no', 'yes'] };
  const end = [
    node('Greater', ['p', 'half'], 'g'),
    node('Cast', ['g'], 'i', { attributes: [attribute('to', 7)] }),
    node('Gather', ['names', 'i'], 'y'),
  ];
  const tensors = [names, float('half', [], [0.5]), float('v', [2, 1], [1, 2])];
  const nn = await NeuralNetwork.fromONNX(model([node('MatMul', ['x', 'v'], 'z'), node('Sigmoid', ['z'], 'p'), ...end], tensors, last(1)));
  expect(nn.classNames).toEqual(['no', 'yes']);
  expectNear([...nn.predict([1, -0.25]).data], [sigmoid(0.5)]);
});

test('classes are named again, by the keys of their names', async () => {
  const names = ml('LabelEncoder', ['i'], ['n'], ints('keys_int64s', [1, 0]), texts('values_strings', ['yes', 'no']));
  const others = ml('LabelEncoder', ['n'], ['y'], texts('keys_strings', ['no', 'yes']), texts('values_strings', ['nein', 'ja']));
  const argMax = node('ArgMax', ['z'], 'i', { attributes: [attribute('axis', 1)] });
  expect((await NeuralNetwork.fromONNX(model([layer('z'), argMax, names, others]))).classNames).toEqual(['nein', 'ja']);
});

test('several heads of one value', async () => {
  const heads = [node('MatMul', ['x', 'w'], 'p'), node('Gemm', ['x', 'w', 'b'], 'q')];
  const concat = (inputs: string[], output: string) => node('Concat', inputs, output, { attributes: [attribute('axis', -1)] });
  expectNear(await predictions(model([...heads, concat(['p', 'q'], 'y')], [], last(4)), [[1, 10]]), [31, 42, 31.5, 41.5]);
  const activated = [...heads, node('Tanh', ['p'], 'tp'), node('Tanh', ['q'], 'tq'), concat(['tp', 'tq'], 'y')];
  expectNear(await predictions(model(activated, [], last(4)), [[0.1, 0.05]]), [0.25, 0.4, 0.75, -0.1].map(Math.tanh));
});

/** Heads of `x` and their outputs for 0.1 and 0.05. */
const bothHeads = [node('MatMul', ['x', 'w'], 'p'), node('Gemm', ['x', 'w', 'b'], 'q')];
const [p, q] = [
  [0.25, 0.4],
  [0.75, -0.1],
] as const;
const softmax = (z: readonly number[]): number[] => z.map((one) => Math.exp(one) / z.reduce((sum, other) => sum + Math.exp(other), 0));

test.each<[string, OnnxNode[], string[], number[]]>([
  ['tanh and none', [node('Tanh', ['p'], 'tp')], ['tp', 'q'], [...p.map(Math.tanh), ...q]],
  ['none and softplus', [node('Softplus', ['q'], 'sq')], ['p', 'sq'], [...p, ...q.map((z) => Math.log1p(Math.exp(z)))]],
  ['tanh and sigmoid', [node('Tanh', ['p'], 'tp'), node('Sigmoid', ['q'], 'sq')], ['sq', 'tp'], [...q.map(sigmoid), ...p.map(Math.tanh)]],
  ['softmax twice', [node('Softmax', ['p'], 'sp'), node('Softmax', ['q'], 'sq')], ['sp', 'sq'], [...softmax(p), ...softmax(q)]],
  ['softmax, none and relu', [node('Softmax', ['p'], 'sp'), node('Relu', ['q'], 'rq')], ['sp', 'q', 'rq'], [...softmax(p), ...q, 0.75, 0]],
  [
    'tanh of another size, and none',
    [node('Tanh', ['p'], 't'), node('Mul', ['t', 'v'], 'm'), node('Add', ['m', 'u'], 'tp')],
    ['tp', 'q'],
    [2 * Math.tanh(0.25) + 5, 3 * Math.tanh(0.4) + 6, ...q],
  ],
])('heads with activations of their own: %s', async (_, nodes, inputs, wanted) => {
  const concat = node('Concat', inputs, 'y', { attributes: [attribute('axis', 1)] });
  const tensors = [float('v', [2], [2, 3]), float('u', [2], [5, 6])];
  const bytes = model([...bothHeads, ...nodes, concat], tensors, last(wanted.length));
  const nn = await NeuralNetwork.fromONNX(bytes);
  expectNear([...nn.predict([0.1, 0.05]).data], wanted);
  expectNear([...(await NeuralNetwork.fromONNX(nn.toONNX({ restorable: false }))).predict([0.1, 0.05]).data], wanted);
  await nn.fit({ x: [[0.1, 0.05]], y: [wanted.map((value) => value / 2)] }, { epochs: 1 });
});

test('heads behind heads, and heads of different values', async () => {
  const concat = (inputs: string[], output: string) => node('Concat', inputs, output, { attributes: [attribute('axis', 1)] });
  const inner = [...bothHeads, node('Tanh', ['p'], 'tp'), concat(['tp', 'q'], 'h'), node('MatMul', ['h', 'four'], 'y')];
  const four = float('four', [4, 1], [1, 10, 100, 1000]);
  const wanted = Math.tanh(0.25) + 10 * Math.tanh(0.4) + 75 - 100;
  const found = await predictions(model(inner, [four], last(1)), [[0.1, 0.05]]);
  expect(found[0]).toBeCloseTo(wanted, 3);
  const deeper = [...bothHeads, node('Relu', ['p'], 'r'), node('MatMul', ['r', 'w'], 'z'), concat(['z', 'q'], 'y')];
  await expect(NeuralNetwork.fromONNX(model(deeper, [], last(4)))).rejects.toMatchObject({
    code: 'ERR_CHAINRULE_UNSUPPORTED',
    message: expect.stringMatching(
      /"\/y" \(Concat\) of inputs of the shapes \[rows, 2\], \[rows, 2\] that is no layer: beside each other are read columns of the input, scaled or encoded, and products with one value, each with an activation$/,
    ),
  });
});

test.each([
  ['Binarizer', 0.25, '0.25'],
  ['Binarizer', 0.5, undefined],
  ['Greater', 0.75, '0.75'],
  ['Greater', 0.5, undefined],
])('%s above %d', async (operator, threshold, kept) => {
  const end =
    operator === 'Greater' ? node('Greater', ['p', 'c'], 'label') : ml('Binarizer', ['p'], ['label'], number('threshold', threshold));
  const nodes = [node('MatMul', ['x', 'v'], 'z'), node('Sigmoid', ['z'], 'p'), end];
  const tensors = [float('v', [2, 1], [1, 2]), float('c', [], [threshold])];
  const nn = await NeuralNetwork.fromONNX(model(nodes, tensors, { outputs: [value('label', 1)] }));
  expect(nn.metadata.threshold).toBe(kept);
  const outputs = nn.predict([[-0.5, 0.1]]);
  expectNear([...outputs.data], [sigmoid(-0.3)]);
  expect([...toClasses(outputs, Number(nn.metadata.threshold ?? 0.5))]).toEqual([Number(sigmoid(-0.3) > threshold)]);
});

test.each<[string, OnnxNode[], RegExp]>([
  [
    'a norm',
    [ml('Normalizer', ['x'], ['n'], text('norm', 'L2')), node('Gemm', ['n', 'w', 'b'], 'y')],
    /no layer divides a row by its norm/,
  ],
  ['categories that are texts', [ml('OneHotEncoder', ['x'], ['y'], texts('cats_strings', ['a']))], /encode them before, as numbers/],
  [
    'negative categories',
    [ml('OneHotEncoder', ['x'], ['y'], ints('cats_int64s', [-1, 2]))],
    /its categories must be whole numbers from 0 on/,
  ],
  [
    'huge categories',
    [ml('OneHotEncoder', ['x'], ['y'], ints('cats_int64s', [0, 2 ** 40]))],
    /its categories are more than 1048576 in all/,
  ],
  [
    'another transform',
    [ml('LinearRegressor', ['x'], ['y'], floats('coefficients', [1, 2]), text('post_transform', 'PROBIT'))],
    /no activation is its post_transform "PROBIT"/,
  ],
  ['too few coefficients', [ml('LinearRegressor', ['x'], ['y'], floats('coefficients', [1]))], /it must have 1 rows of 2 coefficients/],
  [
    'classes inside',
    [layer('z'), ml('Binarizer', ['z'], ['i']), node('Gemm', ['i', 'w', 'b'], 'y')],
    /"\/y" \(Gemm\) of inputs of the shapes \[rows\], \[2, 2\], \[2\] that is no layer: its input 0 is the class of each row, which is only read as an output: no layer is a step$/,
  ],
  ['decision trees', [ml('TreeEnsembleRegressor', ['x'], ['y'])], /it needs decision trees/],
])('%s', async (_, nodes, message) => {
  await expect(NeuralNetwork.fromONNX(model(nodes))).rejects.toMatchObject({
    code: 'ERR_CHAINRULE_UNSUPPORTED',
    message: expect.stringMatching(message),
  });
});
