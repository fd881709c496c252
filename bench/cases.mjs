// The cases: every row of the design's table of goals, and curves. A case is plain data; drivers.mjs says who runs it and how.

/** Floating point operations of a product, of a training step, of a prediction. */
const product = (batch, inputs, units) => 2 * batch * inputs * units;
const layers = (sizes) => sizes.slice(1).map((units, i) => ({ inputs: sizes[i], units }));
const forward = (sizes, batch) => layers(sizes).reduce((sum, { inputs, units }) => sum + product(batch, inputs, units), 0);
// forward, weight gradients, and input gradients of all layers but the first
const step = (sizes, batch) => 3 * forward(sizes, batch) - product(batch, sizes[0], sizes[1]);
const parameters = (sizes) => layers(sizes).reduce((sum, { inputs, units }) => sum + (inputs + 1) * units, 0);

const big = [784, 2048, 2048, 10];

const gemm = (pass, batch, units, inputs, more) => ({
  name: `gemm ${batch}x${units}x${inputs} ${pass}`,
  spec: { kind: 'gemm', pass, batch, inputs, units },
  flops: product(batch, inputs, units),
  unit: 'GFLOP/s',
  roof: 'fma',
  peers: ['openblas'],
  ...more,
});

const clamp = (value, low, high) => Math.min(high, Math.max(low, Math.round(value)));

const train = (sizes, batch, optimizer, more) => {
  // Time is taken in callbacks, which should be rare for what they cost and frequent for samples to be short. So large networks have few
  // batches in an epoch (but more than two: real data sets have hundreds). Small ones have many epochs between two callbacks.
  const batches = clamp(1e9 / step(sizes, batch), 8, 64);
  const callbackEvery = clamp(1e9 / step(sizes, batch) / batches, 1, 1000);
  return {
    name: `train ${sizes.join('-')} batch ${batch} ${optimizer}`,
    spec: { kind: 'train', sizes, batch, batches, optimizer, activation: 'relu', output: 'softmax', callbackEvery },
    flops: step(sizes, batch),
    unit: 'GFLOP/s',
    roof: 'fma',
    peers: ['pytorch'],
    ...more,
  };
};

/** The same in bfloat16, against ourselves: the peak of its instructions is not measured. */
const bf16 = (work) => ({
  ...work,
  name: `${work.name} bf16`,
  spec: { ...work.spec, precision: 'bf16' },
  roof: undefined,
  goal: { ratio: 1.6, over: 'ours-f32' },
  peers: ['ours-f32'],
});

/** The same in WebAssembly, against ourselves and the other one there: the peak of its instructions is not measured. */
const wasm = (work) => ({
  ...work,
  name: `${work.name} in WebAssembly`,
  spec: { ...work.spec, wasm: true },
  unit: 's',
  roof: undefined,
  goal: undefined,
  peers: ['tfjs-wasm', 'ours-native'],
});

const xor = {
  name: 'xor 2-4-1, a full-batch epoch inside fit',
  spec: {
    kind: 'train',
    sizes: [2, 4, 1],
    batch: 4,
    batches: 1,
    optimizer: 'sgd',
    activation: 'sigmoid',
    output: 'sigmoid',
    callbackEvery: 100,
  },
  unit: 's',
  goal: { seconds: 0.3e-6 },
  peers: ['fann', 'synaptic', 'brain.js', 'pytorch', 'tfjs-cpu'],
};

const predict = (sizes, rows, more) => ({
  name: `predict ${sizes.join('-')}, ${rows === 1 ? 'one row' : `${rows} rows`}`,
  spec: { kind: 'predict', sizes, rows, activation: 'relu', output: 'softmax' },
  flops: forward(sizes, rows),
  unit: 's',
  peers: ['onnxruntime'],
  ...more,
});

const onePredict = (sizes, seconds) => predict(sizes, 1, { goal: { seconds }, peers: ['onnxruntime', 'brain.js'] });

/** By a session: ours alone binds its arrays. */
const bound = (sizes, seconds) => {
  const work = onePredict(sizes, seconds);
  return { ...work, name: `${work.name}, by a session`, spec: { ...work.spec, kind: 'session' }, peers: [] };
};

const both = { threads: 'both' };

// Parameters, gradients and Adam's two moments; the samples once as the user's and once as ours; for every unit the activation, its
// gradient and that transposed; and Node itself.
const memoryGoal = 4 * (4 * parameters(big) + 256 * (2 * big[0] + 3 * big.reduce((a, b) => a + b))) + 60e6;

const shapes = [
  { shape: [2048, 2048, 2048], share: 0.9 },
  { shape: [256, 2048, 2048], share: 0.9 },
  { shape: [128, 512, 512], share: 0.9 },
  { shape: [32, 128, 784], share: 0.85 },
  { shape: [32, 64, 64], share: 0.85 },
];
const passes = ['forward', 'dX', 'dW'];

