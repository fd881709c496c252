// Options of a training step, against the same training without them; and streams.
import { both, train } from './work.mjs';

/** `fit` has these options; or the samples have weights. The peer is ours without. */
const costing = (work, text, change, most) => ({
  ...work,
  name: `${work.name}, ${text}`,
  spec: { ...work.spec, ...change },
  ...{ goals: [{ ratio: 1 / (1 + most), over: 'ours-plain' }], peers: ['ours-plain'], ...both },
});

const big = train([784, 2048, 2048, 10], 256, 'sgd');
const digits = train([784, 128, 10], 32, 'sgd', { unit: 's' });

/** Ten gigabytes, of which no more than a few batches may be in memory at a time: Node itself has some 60 MB. */
const stream = (rows, sizes, batch) => ({
  name: `memory: a stream of ${((4e-9 * rows * sizes[0]) | 0).toFixed(0)} GB, ${sizes.join('-')} batch ${batch}`,
  spec: { ...train(sizes, batch, 'sgd').spec, kind: 'stream', streamed: rows },
  ...{ unit: 'bytes', goals: [{ bytes: 200e6 }], peers: [] },
});

export const trainingCases = [
  costing(big, 'clipNorm', { fit: { clipNorm: 1 } }, 0.06),
  costing(big, 'ema', { fit: { ema: { decay: 0.999 } } }, 0.04),
  costing(big, '16 shards', { fit: { shards: 16 } }, 0.03),
  costing(digits, 'sampleWeight', { weighted: true }, 0.01),
  stream(3_200_000, [784, 128, 10], 256),
];
