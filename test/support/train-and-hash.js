'use strict';
// Trains some networks and predicts with them, and prints the SHA-256 of the bits that came out, as JSON. With the instruction set that
// CHAINRULE_ISA names and CHAINRULE_NUM_THREADS threads; the bits may depend on neither.
const { createHash } = require('node:crypto');
const { dense, dropout, info, NeuralNetwork } = require(process.env.CHAINRULE_TEST_PACKAGE ?? '../../dist');

/** Integers only: the same data on every platform. */
function makeRandom(seed) {
  let state = seed >>> 0;
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

function makeData(rows, inputs, outputs, labels) {
  const random = makeRandom(1);
  const fill = (length) => Float64Array.from({ length }, () => (random(2 ** 20) - 2 ** 19) / 2 ** 18);
  const x = { data: fill(rows * inputs), shape: [rows, inputs] };
  const y = labels ? Int32Array.from({ length: rows }, () => random(outputs)) : { data: fill(rows * outputs), shape: [rows, outputs] };
  return { x, y };
}

const optimizers = [
  { type: 'sgd', learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-3 },
  { type: 'adam' },
  { type: 'adamw', learningRate: 0.003 },
  { type: 'rmsprop', learningRate: 0.001, momentum: 0.5, centered: true },
  { type: 'adagrad', learningRateDecay: 0.01 },
];

// The products are large enough to be shared out, the last batch is short, and no size is a multiple of anything.
const deep = {
  inputSize: 131,
  layers: [dropout(0.1), dense(257, 'gelu'), dropout(0.2), dense(49, 'silu'), dense(33, 'tanh'), dropout(0.3), dense(10, 'softmax')],
  loss: 'crossEntropy',
  seed: 2 ** 40 + 7,
};
// There are enough rows for gathering, dropout and softmax to be shared out.
const wide = { inputSize: 300, layers: [dropout(0.25), dense(17, 'softmax')], loss: 'crossEntropy', seed: 3 };
const everySize = Array.from({ length: 130 }, (_, index) => index + 1);
const regression = { inputSize: 3, layers: [dense(49, 'mish'), dense(17, 'softplus'), dense(2)], loss: 'huber', seed: 4 };

function hash(arrays) {
  const sha = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of arrays) sha.update(new Uint8Array(buffer, byteOffset, byteLength));
  return sha.digest('hex');
}

const parameters = (nn) => nn.layers.filter(({ type }) => type === 'dense').flatMap(({ weights, bias }) => [weights.data, bias.data]);

async function trained(spec, precision, data, options) {
  const nn = new NeuralNetwork({ ...spec, precision });
  await nn.fit(data, options);
  return nn;
}

/** Whether each row's prediction has the same bits alone and in batches of these sizes, on this thread and off it. */
async function isBatchInvariant(nn, sizes) {
  const rows = 130;
  const { x } = makeData(rows, nn.inputSize, 1, true);
  const width = nn.inputSize;
  const slice = (from, to) => ({ data: x.data.subarray(from * width, to * width), shape: [to - from, width] });
  const alone = [];
  for (let row = 0; row < rows; row++) alone.push(hash([nn.predict(slice(row, row + 1)).data]));
  const agree = ({ data }, from) => {
    const outputs = nn.outputSize;
    for (let row = 0; row < data.length / outputs; row++) {
      if (hash([data.subarray(row * outputs, (row + 1) * outputs)]) !== alone[from + row]) return false;
    }
    return true;
  };
  for (const size of sizes) {
    if (!agree(nn.predict(slice(0, size)), 0) || !agree(nn.predict(slice(rows - size, rows)), rows - size)) return false;
  }
  const plain = Array.from({ length: rows }, (_, row) => [...slice(row, row + 1).data]);
  return agree(await nn.predictAsync(x), 0) && agree(nn.predict(plain), 0) && agree(nn.forward(plain[77]), 77);
}

async function main() {
  const bits = {};
  const variant = [];
  for (const precision of ['f32', 'f64']) {
    for (const optimizer of optimizers) {
      const nn = await trained(deep, precision, makeData(250, 131, 10, true), { epochs: 1, batchSize: 96, optimizer });
      bits[`${optimizer.type} ${precision}`] = hash(parameters(nn));
      if (optimizer.type !== 'adam') continue;
      if (!(await isBatchInvariant(nn, [2, 33, 130]))) variant.push(`deep ${precision}`);
      const { x, y } = makeData(700, 131, 10, true);
      bits[`predictions ${precision}`] = hash([nn.predict(x).data, (await nn.predictAsync(x)).data]);
      bits[`loss ${precision}`] = hash([Float64Array.of((await nn.evaluate({ x, y })).loss)]);
      const { loss, gradients } = nn.backward(x, y);
      bits[`gradients ${precision}`] = hash([
        Float64Array.of(loss),
        ...gradients.flatMap(({ weights, bias }) => [weights.data, bias.data]),
      ]);
    }
    const many = await trained(wide, precision, makeData(4100, 300, 17, true), { epochs: 2, batchSize: 4050, optimizer: 'sgd' });
    bits[`many rows ${precision}`] = hash(parameters(many));
    const small = await trained(regression, precision, makeData(50, 3, 2, false), { epochs: 20, batchSize: 7 });
    bits[`regression ${precision}`] = hash(parameters(small));
    if (!(await isBatchInvariant(small, everySize))) variant.push(`regression ${precision}`);
  }
  const { isa, threads } = info();
  console.log(JSON.stringify({ isa, threads, variant, bits }));
}

main();
