'use strict';
// node --expose-gc load-large.js <format> <file>: reads a large file, and prints the bytes by which the process grew meanwhile, at most. If the
// file is refused, the code of the error follows. Linux only. test/formats/peak-memory.test.ts and its neighbours make the files.
const { readFileSync, writeFileSync } = require('node:fs');
const { NeuralNetwork, readNpy, readNpz } = require('../../dist');

const [, , format, file] = process.argv;
const network = { inputSize: 1024, layers: [{ type: 'dense', units: Number(process.argv[4]) }] };

/** Documents are parsed before: that is the caller's work and memory. */
const json = () => JSON.parse(readFileSync(file, 'utf8'));
const inMemory = () => new Uint8Array(readFileSync(file));

/** Makes the input, and then the function that reads it. */
const readers = {
  load: () => () => NeuralNetwork.load(file),
  'load of bytes': () => (bytes) => NeuralNetwork.load(bytes),
  fromBytes: () => (bytes) => NeuralNetwork.fromBytes(bytes),
  JSON: () => (_, document) => NeuralNetwork.fromJSON(document),
  ONNX: () => () => NeuralNetwork.fromONNX(file),
  'ONNX of bytes': () => (bytes) => NeuralNetwork.fromONNX(bytes),
  PyTorch: () => () => NeuralNetwork.fromSafetensors(file, network),
  tfjs: () => () => NeuralNetwork.fromTfjs(file),
  npy: () => () => readNpy(file),
  npz: () => () => readNpz(file),
};

async function main() {
  const kind = format.replace(/ \(.*/, '');
  const bytes = /bytes/i.test(kind) ? inMemory() : undefined;
  const document = kind === 'JSON' ? json() : undefined;
  const read = readers[kind]();
  global.gc();
  writeFileSync('/proc/self/clear_refs', '5');
  const before = process.memoryUsage.rss();
  let found;
  let problem;
  try {
    found = await read(bytes, document);
  } catch (error) {
    problem = error.code;
  }
  console.log(process.resourceUsage().maxRSS * 1024 - before);
  if (problem !== undefined) console.log(problem);
  return found;
}

main();
