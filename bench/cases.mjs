// The cases: every row of the design's table of goals, and curves. A case is plain data; drivers.mjs says who runs it and how.
import { curves } from './cases/curves.mjs';
import { dataCases } from './cases/data.mjs';
import { trainingCases } from './cases/training.mjs';
import { ahead, bf16, both, bound, embedding, gemm, parameters, predict, residual, step, train, wasm } from './cases/work.mjs';

const big = [784, 2048, 2048, 10];

/** The core that goals in seconds are meant for: one of Zen 5 at full width. */
export const goalCore = 247e9;

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
  goals: [{ seconds: 0.2e-6 }],
  peers: ['fann', 'synaptic', 'brain.js', 'pytorch', 'tfjs-cpu'],
};

const one = (sizes, seconds) => predict(sizes, 1, { goals: [{ seconds }], peers: ['onnxruntime', 'brain.js'] });

// Parameters, gradients and Adam's two moments; the samples once as the user's and once as ours; for every unit the activation, its
// gradient and that transposed; and Node itself.
const memoryGoal = 4 * (4 * parameters(big) + 256 * (2 * big[0] + 3 * big.reduce((a, b) => a + b))) + 60e6;

const shapes = [
  { shape: [2048, 2048, 2048], shares: [0.92, 0.9, 0.9] },
  { shape: [256, 2048, 2048], shares: [0.92, 0.92, 0.92] },
  { shape: [128, 512, 512], shares: [0.92, 0.92, 0.92] },
  { shape: [32, 128, 784], shares: [0.85, 0.85, 0.85] },
  { shape: [32, 64, 64], shares: [] },
];
const products = shapes.flatMap(({ shape, shares }) =>
  ['forward', 'dX', 'dW'].map((pass, i) =>
    gemm(pass, ...shape, { goals: [...(shares[i] ? [{ share: shares[i] }] : []), ahead('openblas')] }),
  ),
);

/** A share for one thread; one for more, and there a ratio. */
const shares = (one, more, ...ratios) => ({ one: [{ share: one }], more: [{ share: more }, ...ratios] });

const digits = [784, 128, 10];
/** 70 us on the core that goals are meant for: as a share of its peak, it says something about others, too. */
const digitsShare = step(digits, 32) / 70e-6 / goalCore;

const table = [
  ...products,
  train(big, 256, 'sgd', { ...both, goals: shares(0.9, 0.86, { ratio: 1.4, over: 'pytorch' }) }),
  train(big, 256, 'adam', { ...both, goals: shares(0.86, 0.8, { ratio: 1.4, over: 'pytorch' }) }),
  bf16(train(big, 256, 'sgd', both)),
  bf16(train(big, 256, 'adam', both)),
  train([784, 512, 512, 10], 128, 'sgd', { ...both, goals: shares(0.9, 0.82) }),
  train(digits, 32, 'sgd', { unit: 's', goals: [{ share: digitsShare }], peers: ['pytorch', 'tfjs-wasm', 'tfjs-cpu', 'brain.js'] }),
  train([64, 64, 10], 32, 'sgd', { unit: 's', goals: [{ seconds: 4.5e-6 }], peers: ['pytorch', 'tfjs-wasm', 'tfjs-cpu'] }),
  ...['sgd', 'adam'].flatMap((optimizer) => [
    residual(512, 128, optimizer),
    embedding({ columns: 8, categories: 1000, width: 32 }, 256, 256, optimizer),
  ]),
  wasm(train(digits, 32, 'sgd')),
  wasm(train([64, 64, 10], 32, 'sgd')),
  xor,
  ...dataCases,
  ...trainingCases,
  one([2, 4, 2], 0.12e-6),
  one([64, 64, 10], 1e-6),
  bound(one([2, 4, 2], 0.1e-6)),
  bound(one([64, 64, 10], 0.6e-6)),
  predict(big, 1, { ...both, bytes: 4 * parameters(big), roof: 'read', goals: [{ share: 0.9 }] }),
  predict(big, 256, { ...both, roof: 'fma', goals: shares(0.92, 0.85, { ratio: 1.3, over: 'onnxruntime' }) }),
  {
    name: `memory: peak of training ${big.join('-')} batch 256 adam`,
    spec: { ...train(big, 256, 'adam').spec, kind: 'memory', batches: 1, callbackEvery: 1 },
    unit: 'bytes',
    goals: [{ bytes: memoryGoal }],
    peers: ['pytorch'],
  },
  {
    name: 'csv: 200,000 rows x 30 columns of a file, to typed columns',
    spec: { kind: 'csv', parser: 'ours', way: 'default', rows: 200_000, columns: 30 },
    unit: 's',
    goals: [ahead('udsv')],
    peers: ['udsv', 'papaparse', 'csv-parse'],
  },
  {
    name: "start: require('chainrule'), on top of an empty process",
    spec: { kind: 'require' },
    unit: 's',
    goals: [{ seconds: 15e-3 }],
    peers: ['node -e 0'],
  },
];

/** The goals of a case on a number of threads: some differ between one and more. */
const goalsFor = (goals = [], threads) => (Array.isArray(goals) ? goals : threads === 1 ? goals.one : goals.more);

/** The cases to run, one for each number of threads where that matters. `threads` are those asked for, ascending. */
export function selectCases({ only, withCurves, threads }) {
  const chosen = (withCurves ? curves : table).filter(({ name }) => only.test(name));
  return chosen.flatMap(({ threads: which, goals, ...rest }) =>
    (which === 'both' ? threads : [1]).map((count) => ({ ...rest, threads: count, goals: goalsFor(goals, count) })),
  );
}
