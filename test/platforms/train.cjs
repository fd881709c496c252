'use strict';
// Every platform runs this with the packed tarball. It trains, predicts, and writes the SHA-256 of the resulting bits as JSON into the file
// that the first argument names. It is a file because not every emulator passes pipes on.
const { createHash } = require('node:crypto');
const { writeFileSync } = require('node:fs');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { dense, dropout, info, NeuralNetwork } = require(process.env.CHAINRULE_TEST_PACKAGE ?? 'chainrule');

function hash(...arrays) {
  const sha = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of arrays) sha.update(new Uint8Array(buffer, byteOffset, byteLength));
  return sha.digest('hex');
}

const parameters = (nn) => nn.layers.filter(({ type }) => type === 'dense').flatMap(({ weights, bias }) => [weights.data, bias.data]);

const questions = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const answers = [[0], [1], [1], [0]];

async function xor(precision) {
  const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(4, 'tanh'), dense(1, 'sigmoid')], precision, seed: 2 });
  await nn.fit({ x: questions, y: answers }, { epochs: 300, batchSize: 4, optimizer: { type: 'adam', learningRate: 0.05 } });
  return nn;
}

/** Wide enough for every kind of tile, with no size a multiple of anything; small enough for an emulator. */
async function deep(precision) {
  const rows = 70;
  const integers = (length, below) => Float64Array.from({ length }, (_, index) => (index * 7919 + 104729) % below);
  const nn = new NeuralNetwork({
    inputSize: 67,
    layers: [dropout(0.1), dense(131, 'gelu'), dropout(0.2), dense(49, 'tanh'), dense(10, 'softmax')],
    loss: 'crossEntropy',
    precision,
    seed: 3,
  });
  const x = { data: integers(rows * 67, 1009).map((value) => value / 1009), shape: [rows, 67] };
  await nn.fit({ x, y: Int32Array.from(integers(rows, 10)) }, { epochs: 2, batchSize: 32 });
  return { nn, x };
}

/** The hash that a worker finds for XOR. */
const inWorker = () =>
  new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: 'xor' });
    worker.on('message', resolve);
    worker.on('error', reject);
  });

async function main() {
  const bits = {};
  for (const precision of ['f32', 'f64']) {
    bits[`xor ${precision}`] = hash(...parameters(await xor(precision)));
    const { nn, x } = await deep(precision);
    bits[`deep ${precision}`] = hash(...parameters(nn));
    bits[`predictions ${precision}`] = hash(nn.predict(x).data, (await nn.predictAsync(x)).data);
  }
  bits['xor in a worker'] = await inWorker();
  const outputs = [...(await xor('f32')).predict(questions).data];
  const binary = Object.keys(require.cache).find((file) => file.endsWith('.node'));
  writeFileSync(process.argv[2], JSON.stringify({ binary, isa: info().isa, bits, outputs }));
}

if (isMainThread) {
  main().catch((error) => {
    console.error(error);
    process.exit(1);
  });
} else if (workerData === 'xor') {
  xor('f32').then((nn) => parentPort.postMessage(hash(...parameters(nn))));
}
