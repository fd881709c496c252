'use strict';
// The models that save-until-killed.js saves, and that test/formats/killed.test.ts expects: each version differs from the one before everywhere.

const made = new Map();

/** `inputs` times 64 weights. The same network as that of two versions before. */
exports.killedModel = (NeuralNetwork, inputs, version) => {
  const key = `${inputs}, ${version % 2}`;
  if (!made.has(key)) {
    const nn = new NeuralNetwork({ inputSize: inputs, layers: [{ type: 'dense', units: 64, weightsInitializer: 'zeros' }] });
    nn.layers[0].weights = nn.layers[0].weights.data.map((_, index) => (version % 2) + (index % 977) / 1024);
    made.set(key, nn);
  }
  const nn = made.get(key);
  nn.layers[0].bias = new Float32Array(64).fill(version);
  nn.metadata = { version: String(version) };
  return nn;
};

const rows = 600;
const value = (index) => (((index * 7919) % 101) - 50) / 50;

exports.killedTraining = {
  options: {
    inputSize: 8,
    layers: [
      { type: 'dense', units: 40, activation: 'tanh' },
      { type: 'dropout', rate: 0.1 },
      { type: 'dense', units: 1 },
    ],
    seed: 3,
  },
  data: {
    x: { data: Float32Array.from({ length: rows * 8 }, (_, index) => value(index)), shape: [rows, 8] },
    y: Float32Array.from({ length: rows }, (_, row) => value(row * 31)),
  },
  fit: { batchSize: 32, optimizer: { type: 'adam', learningRate: 0.001 } },
};
