import { describe, expect, it } from 'vitest';
import * as chainrule from '../lib';
import {
  activation,
  batchNorm,
  confusionMatrix,
  crossValidate,
  dense,
  dropout,
  findLearningRate,
  gaussianNoise,
  groupKFold,
  kFold,
  layerNorm,
  members,
  metrics,
  NeuralNetwork,
  normalize,
  progressBar,
  residual,
  scale,
  setThreads,
  stratifiedKFold,
  timeSeriesSplit,
  toClasses,
  toRows,
  trainTestSplit,
} from '../lib';

// Every public function and method with values that nobody should give them. Each must work or throw an error with a stable code: never one of
// the engine's own, and never an internal one.

const revoked = <T extends object>(target: T): T => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
const lying = (length: unknown) => new Proxy([1, 2], { get: (target, key) => (key === 'length' ? length : Reflect.get(target, key)) });
const detached = () => {
  const array = new Float32Array(2);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
};

const nasty: [string, () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['0', () => 0],
  ['-0', () => -0],
  ['-1', () => -1],
  ['0.5', () => 0.5],
  ['NaN', () => Number.NaN],
  ['Infinity', () => Number.POSITIVE_INFINITY],
  ['2 ** 31', () => 2 ** 31],
  ['2 ** 53', () => 2 ** 53],
  ['a bigint', () => 1n],
  ['a huge bigint', () => 2n ** 4000n],
  ['an empty string', () => ''],
  ['text', () => 'abc'],
  ['a numeral', () => '1'],
  ['a lone surrogate', () => '\ud800'],
  ['a symbol', () => Symbol('s')],
  ['a well-known symbol', () => Symbol.iterator],
  ['a function', () => () => undefined],
  ['a function of an iterable of nothing', () => () => [undefined]],
  ['a class', () => class Some {}],
  ['a generator function', () => function* () {}],
  ['an async function', () => async () => 5],
  ['an empty object', () => ({})],
  ['an object without prototype', () => Object.create(null)],
  ['an object that is no primitive', () => ({ [Symbol.toPrimitive]: () => ({}), length: 2 })],
  ['an object with a strange constructor', () => ({ constructor: { name: Symbol('n') } })],
  ['an array-like', () => ({ length: 2, 0: 1, 1: 2 })],
  ['an array-like of negative length', () => ({ length: -1 })],
  ['an array-like of no length', () => ({ length: Number.NaN })],
  ['an array-like without end', () => ({ length: 2 ** 53 })],
  ['an empty array', () => []],
  ['a sparse array', () => new Array(2)],
  ['an array of undefined', () => [undefined, undefined]],
  ['an array of null', () => [null, null]],
  ['an array of symbols', () => [Symbol('a'), Symbol('b')]],
  ['an array of bigints', () => [1n, 2n]],
  ['an array of booleans', () => [true, false]],
  ['an array of text', () => ['a', 'b']],
  ['an array of objects', () => [{}, Object.create(null)]],
  ['an array of revoked proxies', () => [revoked([]), revoked({})]],
  ['nested arrays', () => [[[1, 2]]]],
  ['ragged rows', () => [[1, 2], [3]]],
  ['rows of NaN', () => [[Number.NaN, 1]]],
  [
    'a circular array',
    () => {
      const array: unknown[] = [1];
      array.push(array);
      return array;
    },
  ],
  ['a revoked proxy of an array', () => revoked([])],
  ['a revoked proxy of an object', () => revoked({})],
  ['a revoked proxy of a function', () => revoked(() => undefined)],
  ['a proxy of a typed array', () => new Proxy(new Float32Array(2), {})],
  ['an array of negative length', () => lying(-1)],
  ['an array of broken length', () => lying(1.5)],
  ['an array with text for a length', () => lying('2')],
  ['an array with a symbol for a length', () => lying(Symbol('l'))],
  ['an array without end', () => lying(2 ** 53 - 1)],
  ['a typed array by prototype alone', () => Object.create(Float32Array.prototype)],
  ['a typed array with a false length', () => Object.defineProperty(new Float32Array(2), 'length', { value: -2 })],
  ['an empty typed array', () => new Float32Array()],
  ['a detached array', detached],
  [
    'a growable array',
    () => new Float32Array(new (ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer)(8, { maxByteLength: 16 })),
  ],
  ['bigints in a typed array', () => new BigInt64Array(2)],
  ['a Buffer', () => Buffer.alloc(8)],
  ['an ArrayBuffer', () => new ArrayBuffer(8)],
  ['a DataView', () => new DataView(new ArrayBuffer(8))],
  ['a Map', () => new Map([[1, 2]])],
  ['a Set', () => new Set([1, 2])],
  ['a WeakMap', () => new WeakMap()],
  ['a Date', () => new Date(Number.NaN)],
  ['a RegExp', () => /x/],
  ['an Error', () => new Error('mine')],
  ['a promise', () => Promise.resolve([1, 2])],
  ['an aborted signal', () => AbortSignal.abort()],
  ['a signal without methods', () => ({ aborted: false, addEventListener: true })],
  ['a signal that cannot be left', () => ({ aborted: false, addEventListener() {} })],
  ['a URL', () => new URL('file:///nowhere')],
  ['an iterator of nothing', () => ({ [Symbol.iterator]: () => ({ next() {} }) })],
  ['an iterator without next', () => ({ [Symbol.iterator]: () => ({}) })],
  ['no iterator', () => ({ [Symbol.iterator]: () => undefined })],
  ['an iterator that is a class', () => ({ [Symbol.iterator]: class {} })],
  ['an asynchronous iterator of garbage', () => ({ [Symbol.asyncIterator]: () => ({ next: async () => 5 }) })],
  ['a revoked iterator', () => ({ [Symbol.iterator]: () => revoked({}) })],
  ['a tensor of nothing', () => ({ data: [], shape: [] })],
  ['a tensor with a shape of bigints', () => ({ data: [1, 2], shape: [1n, 2n] })],
  [
    'a tensor with a shape of symbols',
    () => ({
      data: [1, 2],
      shape: [
        Symbol('a'),
        {
          toString() {
            throw new Error('unused');
          },
        },
      ],
    }),
  ],
  ['a tensor with a shape without prototype', () => ({ data: [1, 2], shape: [Object.create(null), 1] })],
  ['a tensor with a shape without end', () => ({ data: [1, 2], shape: lying(2 ** 40) })],
  ['a tensor with a revoked shape', () => ({ data: [1, 2], shape: revoked([]) })],
  ['a tensor with revoked data', () => ({ data: revoked([]), shape: [1, 2] })],
  ['a tensor of many rows', () => ({ data: [1, 2], shape: [1e12, 2] })],
  ['a tensor of many rows of nothing', () => ({ data: [], shape: [1e12, 0] })],
  ['a tensor of one number, repeated', () => ({ data: [1], shape: [2 ** 30, 2], strides: [0, 0] })],
  ['a tensor with strides without end', () => ({ data: [1, 2], shape: [1, 2], strides: [2 ** 53 - 1, 2 ** 53 - 1] })],
  ['a tensor with strides of symbols', () => ({ data: [1, 2], shape: [1, 2], strides: [Symbol('a'), 1n] })],
  ['a tensor with a type that is a class', () => ({ data: new Float32Array(2), shape: [1, 2], dtype: { toString: class {} } })],
  ['a tensor with an offset that is an object', () => ({ data: [1, 2], shape: [1, 2], offset: {} })],
  ['samples of garbage', () => ({ x: {}, y: revoked([]) })],
  ['samples without y', () => ({ x: [[1, 2]] })],
  ['an unknown option', () => ({ nonsense: 1 })],
  ['options of garbage', () => ({ epochs: {}, rows: Symbol('r'), maxBatch: 1n })],
];

