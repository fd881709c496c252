'use strict';
// A worker, or the process, that ends in the middle of a custom loss, while native code waits for its result: `terminate`, `exit` or `spin` in
// the worker, or `process`.
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const way = isMainThread ? process.argv[2] : workerData;
if (isMainThread && way !== 'process') {
  const worker = new Worker(__filename, { workerData: way });
  worker.once('message', () => way !== 'exit' && setTimeout(() => worker.terminate(), 20));
  worker.once('error', (error) => {
    throw error;
  });
  worker.once('exit', () => console.log('ended'));
} else {
  train();
}

function train() {
  const { dense, NeuralNetwork } = require(process.env.CHAINRULE_TEST_PACKAGE ?? '../..');
  let calls = 0;
  const value = ([o], [t]) => {
    calls++;
    if (calls === 70) parentPort?.postMessage('begun');
    while (way === 'spin' && calls > 70);
    if ((way === 'exit' || way === 'process') && calls > 70) process.exit(0);
    return (o - t) ** 2;
  };
  const gradient = ([o], [t], to) => {
    to[0] = 2 * (o - t);
  };
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(300, 'relu'), dense(1)], loss: { value, gradient } });
  const x = Float32Array.from({ length: 500 }, (_, i) => i / 500);
  nn.fit({ x, y: x }, { epochs: way === 'process' ? 1 : 1e6, batchSize: 100 });
  process.on('exit', () => way === 'process' && console.log('ended'));
}
