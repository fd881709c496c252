// Trainings that print their bits.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { dense, info, NeuralNetwork } from 'chainrule';
import { mpi } from 'chainrule/mpi';
import { answer, cases, hashOf, makeRows, partOf, samples, shared, train } from './cases.mjs';

const open = async (how) => (how === 'alone' ? undefined : mpi({ timeout: 20 }));

export async function all(how) {
  const group = await open(how);
  const found = {};
  for (const name of Object.keys(cases)) found[name] = hashOf(await train(name, group));
  await answer(group, { bits: found, isa: info().isa });
}

/** Each rank has its part of each batch. */
const batchSizes = [64, 33, 48, 20, 64];
const network = { inputSize: 13, layers: [dense(21, 'tanh'), dense(2)], seed: 3 };
const all2 = makeRows(400);

function* batches(group, shift = 0) {
  let first = 0;
  for (const rows of batchSizes) {
    const { begin, end } = partOf(group, rows);
    yield samples(all2, { begin: first + begin + shift, end: first + end + shift }, { weighted: true });
    first += rows;
  }
}

const streams = {
  'an epoch is the stream': { data: (group) => (epoch) => batches(group, epoch), fit: { epochs: 3, metrics: ['mae'] } },
  'endless, with a schedule': {
    data: (group) =>
      async function* () {
        for (;;) yield* batches(group);
      },
    fit: {
      epochs: 4,
      stepsPerEpoch: 3,
      accumulate: 2,
      clipNorm: 0.1,
      optimizer: { type: 'adam', learningRate: { type: 'oneCycle', peak: 0.01 } },
    },
  },
  'with validation': {
    data: (group) => () => batches(group),
    fit: { epochs: 3, validation: samples(all2, { begin: 300, end: 400 }), metrics: ['r2'], earlyStopping: { patience: 2 } },
  },
};

export async function allStreams(how) {
  const group = await open(how);
  const found = {};
  for (const [name, { data, fit }] of Object.entries(streams)) {
    const nn = new NeuralNetwork(network);
    const losses = [];
    const onBatch = ({ loss }) => void losses.push(loss);
    const history = await nn.fit(data(group), { ...fit, ...shared(group), onBatch, warnings: false });
    found[name] = hashOf({ nn, history: { ...history, losses } });
  }
  await answer(group, found);
}

/** Trainings with checkpoints in a folder, up to an epoch: their bits, and those after the epochs where they have been stopped. */
const resumable = ['plain', 'batchNorm, dropout and noise', 'clipping, accumulation and an average', 'early stopping', 'schedules'];

export async function upTo(how, folder, epoch) {
  const group = await open(how);
  mkdirSync(folder, { recursive: true });
  const found = {};
  for (const name of resumable) {
    const checkpoint = { path: path.join(folder, name), resume: true };
    const onEpoch = (info) => info.epoch < Number(epoch) || group?.rank !== 0;
    const change = { epochs: 6, checkpoint, onEpoch };
    // It would end earlier than the others.
    if (name === 'early stopping') Object.assign(change, { earlyStopping: { patience: 3, restoreBest: true } });
    // f1 is a column of one process only.
    if (name === 'early stopping') change.metrics = ['accuracy'];
    found[name] = hashOf(await train(name, group, change));
  }
  const stream = new NeuralNetwork(network);
  const history = await stream.fit((epoch) => batches(group, epoch), {
    ...{ epochs: 6, ...shared(group), warnings: false },
    checkpoint: { path: path.join(folder, 'stream'), resume: true },
    onEpoch: (info) => info.epoch < Number(epoch),
  });
  found.stream = hashOf({ nn: stream, history });
  await answer(group, found);
}