const make = () => new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'tanh'), dropout(0.1), dense(2, 'softmax')], seed: 1 });
const row = { x: [[1, 2]], y: [1] };
const nn = make();
const [layer, noWeights] = [nn.layers[0] as chainrule.Layer, nn.layers[1] as chainrule.Layer];
const session = nn.session();
const batcher = nn.batcher();
const gradients = nn.backward([[1, 2]], [1]).gradients;
const never = (value: unknown): never => value as never;
const noFile = (value: unknown): never => never(typeof value === 'string' ? `${value}\0` : value);
const optionOf = (name: string) => (value: unknown) => nn.fit(row, never({ epochs: 1, [name]: value }));
const layersOf = (layers: unknown) => new NeuralNetwork(never({ inputSize: 2, layers }));

const calls: Record<string, (value: unknown) => unknown> = {
  'new NeuralNetwork(…)': (value) => new NeuralNetwork(never(value)),
  'inputSize: …': (value) => new NeuralNetwork(never({ inputSize: value, layers: [dense(1)] })),
  'layers: …': layersOf,
  'layers: […]': (value) => layersOf([value, dense(1)]),
  'loss: …': (value) => new NeuralNetwork(never({ inputSize: 2, layers: [dense(1)], loss: value })),
  'seed: …': (value) => new NeuralNetwork(never({ inputSize: 2, layers: [dense(1)], seed: value })),
  'precision: …': (value) => new NeuralNetwork(never({ inputSize: 2, layers: [dense(1)], precision: value })),
  'dense(…)': (value) => layersOf([dense(never(value === 2 ** 31 ? 5 : value))]),
  'dense(1, …)': (value) => dense(1, never(value)),
  'dense(1, relu, …)': (value) => dense(1, 'relu', never(value)),
  'weightsInitializer: …': (value) => dense(1, 'relu', never({ weightsInitializer: value })),
  'dropout(…)': (value) => dropout(never(value)),
  'activation(…)': (value) => activation(never(value)),
  'gaussianNoise(…)': (value) => gaussianNoise(never(value)),
  'members(…)': (value) => members(never(value)),
  'members(2, …)': (value) => members(2, never(value)),
  'residual(…)': (value) => residual(never(value)),
  'residual([…])': (value) => layersOf([residual([never(value)]), dense(1)]),
  'inputs: …': (value) => new NeuralNetwork(never({ inputs: value, layers: [dense(1)] })),
  'inputs: […]': (value) => new NeuralNetwork(never({ inputs: [value], layers: [dense(1)] })),
  'normalize()': () => normalize(),
  'scale()': () => scale(),
  'batchNorm(…)': (value) => batchNorm(never(value)),
  'batchNorm({ momentum: … })': (value) => batchNorm(never({ momentum: value })),
  'layerNorm(…)': (value) => layerNorm(never(value)),
  'layerNorm({ epsilon: … })': (value) => layerNorm(never({ epsilon: value })),
  'fit(…)': (value) => nn.fit(never(value), { epochs: 1 }),
  'fit(row, …)': (value) => nn.fit(row, never(value)),
  'fit({ x: … })': (value) => nn.fit(never({ x: value, y: [1] }), { epochs: 1 }),
  'fit({ y: … })': (value) => nn.fit(never({ x: [[1, 2]], y: value }), { epochs: 1 }),
  'fit([…])': (value) => nn.fit(never([value]), { epochs: 1 }),
  'fit(() => …)': (value) =>
    nn.fit(
      never(() => value),
      { epochs: 1 },
    ),
  ...Object.fromEntries(
    [
      'batchSize',
      'dropLast',
      'shards',
      'shuffle',
      'optimizer',
      'validation',
      'validationSplit',
      'metrics',
      'earlyStopping',
      'signal',
      'onEpoch',
      'callbackEvery',
    ].map((name) => [`fit(row, { ${name}: … })`, optionOf(name)]),
  ),
  'fit(row, { epochs: … })': (value) => nn.fit(row, never({ epochs: value, signal: AbortSignal.timeout(20) })),
  'fit(row, { optimizer: { learningRate: … } })': (value) =>
    nn.fit(row, never({ epochs: 1, optimizer: { type: 'sgd', learningRate: value } })),
  'predict(…)': (value) => nn.predict(never(value)),
  'predict([…])': (value) => nn.predict(never([value, value])),
  'predict({ data: … })': (value) => nn.predict(never({ data: value, shape: [1, 2] })),
  'predict({ shape: … })': (value) => nn.predict(never({ data: [1, 2], shape: value })),
  ...Object.fromEntries(
    ['strides', 'stride', 'offset', 'order', 'fortranOrder', 'dtype', 'type', 'byteOffset', 'location', 'then', 'indices', 'values'].map(
      (name) => [`predict({ ${name}: … })`, (value) => nn.predict(never({ data: new Float32Array(2), shape: [1, 2], [name]: value }))],
    ),
  ),
  'predictAsync(…)': (value) => nn.predictAsync(never(value)),
  'forward(…)': (value) => nn.forward(never(value)),
  'evaluate(…)': (value) => nn.evaluate(never(value)),
  'evaluate(row, …)': (value) => nn.evaluate(row, never(value)),
  'backward(…)': (value) => nn.backward(never(value), [1]),
  'backward(x, …)': (value) => nn.backward([[1, 2]], never(value)),
  'update(…)': (value) => nn.update(never(value), 'sgd'),
  'update([…])': (value) => nn.update(never([value, gradients[1]]), 'sgd'),
  'update([{ weights: … }])': (value) => nn.update(never([{ weights: value, bias: [1, 2, 3] }, gradients[1]]), 'sgd'),
  'update([{ bias: … }])': (value) => nn.update(never([{ weights: gradients[0]?.weights, bias: value }, gradients[1]]), 'sgd'),
  'update(gradients, …)': (value) => make().update(gradients, never(value)),
  'weights = …': (value) => {
    layer.weights = never(value);
  },
  'bias = …': (value) => {
    layer.bias = never(value);
  },
  'weights of dropout = …': (value) => {
    noWeights.weights = never(value);
  },
  'session(…)': (value) => nn.session(never(value)),
  'batcher(…)': (value) => nn.batcher(never(value)),
  'batcher.predict(…)': (value) => batcher.predict(never(value)),
  'batcher.predict(row, …)': (value) => batcher.predict([1, 2], never(value)),
  'batcher.predict(row, { signal: … })': (value) => batcher.predict([1, 2], never({ signal: value })),
  'fromShared(…)': (value) => NeuralNetwork.fromShared(never(value)),
  'fromShared({ id: … })': (value) => NeuralNetwork.fromShared(never({ ...nn.share(), id: value })),
  'forward(x, …)': (value) => nn.forward([1, 2], never(value)),
  'backward(x, y, …)': (value) => nn.backward([[1, 2]], [1], never(value)),
  'fromJSON(…)': (value) => NeuralNetwork.fromJSON(value),
  'fromJSON({ parameters: … })': (value) => NeuralNetwork.fromJSON({ ...nn.toJSON(), parameters: value }),
  'fromJSON({ metadata: … })': (value) => NeuralNetwork.fromJSON({ ...nn.toJSON(), metadata: value }),
  'fromBytes(…)': (value) => NeuralNetwork.fromBytes(never(value)),
  'toBytes(…)': (value) => nn.toBytes(never(value)),
  'toBytes({ metadata: … })': (value) => nn.toBytes(never({ metadata: value })),
  'toONNX(…)': (value) => nn.toONNX(never(value)),
  'toONNX({ opset: … })': (value) => nn.toONNX(never({ opset: value })),
  'toONNX({ inputName: … })': (value) => nn.toONNX(never({ inputName: value })),
  'toONNX({ metadata: … })': (value) => nn.toONNX(never({ metadata: value })),
  'fromONNX(…)': (value) => NeuralNetwork.fromONNX(noFile(value)),
  'fromONNX(bytes, …)': (value) => NeuralNetwork.fromONNX(new Uint8Array(1), never(value)),
  'fromONNX(bytes, { externalData: … })': (value) => NeuralNetwork.fromONNX(new Uint8Array(1), never({ externalData: value })),
  'fromSafetensors(…)': (value) => NeuralNetwork.fromSafetensors(noFile(value), { inputSize: 2, layers: [dense(1)] }),
  'fromSafetensors(bytes, …)': (value) => NeuralNetwork.fromSafetensors(new Uint8Array(1), never(value)),
  'fromSafetensors(bytes, network, …)': (value) =>
    NeuralNetwork.fromSafetensors(new Uint8Array(1), { inputSize: 2, layers: [dense(1)] }, never(value)),
  'fromBrainJS(…)': (value) => NeuralNetwork.fromBrainJS(value),
  'fromTfjs(…)': (value) => NeuralNetwork.fromTfjs(noFile(value)),
  'fromTfjs({ modelTopology: … })': (value) =>
    NeuralNetwork.fromTfjs({ modelTopology: value, weightSpecs: value, weightData: never(value) }),
  'toJSON(…)': (value) => nn.toJSON(never(value)),
  'readNpy(…)': (value) => chainrule.readNpy(noFile(value)),
  'readNpz(…)': (value) => chainrule.readNpz(noFile(value)),
  'readNpz(bytes, …)': (value) => chainrule.readNpz(new Uint8Array(1), never(value)),
  'toNpy(…)': (value) => chainrule.toNpy(never(value)),
  'toNpz(…)': (value) => chainrule.toNpz(never(value)),
  'toNpz({ x: … })': (value) => chainrule.toNpz({ x: never(value) }),
  'toNpz(arrays, …)': (value) => chainrule.toNpz({}, never(value)),
  'writeNpy(…)': (value) => chainrule.writeNpy(noFile(value), [[1]]),
  'writeNpy(path, …)': (value) => chainrule.writeNpy('no folder/array', never(value)),
  'writeNpz(…)': (value) => chainrule.writeNpz(noFile(value), {}),
  'writeNpz(path, …)': (value) => chainrule.writeNpz('no folder/arrays', never(value)),
  'loss: { value: … }': (value) => new NeuralNetwork(never({ inputSize: 2, layers: [dense(1)], loss: { value, gradient: value } })),
  'fromBytes(bytes, …)': (value) => NeuralNetwork.fromBytes(nn.toBytes(), never(value)),
  'fromBytes(bytes, { loss: … })': (value) => NeuralNetwork.fromBytes(nn.toBytes(), never({ loss: value })),
  'metadata = …': (value) => {
    make().metadata = never(value);
  },
  'assign(…)': (value) => make().assign(never(value)),
  'load(…)': (value) => NeuralNetwork.load(noFile(value)),
  'save(…)': (value) => nn.save(noFile(value)),
  'save(path, …)': (value) => (value === undefined ? undefined : nn.save('no folder/model', never(value))),
  'toClasses(…)': (value) => toClasses(never(value)),
  'toClasses(output, …)': (value) => toClasses([[1, 2]], never(value)),
  'toRows(…)': (value) => toRows(never(value)),
  'toRows(output, …)': (value) => toRows([[1, 2]], never(value)),
  'toRows(flat, …)': (value) => toRows(new Float32Array(2), never(value)),
  'confusionMatrix(…)': (value) => confusionMatrix(never(value), [0, 1]),
  'confusionMatrix(actual, …)': (value) => confusionMatrix([0, 1], never(value)),
  'confusionMatrix(actual, predicted, …)': (value) => confusionMatrix([0, 1], [0, 1], never(value)),
  ...Object.fromEntries(
    Object.entries(metrics).flatMap(([name, metric]) => [
      [`metrics.${name}(…)`, (value) => metric(never(value), never([0, 1]))],
      [`metrics.${name}(actual, …)`, (value) => metric(never([0, 1]), never(value))],
      [`metrics.${name}(actual, predicted, …)`, (value) => metric(never([0, 1]), never([0, 1]), never(value))],
    ]),
  ),
  'metrics.f1(actual, predicted, { sampleWeight: … })': (value) => metrics.f1([0, 1], [0, 1], never({ sampleWeight: value })),
  'metrics.f1(actual, predicted, { labels: … })': (value) => metrics.f1([0, 1], [0, 1], never({ labels: value })),
  'metrics.f1(actual, predicted, { positive: … })': (value) => metrics.f1([0, 1], [0, 1], never({ positive: value })),
  'fit({ rows: … })': (value) => nn.fit(never({ x: [[1, 2]], y: [1], rows: value }), { epochs: 1 }),
  'fit(row, { metrics: [{ value: … }] })': (value) => nn.fit(row, never({ epochs: 1, metrics: [{ name: 'mine', value }] })),
  'kFold(…)': (value) => kFold(never(value), { folds: 2 }),
  'kFold(rows, …)': (value) => kFold(9, never(value)),
  'stratifiedKFold(…)': (value) => stratifiedKFold(never(value)),
  'stratifiedKFold(labels, …)': (value) => stratifiedKFold([0, 1, 0, 1, 0, 0, 0], never(value)),
  'groupKFold(…)': (value) => groupKFold(never(value)),
  'groupKFold(groups, …)': (value) => groupKFold([0, 1, 2, 3, 4, 5], never(value)),
  'timeSeriesSplit(…)': (value) => timeSeriesSplit(never(value)),
  'timeSeriesSplit(rows, …)': (value) => timeSeriesSplit(9, never(value)),
  'trainTestSplit(…)': (value) => trainTestSplit(never(value)),
  'trainTestSplit(rows, …)': (value) => trainTestSplit(9, never(value)),
  'trainTestSplit(rows, { stratify: … })': (value) => trainTestSplit(2, never({ stratify: value })),
  'crossValidate(…)': (value) => crossValidate(never(value), { x: [[1, 2]], y: [1] }),
  'crossValidate(spec, …)': (value) => crossValidate({ inputSize: 2, layers: [dense(1)] }, never(value)),
  'crossValidate(spec, data, { folds: … })': (value) =>
    crossValidate(
      { inputSize: 2, layers: [dense(1)] },
      {
        x: [
          [1, 2],
          [3, 4],
        ],
        y: [1, 0],
      },
      never({ folds: value, fit: { epochs: 1 } }),
    ),
  'setThreads(…)': (value) => setThreads(never(value)),
  'findLearningRate(…)': (value) => findLearningRate(never(value), { x: [[0, 1]], y: [1] }),
  'findLearningRate(nn, …)': (value) => findLearningRate(nn, never(value)),
  'findLearningRate(nn, data, …)': (value) => findLearningRate(nn, { x: [[0, 1]], y: [1] }, never(value)),
  'progressBar(…)': (value) => progressBar(never(value)),
  'progressBar({ stream: … })': (value) => progressBar({ stream: never(value) }),
  // Methods that are called on something else.
  ...receivers('NeuralNetwork', NeuralNetwork.prototype),
  ...receivers('Layer', Object.getPrototypeOf(layer)),
  ...receivers('Session', Object.getPrototypeOf(session)),
  ...receivers('Batcher', Object.getPrototypeOf(batcher)),
  // Classes that are not exported.
  ...Object.fromEntries(
    [layer, session, batcher].map((object) => [
      `new ${object.constructor.name}(…)`,
      (value) => Reflect.construct(object.constructor as new () => object, [value, value, value, value, value, value]),
    ]),
  ),
};