const table = [
  ...shapes.flatMap(({ shape, share }) => passes.map((pass) => gemm(pass, ...shape, { goal: { share } }))),
  train(big, 256, 'sgd', { ...both, goal: { share: [0.85, 0.8] } }),
  train(big, 256, 'adam', { ...both, goal: { share: [0.8, 0.75] } }),
  bf16(train(big, 256, 'sgd', both)),
  bf16(train(big, 256, 'adam', both)),
  train([784, 512, 512, 10], 128, 'sgd', { ...both, goal: { share: [0.88, 0.8] } }),
  train([784, 128, 10], 32, 'sgd', { unit: 's', goal: { share: 0.82 }, peers: ['pytorch', 'tfjs-wasm', 'tfjs-cpu', 'brain.js'] }),
  train([64, 64, 10], 32, 'sgd', { unit: 's', goal: { ratio: 10, over: 'pytorch' }, peers: ['pytorch', 'tfjs-wasm', 'tfjs-cpu'] }),
  wasm(train([784, 128, 10], 32, 'sgd')),
  wasm(train([64, 64, 10], 32, 'sgd')),
  xor,
  onePredict([2, 4, 2], 0.5e-6),
  onePredict([64, 64, 10], 1e-6),
  bound([2, 4, 2], 0.15e-6),
  bound([64, 64, 10], 0.6e-6),
  predict(big, 1, { ...both, bytes: 4 * parameters(big), roof: 'read', goal: { share: 0.8 } }),
  predict(big, 256, { ...both, roof: 'fma', goal: { ratio: 1.3, over: 'onnxruntime' } }),
  {
    name: `memory: peak of training ${big.join('-')} batch 256 adam`,
    spec: { ...train(big, 256, 'adam').spec, kind: 'memory', batches: 1, callbackEvery: 1 },
    unit: 'bytes',
    goal: { bytes: memoryGoal },
    peers: ['pytorch'],
  },
  {
    name: "start: require('chainrule'), on top of an empty process",
    spec: { kind: 'require' },
    unit: 's',
    goal: { seconds: 15e-3 },
    peers: ['node -e 0'],
  },
];

// Cliffs are looked for around the sizes of vectors, tiles and blocks.
const batches = [1, 2, 3, 4, 6, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48, 64, 128, 256, 512];
const widths = [8, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024, 2048, 4096];
const narrow = [1, 2, 3, 4, 5, 8, 10, 12, 15, 16, 17, 20, 31, 32, 33];

const curve = (group, axis, series, at, of) => ({ ...of, name: `${group}: ${axis} ${at}, ${series}`, curve: { group, axis, at, series } });

const curves = [
  ...batches.flatMap((n) => passes.map((pass) => curve('curve gemm 512x512 over batch', 'batch', pass, n, gemm(pass, n, 512, 512)))),
  ...narrow.flatMap((n) =>
    passes.map((pass) => curve('curve gemm 512 inputs, batch 128, over units', 'units', pass, n, gemm(pass, 128, n, 512))),
  ),
  ...widths.flatMap((n) => passes.map((pass) => curve('curve gemm square, batch 32, over width', 'width', pass, n, gemm(pass, 32, n, n)))),
  ...batches.flatMap((n) => [
    curve('curve network over batch', 'batch', 'train 784-512-512-10', n, train([784, 512, 512, 10], n, 'sgd')),
    curve(
      'curve network over batch',
      'batch',
      'predict 784-512-512-10',
      n,
      predict([784, 512, 512, 10], n, { unit: 'GFLOP/s', roof: 'fma' }),
    ),
  ]),
  ...widths.flatMap((n) => [
    curve('curve network over width, batch 32', 'width', 'train n-n-n-10', n, train([n, n, n, 10], 32, 'sgd')),
    curve(
      'curve network over width, batch 32',
      'width',
      'predict n-n-n-10',
      n,
      predict([n, n, n, 10], 32, { unit: 'GFLOP/s', roof: 'fma' }),
    ),
  ]),
];

/** The cases to run, one for each number of threads where that matters. `threads` are those asked for, ascending. */
export function selectCases({ only, withCurves, threads }) {
  const chosen = [...table, ...(withCurves ? curves : [])].filter(({ name }) => only.test(name));
  return chosen.flatMap(({ threads: which, goal, ...rest }) =>
    (which === 'both' ? threads : [1]).map((count) => ({ ...rest, threads: count, goal: goalFor(goal, count) })),
  );
}

/** A share can be two: for one thread, and for more. */
const goalFor = (goal, threads) => (Array.isArray(goal?.share) ? { share: goal.share[threads === 1 ? 0 : 1] } : goal);
