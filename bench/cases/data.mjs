// Data of real size: more than caches hold, in shared memory, shuffled in every epoch. And what it takes until work on such data begins.
import { both, forward, step, train } from './work.mjs';

const thousand = (rows) => rows.toLocaleString('en-US');

/** A step within 5 % of one on batches that stay in the caches, which is the peer. */
const asResident = { ratio: 1 / 1.05, over: 'ours-resident' };

const large = (rows, work) => {
  const { batch, batches } = work.spec;
  return {
    ...work,
    name: `${work.name}, ${thousand(rows)} rows`,
    // Few batches take as many epochs between two callbacks as one epoch of all has steps: the shorter a sample, the better its best.
    spec: { ...work.spec, rows, callbackEvery: Math.max(1, Math.round(rows / batch / batches)) },
    ...{ goals: [asResident], peers: ['ours-resident', 'pytorch'], ...both },
  };
};

/** An epoch with validation and a metric, against the same training without. All that validation adds is a forward pass of its rows. */
const validated = (sizes, batch, rows, validation) => {
  const training = (step(sizes, batch) / batch) * rows;
  const flops = training + forward(sizes, validation);
  return {
    name: `epoch of ${sizes.join('-')} batch ${batch} sgd, ${thousand(rows)} rows, ${thousand(validation)} more to validate, accuracy`,
    spec: { ...train(sizes, batch, 'sgd').spec, rows, validation, wholeEpochs: true },
    ...{ flops, unit: 's', roof: 'fma', peers: ['ours-plain'], ...both },
    goals: [{ ratio: (0.95 * training) / flops, over: 'ours-plain' }],
  };
};

const [rows, columns] = [60_000, 784];
const asCopy = { share: 0.5 };
const gap = { gap: 10e-3 };
const sources = {
  float32: { text: 'floats', goals: [asCopy] },
  uint8: { text: 'bytes', goals: [asCopy] },
  float64: { text: 'doubles', goals: [asCopy] },
  shared: { text: 'floats in shared memory', goals: [asCopy, gap] },
  rows: { text: 'rows of numbers', goals: [gap] },
};
/** Compared with a copy of the floats by as many threads, into fresh memory: a share of 50 % takes twice as long. */
const intake = (source) => ({
  name: `intake: fit until its first step, ${thousand(rows)} x ${columns} ${sources[source].text}`,
  spec: { kind: 'intake', source, call: 'fit', rows, columns },
  ...{ bytes: 4 * rows * columns, unit: 's', roof: 'copy', goals: sources[source].goals, peers: [], ...both },
});

/** The whole call of another one: its work is the larger part, so only the gaps of the event loop say something about intake. */
const whole = (call) => ({
  ...intake('shared'),
  name: `intake: ${call}, ${thousand(rows)} x ${columns} ${sources.shared.text}`,
  spec: { kind: 'intake', source: 'shared', call, rows, columns },
  ...{ roof: undefined, goals: [gap] },
});

export const dataCases = [
  large(60_000, train([784, 128, 10], 32, 'sgd', { unit: 's' })),
  large(60_000, train([784, 512, 512, 10], 128, 'sgd')),
  large(1_000_000, train([30, 64, 64, 1], 256, 'adam', { unit: 's' })),
  validated([784, 128, 10], 32, 60_000, 10_000),
  ...Object.keys(sources).map(intake),
  ...['predictAsync', 'evaluate'].map(whole),
];
