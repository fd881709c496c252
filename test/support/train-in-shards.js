'use strict';
// Trains networks whose batches are cut into shards, and prints the SHA-256 of the bits that came out, as JSON: what
// goldens/shards.json holds. With the instruction set that CHAINRULE_ISA names and CHAINRULE_NUM_THREADS threads; the bits may depend on
// neither. Other programs train the same cases by several processes.
const { createHash } = require('node:crypto');
const package_ = process.env.CHAINRULE_TEST_PACKAGE ?? '../../dist';
const { activation, batchNorm, dense, dropout, gaussianNoise, layerNorm, NeuralNetwork, residual, scale } = require(package_);

/** Integers only: the same data on every platform. */
function makeRandom(seed) {
  let state = seed >>> 0;
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

/** x[rows, columns]; the last `categorical` columns are categories from 0 to 6. */
function makeX(rows, columns, categorical, random) {
  const number = (column) => (column < columns - categorical ? (random(2 ** 20) - 2 ** 19) / 2 ** 18 : random(7));
  return { data: Float64Array.from({ length: rows * columns }, (_, i) => number(i % columns)), shape: [rows, columns] };
}

// Parts are not of one size, the last batch is short, and no width is a multiple of anything. The products of the first two are large
// enough to be shared out.
const cases = {
  /** Classes: all kinds of inputs, and of sums over rows. */
  classes: {
    network: {
      inputs: [
        { type: 'numeric', columns: 49 },
        { type: 'periodic', columns: 3, frequencies: 5, width: 3, sigma: 0.5 },
        { type: 'categorical', categories: 7, width: 4 },
      ],
      layers: [
        ...[dense(131, 'gelu'), batchNorm(), dropout(0.2)],
        ...[residual([layerNorm(), dense(131, 'silu'), dropout(0.1), dense(131)]), scale(), dense(7, 'softmax')],
      ],
      loss: { type: 'crossEntropy', labelSmoothing: 0.1 },
      seed: 2 ** 40 + 7,
    },
    data() {
      const random = makeRandom(1);
      const x = makeX(250, 53, 1, random);
      return { x, y: Int32Array.from({ length: 250 }, () => random(7)) };
    },
    fit: {
      ...{ epochs: 3, batchSize: 96, accumulate: 2, clipNorm: 0.5, ema: { decay: 0.75 }, metrics: ['accuracy'] },
      classWeight: [1, 2, 1, 0.5, 1, 3, 1],
      optimizer: { type: 'adamw', learningRate: 0.003 },
    },
  },
  /** Numbers: steps that are part of the product. */
  numbers: {
    network: {
      inputSize: 517,
      layers: [gaussianNoise(0.1), dense(257, 'relu'), activation('tanh'), dropout(0.25), layerNorm(), dense(3)],
      loss: 'huber',
      seed: 9,
    },
    data() {
      const random = makeRandom(2);
      const x = makeX(133, 517, 0, random);
      const y = { data: Float64Array.from({ length: 133 * 3 }, () => (random(2 ** 20) - 2 ** 19) / 2 ** 18), shape: [133, 3] };
      return { x, y, sampleWeight: Float64Array.from({ length: 133 }, () => random(4)) };
    },
    fit: { epochs: 2, batchSize: 48, metrics: ['mae'], optimizer: { type: 'sgd', learningRate: 0.01 } },
  },
  /** A tiny network, with momentum. */
  tiny: {
    network: { inputSize: 3, layers: [dense(17, 'tanh'), dense(1)], seed: 4 },
    data() {
      const random = makeRandom(3);
      const x = makeX(67, 3, 0, random);
      return { x, y: Float64Array.from({ length: 67 }, (_, row) => x.data[3 * row] * x.data[3 * row + 1]) };
    },
    fit: { epochs: 20, batchSize: 16, dropLast: true, optimizer: { type: 'sgd', learningRate: 0.05, momentum: 0.9, nesterov: true } },
  },
};

const shards = [1, 2, 16];

/** Trains the network of a case. `more` are further options of `fit`, and `rows` takes a part of the data. */
async function trained({ network, data, fit }, more, { precision = 'f32', rows = (all) => all } = {}) {
  const nn = new NeuralNetwork({ ...network, precision });
  const history = await nn.fit(rows(data()), { ...fit, ...more, warnings: false });
  return { nn, history };
}

/** The bits of all tensors, those that are measured included, and of all columns of the history but the seconds. */
function hash({ nn, history: { seconds, ...columns } }) {
  const sha = createHash('sha256');
  const add = ({ buffer, byteOffset, byteLength }) => sha.update(new Uint8Array(buffer, byteOffset, byteLength));
  for (const { parameters } of [...nn.inputs, ...nn.layers]) for (const { data } of Object.values(parameters)) add(data);
  for (const [name, values] of Object.entries(columns).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (Array.isArray(values)) add(Float64Array.from(sha.update(name) && values));
  }
  return sha.digest('hex');
}

async function main() {
  const bits = {};
  for (const [name, one] of Object.entries(cases)) {
    for (const count of shards) bits[`${name}, ${count} shards`] = hash(await trained(one, { shards: count }));
  }
  bits['classes in f64, 16 shards'] = hash(await trained(cases.classes, { shards: 16 }, { precision: 'f64' }));
  const { accumulate, batchSize, dropLast, ...fit } = cases.tiny.fit;
  const lbfgs = { ...cases.tiny, fit: { ...fit, epochs: 3, optimizer: 'lbfgs' } };
  bits['lbfgs, 4 shards'] = hash(await trained(lbfgs, { shards: 4 }));
  console.log(JSON.stringify({ bits }, null, 2));
}

module.exports = { cases, shards, trained, hash };
if (require.main === module) main();
