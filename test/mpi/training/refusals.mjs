// Trainings that a group refuses, and errors of one rank: each rank prints the error that it gets. The group goes on after all of them.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { batchNorm, dense, dropout, NeuralNetwork, normalize } from 'chainrule';
import { mpi } from 'chainrule/mpi';
import { answer, inputs, makeRows, partOf, samples } from './cases.mjs';

const rows = makeRows(200);
const network = { inputSize: inputs, layers: [dense(9, 'tanh'), dense(3, 'softmax')], loss: 'crossEntropy', seed: 4 };
const everything = { begin: 0, end: 200 };
const labels = { labels: true };

/** A group in which rank 1 has another version for the others, and they for it. The texts are equally long. */
function otherVersion(group) {
  if (group.rank !== 1) return group;
  const changed = (bytes) =>
    Buffer.from(
      Buffer.from(bytes)
        .toString('latin1')
        .replace(/"version":"\d/, '"version":"9'),
      'latin1',
    );
  const exchange = async (partner, bytes) => changed(await group.exchange(partner, changed(bytes)));
  return Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(group), exchange: { value: exchange } });
}

const thrown = (message) => {
  throw new Error(message);
};

/** Each: what a rank gives instead of the usual network, data and options. `first` is whether it is rank 0. */
const refusals = {
  version: ({ group }) => ({ fit: { group: otherVersion(group) } }),
  options: ({ first }) => ({ fit: { batchSize: first ? 64 : 32 } }),
  optimizer: ({ first }) => ({ fit: { optimizer: { type: 'sgd', momentum: first ? 0.9 : 0.8 } } }),
  layers: ({ first }) => ({ network: { ...network, layers: [dense(first ? 9 : 10, 'tanh'), dense(3, 'softmax')] } }),
  seed: ({ first }) => ({ network: { ...network, seed: first ? 4 : 5 } }),
  weights: ({ first }) => ({
    change: (nn) => {
      if (!first) nn.layers[0].bias = new Float32Array(9).fill(1);
    },
  }),
  callbacks: ({ first }) => ({ fit: first ? {} : { onBatch: () => {} } }),
  checkpoints: ({ first, folder }) => ({ fit: first ? { checkpoint: { path: path.join(folder, 'one') } } : {} }),
  'targets of another kind': ({ first, part }) =>
    first ? {} : { data: { ...samples(rows, part, labels), y: { data: new Float32Array(3 * 100).fill(1 / 3), shape: [100, 3] } } },
  'weights of rows': ({ first, part }) => ({ data: samples(rows, part, { ...labels, weighted: first }) }),
  validation: ({ first }) => ({ fit: { validation: samples(rows, { begin: first ? 0 : 1, end: first ? 50 : 51 }, labels) } }),
  'no validation': ({ first }) => ({ fit: first ? { validation: samples(rows, { begin: 0, end: 50 }, labels) } : {} }),
  'a stream and samples': ({ first, part }) => (first ? { fit: { batchSize: undefined }, data: [samples(rows, part, labels)] } : {}),
  'all rows': () => ({ data: samples(rows, everything, labels) }),
  'another share': ({ first, part: { begin, end } }) => ({
    data: samples(rows, first ? { begin, end: end - 1 } : { begin: begin - 1, end }, labels),
  }),
  'all rows on one rank': ({ first, part }) => ({ data: samples(rows, first ? part : everything, labels) }),
  'a stream that ends early': ({ first, part }) => ({
    fit: { batchSize: undefined },
    data: () => Array.from({ length: first ? 3 : 2 }, () => samples(rows, part, labels)),
  }),
  'other shares of a batch': ({ first, part: { begin, end } }) => ({
    fit: { batchSize: undefined },
    data: () => [samples(rows, { begin, end }, labels), samples(rows, { begin, end: first ? end : end - 7 }, labels)],
  }),
  'few rows of a batch': ({ part: { begin } }) => ({
    fit: { batchSize: undefined },
    network: { ...network, layers: [dense(9), batchNorm(), dense(3, 'softmax')] },
    data: () => [samples(rows, { begin, end: begin + 15 }, labels)],
  }),
  'few rows of the last batch': ({ part }) => ({
    network: { ...network, layers: [dense(9), batchNorm(), dense(3, 'softmax')] },
    data: samples(rows, part, labels),
  }),
  shards: () => ({ fit: { shards: 1 } }),
  validationSplit: () => ({ fit: { validationSplit: 0.2 } }),
  lbfgs: () => ({ fit: { optimizer: 'lbfgs', batchSize: undefined } }),
  balanced: () => ({ fit: { classWeight: 'balanced' } }),
  'a metric without validation': () => ({ fit: { metrics: ['f1'] } }),
  'a monitor of training': () => ({
    fit: { metrics: ['f1'], validation: samples(rows, { begin: 0, end: 50 }, labels), earlyStopping: { monitor: 'f1' } },
  }),
  normalize: () => ({ network: { ...network, layers: [normalize(), ...network.layers] } }),
  'a checkpoint that one rank does not see': ({ first, folder }) => ({
    fit: { checkpoint: { path: path.join(folder, first ? 'seen' : 'unseen'), resume: true } },
  }),
  'a checkpoint with other weights on one rank': ({ first, folder }) => ({
    fit: { checkpoint: { path: path.join(folder, first ? 'seen' : 'others'), resume: true } },
  }),
  'a checkpoint of another training on one rank': ({ first, folder }) => ({
    fit: { checkpoint: { path: path.join(folder, first ? 'seen' : 'other'), resume: true } },
  }),
  'a folder that one rank does not have': ({ first, folder }) => ({
    fit: { checkpoint: { path: path.join(folder, first ? 'some' : 'nowhere/some') } },
  }),
  'a number that is not finite': ({ first, part }) => {
    const data = samples(rows, part, labels);
    if (!first) data.x.data = Float64Array.from(data.x.data).fill(Number.NaN, 5, 6);
    return { data };
  },
  'a class that there is not': ({ first, part }) => {
    const data = samples(rows, part, labels);
    if (!first) data.y = Int32Array.from(data.y).fill(3, 5, 6);
    return { data, fit: { classWeight: [1, 2, 1] } };
  },
  'a signal before the start': ({ first }) => ({ fit: first ? {} : { signal: AbortSignal.abort() } }),
  'an error in onEpoch': ({ first }) => ({ fit: { onEpoch: () => first || thrown('mine') } }),
  'an error in onBatch': ({ first }) => ({ fit: { onBatch: async () => first || thrown('mine') } }),
  'an error in a metric': ({ first }) => ({
    fit: {
      metrics: [{ name: 'mine', value: () => (first ? 1 : thrown('mine')) }],
      validation: samples(rows, { begin: 0, end: 50 }, labels),
    },
  }),
  'an error of a stream': ({ first, part }) => ({
    fit: { batchSize: undefined },
    data: function* () {
      for (let index = 0; index < 4; index++) yield first || index < 2 ? samples(rows, part, labels) : thrown('mine');
    },
  }),
  'an error of a stream, and onBatch': ({ first, part }) => ({
    fit: { batchSize: undefined, onBatch: () => {} },
    data: function* () {
      for (let index = 0; index < 4; index++) yield first || index < 2 ? samples(rows, part, labels) : thrown('mine');
    },
  }),
  'a batch that is none': ({ first, part }) => ({
    fit: { batchSize: undefined },
    data: () => [samples(rows, part, labels), first ? samples(rows, part, labels) : { x: [[1, 2]], y: [1] }],
  }),
};

