'use strict';
// node train-with-checkpoint.js [file]: trains a network, with a checkpoint after each epoch if a file is named, and goes on from it if it
// is there. Prints the SHA-256 of the weights, and the history. test/training/checkpoint.test.ts kills it.
const { createHash } = require('node:crypto');
const { dense, dropout, NeuralNetwork } = require(process.env.CHAINRULE_TEST_PACKAGE ?? '../../dist');

const rows = 600;
const inputs = 40;
// Integers only: the same data on every platform.
const value = (index) => (((index * 7919) % 1009) - 504) / 504;
const x = { data: Float32Array.from({ length: rows * inputs }, (_, index) => value(index)), shape: [rows, inputs] };
const y = Int32Array.from({ length: rows }, (_, row) => row % 7);

async function main() {
  const layers = [dense(150, 'gelu'), dropout(0.2), dense(70, 'tanh'), dense(7, 'softmax')];
  const nn = new NeuralNetwork({ inputSize: inputs, layers, seed: 11 });
  const path = process.argv[2];
  const { seconds, ...history } = await nn.fit(
    { x, y },
    {
      epochs: 60,
      batchSize: 16,
      optimizer: { type: 'adamw', learningRate: { type: 'cosine', initial: 0.002, warmup: 3 } },
      validationSplit: 0.1,
      metrics: ['accuracy'],
      earlyStopping: { patience: 60, restoreBest: true },
      ...(path && { checkpoint: { path, resume: true } }),
    },
  );
  const hash = createHash('sha256');
  for (const layer of nn.layers) if (layer.type === 'dense') hash.update(layer.weights.data).update(layer.bias.data);
  console.log(JSON.stringify({ bits: hash.digest('hex'), history }));
}

main();
