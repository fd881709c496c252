'use strict';
// A thread that opens shared networks and does with them what it is asked to: messages are { task, args }, answers { value } or { error }.
const { parentPort, workerData } = require('node:worker_threads');
const { NeuralNetwork } = require('../../dist');

let nn = workerData?.handle && NeuralNetwork.fromShared(workerData.handle);

const tasks = {
  open(handle) {
    nn = NeuralNetwork.fromShared(handle);
    return { inputSize: nn.inputSize, outputSize: nn.outputSize, precision: nn.precision, parameterCount: nn.parameterCount };
  },
  drop() {
    nn = undefined;
    const { setFlagsFromString } = require('node:v8');
    setFlagsFromString('--expose-gc');
    const collect = require('node:vm').runInNewContext('gc');
    // Finalizers run when the event loop turns.
    return new Promise((resolve) => setImmediate(() => resolve(collect(), collect())));
  },
  predict: (x) => nn.predict(x),
  backward: (x, y) => nn.backward(x, y).loss,
  fit: (data, options) => nn.fit(data, options).then((history) => history.loss.length),
  /** Begins a fit that goes on until the thread ends. */
  fitForever(data) {
    nn.fit(data, { epochs: 2 ** 30 });
  },
  update(gradients, optimizer, times = 1) {
    for (let i = 0; i < times; i++) nn.update(gradients, optimizer);
  },
  setWeights(weights) {
    nn.layers[0].weights = weights;
  },
  assign: (bytes) => nn.assign(NeuralNetwork.fromBytes(bytes)),
  /** The different first outputs of `count` predictions. */
  outputs(x, count) {
    const seen = new Set();
    for (let i = 0; i < count; i++) seen.add(nn.predict(x).data[0]);
    return [...seen];
  },
  share: () => nn.share(),
  toJSON: () => nn.toJSON(),
  /** Keeps predicting, in every way, until the thread ends. */
  predictForever(row, rows) {
    const forever = () => nn.predictAsync(rows).then(forever);
    forever();
    const batcher = nn.batcher({ maxBatch: 8 });
    setInterval(() => {
      nn.predict(rows);
      for (let i = 0; i < 20; i++) batcher.predict(row);
    }, 0);
  },
  listen(channel) {
    const { BroadcastChannel } = require('node:worker_threads');
    const receiver = new BroadcastChannel(channel);
    receiver.onmessage = ({ data }) => parentPort.postMessage({ value: tasks.open(data) });
  },
};

parentPort.on('message', async ({ task, args }) => {
  try {
    parentPort.postMessage({ value: await tasks[task](...args) });
  } catch (error) {
    parentPort.postMessage({ error: { name: error.name, code: error.code, message: error.message } });
  }
});