/** Every method and accessor of a class, each to be called on the value. */
function receivers(name: string, prototype: object): Record<string, (value: unknown) => unknown> {
  const members = Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(([key]) => key !== 'constructor');
  return Object.fromEntries(
    members.flatMap(([key, { value: method, get, set }]) =>
      [
        ['', method as unknown],
        ['get ', get],
        ['set ', set],
      ]
        .filter(([, member]) => typeof member === 'function')
        .map(([kind, member]) => [
          `${name}: ${kind}${key}`,
          (value: unknown) => Reflect.apply(member as (x: unknown) => unknown, value, [[1, 2]]),
        ]),
    ),
  );
}

/** How a call ended: undefined if well. */
async function ending(call: (value: unknown) => unknown, value: unknown): Promise<unknown> {
  try {
    await call(value);
    return undefined;
  } catch (error) {
    const { name, code, message } = error as { name?: unknown; code?: unknown; message?: unknown };
    const isCoded =
      typeof code === 'string' &&
      (code.startsWith('ERR_CHAINRULE_') || code === 'ABORT_ERR' || code === 'ENOENT') &&
      code !== 'ERR_CHAINRULE_INTERNAL';
    return isCoded && typeof message === 'string' ? undefined : `${String(name)} ${String(code)}: ${String(message)}`;
  }
}

