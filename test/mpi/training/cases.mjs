// Trainings whose bits must not depend on the number of processes. Each is a network, rows and options.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { activation, batchNorm, dense, dropout, gaussianNoise, layerNorm, members, NeuralNetwork, residual } from 'chainrule';

/** Integers only: the same numbers everywhere. */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

export const inputs = 13;
export const classes = 3;

/** All rows: x, class indices, targets of a regression, and weights. Column 0 has whole numbers from 0 to 4 where the inputs are to have a category. */
export function makeRows(count, { categories = false } = {}) {
  const random = randomNumbers(7);
  const fill = (length) => Float64Array.from({ length }, () => (random(2 ** 20) - 2 ** 19) / 2 ** 18);
  const x = fill(count * inputs);
  if (categories) for (let row = 0; row < count; row++) x[row * inputs] = random(5);
  return {
    count,
    x,
    labels: Int32Array.from({ length: count }, (_, row) => (x[row * inputs + 1] > 0.3 ? 2 : x[row * inputs + 2] > 0 ? 1 : 0)),
    y: fill(count * 2),
    weights: Float64Array.from({ length: count }, (_, row) => 1 + (row % 3)),
  };
}

/** The rows from `begin` to `end` as `fit` takes them. */
export function samples(rows, { begin, end }, { labels = false, weighted = false } = {}) {
  const x = { data: rows.x.subarray(begin * inputs, end * inputs), shape: [end - begin, inputs] };
  const y = labels ? rows.labels.subarray(begin, end) : { data: rows.y.subarray(begin * 2, end * 2), shape: [end - begin, 2] };
  return { x, y, ...(weighted && { sampleWeight: rows.weights.subarray(begin, end) }) };
}

/** The part of a rank; without a group, everything. */
export const partOf = (group, count) => group?.slice(count) ?? { begin: 0, end: count };

const regression = (...hidden) => ({ inputSize: inputs, layers: [...hidden, dense(2)], seed: 5 });
const classifier = (...hidden) => ({ inputSize: inputs, layers: [...hidden, dense(classes, 'softmax')], loss: 'crossEntropy', seed: 6 });

/** Squared errors, as a user writes them. */
const squares = {
  value: (outputs, targets) => outputs.reduce((sum, output, i) => sum + (output - targets[i]) ** 2, 0),
  gradient(outputs, targets, gradient) {
    for (let i = 0; i < outputs.length; i++) gradient[i] = 2 * (outputs[i] - targets[i]);
  },
};

/** Rows that no number of ranks divides. */
const uneven = 301;
const usual = { epochs: 3, batchSize: 64, warnings: false };

export const cases = {
  plain: { network: classifier(dense(37, 'tanh'), dense(20, 'relu')), data: { labels: true }, fit: { metrics: ['accuracy'] } },
  'double precision': {
    network: { ...regression(dense(37, 'tanh')), precision: 'f64' },
    fit: { optimizer: 'sgd', metrics: ['mse', 'mae'] },
  },
  'batchNorm, dropout and noise': {
    network: classifier(gaussianNoise(0.1), dense(32), batchNorm(), activation('relu'), dropout(0.2), dense(18, 'gelu'), dropout(0.1)),
    data: { labels: true },
  },
  'batchNorm in double precision': { network: { ...regression(dense(17), batchNorm(), activation('silu')), precision: 'f64' } },
  inputs: {
    network: {
      inputs: [
        { type: 'categorical', columns: 1, categories: 5, width: 3 },
        { type: 'periodic', columns: 4, frequencies: 5, width: 4, sigma: 0.3 },
        { type: 'numeric', columns: 8 },
      ],
      layers: [dense(24, 'relu'), dense(2)],
      seed: 8,
    },
    rows: { categories: true },
  },
  members: { network: regression(dense(16, 'relu'), members(4), dense(16, 'relu', { perMember: 'scales' }), dropout(0.1)) },
  'members with weights of their own': {
    network: { ...regression(members(2), dense(11, 'tanh', { perMember: 'weights' })), precision: 'f64' },
  },
  residual: { network: regression(dense(20), residual([layerNorm(), dense(20, 'gelu'), dropout(0.1)]), layerNorm()) },
  'weights of rows': { network: regression(dense(21, 'tanh')), data: { weighted: true }, fit: { metrics: ['mae'] } },
  'weights of classes': {
    network: classifier(dense(21, 'tanh')),
    data: { labels: true, weighted: true },
    fit: { classWeight: [1, 2, 0.5], metrics: ['accuracy'] },
  },
  'clipping, accumulation and an average': {
    network: regression(dense(21, 'tanh')),
    fit: { accumulate: 3, clipNorm: 0.2, ema: { decay: 0.9 }, optimizer: 'adamw' },
  },
  'a clipped value and dropLast': {
    network: regression(dense(21, 'tanh')),
    fit: { clipValue: 0.01, dropLast: true, optimizer: 'rmsprop' },
  },
  'a loss of its own': { network: { ...regression(dense(9, 'tanh')), loss: squares } },
  'rows in their order': { network: regression(dense(21, 'tanh')), fit: { shuffle: false } },
  'few rows': { network: regression(dense(21, 'tanh')), rows: { count: 37 }, fit: { batchSize: 32 } },
  'one batch of few rows': { network: regression(dense(21, 'tanh')), rows: { count: 19 }, fit: { batchSize: 32 } },
  schedules: {
    network: regression(dense(21, 'tanh'), dropout(0.4)),
    fit: {
      optimizer: { type: 'adam', learningRate: { type: 'cosine', initial: 0.01, per: 'step' } },
      dropoutSchedule: { type: 'cosine', initial: 1 },
    },
  },
  'early stopping': {
    network: classifier(dense(21, 'tanh')),
    data: { labels: true },
    validation: 70,
    fit: {
      epochs: 12,
      earlyStopping: { patience: 1, restoreBest: true },
      optimizer: { type: 'adam', learningRate: 0.1 },
      metrics: ['accuracy', 'f1'],
    },
  },
  'large layers': { network: regression(dense(400, 'relu'), dense(350, 'relu')), fit: { epochs: 1, batchSize: 256 } },
};

/** Trains one of them. `change` are options that change no bits. */
export async function train(name, group, change = {}) {
  const { network, rows = {}, data = {}, fit = {}, validation } = cases[name];
  const nn = new NeuralNetwork(network);
  const { count = uneven, ...kind } = rows;
  const all = makeRows(count, kind);
  const held = validation && samples(makeRows(count + validation), { begin: count, end: count + validation }, data);
  const own = samples(all, partOf(group, count), data);
  const history = await nn.fit(own, { ...usual, ...fit, ...(held && { validation: held }), ...shared(group), ...change });
  return { nn, history };
}

/** The options of a training in a group, and of one process with the same bits. */
export const shared = (group, shards = 16) => (group === undefined ? { shards } : { group });

/** A hash of weights and history. */
export function hashOf({ nn, history }) {
  const { seconds, f1, ...columns } = history; // in a group, f1 is measured on validation data only
  const hash = createHash('sha256').update(JSON.stringify(columns));
  for (const { data } of nn.layers.flatMap(({ parameters }) => Object.values(parameters)))
    hash.update(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  hash.update(nn.toBytes()); // the inputs' parameters are in no layer
  return hash.digest('hex').slice(0, 16);
}

/** Writes what a rank has found into the folder of the test, and closes the group. Lines of several ranks could be torn apart. */
export async function answer(group, found) {
  writeFileSync(path.join(process.env.CHAINRULE_TEST_ANSWERS, `${group?.rank ?? 0}.json`), JSON.stringify(found));
  await group?.close();
}
