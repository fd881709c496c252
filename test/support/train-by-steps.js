'use strict';
// Trains a network with accumulated and clipped gradients and an average of its weights, and prints the SHA-256 of its bits. The parameters
// are enough for the steps to be shared out, and no size is a multiple of anything.
const { createHash } = require('node:crypto');
const { dense, NeuralNetwork } = require(process.env.CHAINRULE_TEST_PACKAGE ?? '../../dist');

const inputs = 517;
const rows = 20;
const x = { data: Float32Array.from({ length: rows * inputs }, (_, i) => ((i * 7919) % 1009) / 512 - 1), shape: [rows, inputs] };
const y = Int32Array.from({ length: rows }, (_, i) => (i * 31) % 7);

(async () => {
  const hash = createHash('sha256');
  for (const options of [{ clipNorm: 0.01, accumulate: 2 }, { clipValue: 1e-4 }]) {
    const nn = new NeuralNetwork({ inputSize: inputs, layers: [dense(2051, 'relu'), dense(7, 'softmax')], loss: 'crossEntropy', seed: 9 });
    await nn.fit({ x, y }, { ...options, epochs: 1, batchSize: 5, ema: { decay: 0.75 }, optimizer: 'adam' });
    for (const { weights, bias } of nn.layers) hash.update(weights.data).update(bias.data);
  }
  console.log(hash.digest('hex'));
})();