describe('each value that makes no sense works or gets an error with a code', () => {
  it.each(Object.entries(calls))('%s', async (_, call) => {
    const endings: Record<string, unknown> = {};
    for (const [what, value] of nasty) {
      const end = await ending(call, value());
      if (end !== undefined) endings[what] = end;
    }
    expect(endings).toEqual({});
  });
});

it('all exports and methods are among them', () => {
  const functions = Object.entries(chainrule).filter(
    ([, value]) => typeof value === 'function' && !/^class|^info$|^threads$/.test(`${value}`) && !['info', 'threads'].includes(value.name),
  );
  for (const [name] of functions)
    expect(
      Object.keys(calls).some((key) => key.startsWith(`${name}(`)),
      name,
    ).toBe(true);
  const statics = ['fromJSON', 'fromShared', 'load'];
  const methods = Object.getOwnPropertyNames(NeuralNetwork.prototype).filter((key) => key !== 'constructor');
  for (const key of methods)
    expect(
      Object.keys(calls).some((call) => call.startsWith(`NeuralNetwork: `) && call.endsWith(key)),
      key,
    ).toBe(true);
  expect(statics.every((key) => typeof (NeuralNetwork as unknown as Record<string, unknown>)[key] === 'function')).toBe(true);
});

it('errors that the code of the user throws pass through untouched', async () => {
  const mine = new TypeError('mine');
  const throwing = () => {
    throw mine;
  };
  const thrower = Object.defineProperty([1, 2], 0, { get: throwing });
  expect(() => nn.predict(thrower)).toThrow(mine);
  expect(() => toRows([thrower])).toThrow(mine);
  await expect(nn.fit({ [Symbol.iterator]: throwing } as never, { epochs: 1 })).rejects.toBe(mine);
  await expect(nn.fit(() => ({ [Symbol.iterator]: () => ({ next: throwing }) }), { epochs: 1 })).rejects.toBe(mine);
  await expect(nn.fit({ x: [thrower], y: [1] }, { epochs: 1 })).rejects.toBe(mine);
  await expect(
    batcher.predict([1, 2], { signal: { aborted: false, addEventListener: throwing, removeEventListener() {} } as never }),
  ).rejects.toBe(mine);
});