const usual = { epochs: 2, batchSize: 64, warnings: false };

async function attempt(name, place) {
  const { group } = place;
  const given = refusals[name](place);
  const nn = new NeuralNetwork(given.network ?? network);
  given.change?.(nn);
  return nn.fit(given.data ?? samples(rows, place.part, labels), { ...usual, group, ...given.fit });
}

const placeOf = (group, folder) => ({ group, first: group.rank === 0, part: partOf(group, 200), folder });

export async function all(folder) {
  const group = await mpi({ timeout: 20 });
  mkdirSync(folder, { recursive: true });
  const place = placeOf(group, folder);
  if (place.first) {
    const save = (nn, file) =>
      nn.fit(samples(rows, everything, labels), {
        ...{ ...usual, shards: 16, epochs: 1 },
        checkpoint: { path: path.join(folder, file) },
      });
    await save(new NeuralNetwork(network), 'seen');
    const nn = new NeuralNetwork(network);
    nn.layers[0].bias = new Float32Array(9).fill(1);
    await save(nn, 'others');
    await save(new NeuralNetwork({ ...network, layers: [dropout(0.1), ...network.layers] }), 'other');
  }
  await group.barrier();
  const found = {};
  for (const name of Object.keys(refusals)) {
    const begin = performance.now();
    found[name] = await attempt(name, place).then(
      () => 'nothing',
      ({ code, message }) => `${code}: ${message}`,
    );
    if (performance.now() - begin > 5000) found[name] += ' (late)';
  }
  const { loss } = await new NeuralNetwork(network).fit(samples(rows, place.part, labels), { ...usual, group });
  found['nothing wrong'] = loss.length === 2 ? 'trained' : 'not trained';
  await answer(group, found);
}

/** One of them that nothing catches. */
export async function one(folder, name) {
  const group = await mpi({ timeout: 20 });
  await attempt(name, placeOf(group, folder));
}
