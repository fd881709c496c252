'use strict';
// Ends a process or worker while work is under way: `node lifecycle.js <scenario> [rounds]`, one scenario in a process of
// its own. test/lifecycle.test.ts runs them all.
const { fork } = require('node:child_process');
const cluster = require('node:cluster');
const { createHash } = require('node:crypto');
const { once } = require('node:events');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');
const { Worker, isMainThread, workerData, parentPort } = require('node:worker_threads');
const { NeuralNetwork, dense, dropout } = require('../../dist');
const native = require('node-gyp-build')(path.join(__dirname, '../..'));
const wire = require('./raw-wire');

const rounds = Number(process.argv[3] ?? 3);
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const random = (from, to) => from + Math.random() * (to - from);

const inputs = 50;
const rows = 2000;

/** `shared`: in memory that the addon reads in place. */
function samples(precision, shared) {
  const Floats = precision === 'f32' ? Float32Array : Float64Array;
  const bytes = rows * inputs * Floats.BYTES_PER_ELEMENT;
  const data = new Floats(shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(i);
  return { x: { data, shape: [rows, inputs] }, y: Int32Array.from({ length: rows }, (_, row) => row % 10) };
}

const network = (precision = 'f32', units = 64) =>
  new NeuralNetwork({ inputSize: inputs, layers: [dense(units, 'relu'), dropout(0.1), dense(10, 'softmax')], precision, seed: 1 });

/** Keeps every kind of work going, forever. */
function keepBusy(precision, shared) {
  const data = samples(precision, shared);
  const forever = (work) => work().then(() => forever(work));
  const train = (options) => forever(() => network(precision).fit(data, { epochs: 1000, ...options }));
  train({ validation: data });
  train({ batchSize: 1, optimizer: 'sgd' });
  const stream = async function* () {
    for (let batch = 0; batch < 10; batch++) yield data;
  };
  forever(() => network(precision).fit(stream, { epochs: 2 }));
  const served = network(precision);
  forever(() => served.predictAsync(data.x));
  forever(() => served.evaluate(data));
  const saved = network(precision, 2000).toBytes();
  forever(() => NeuralNetwork.load(saved));
  setInterval(() => served.predict(new Float64Array(inputs)), 1);
}

function worker(task) {
  const started = new Worker(__filename, { workerData: task, argv: ['worker'] });
  started.on('error', (error) => {
    throw error;
  });
  return started;
}

const kinds = [
  ['f32', false],
  ['f32', true],
  ['f64', true],
];

/** A prediction or an evaluation that takes many minutes on any machine. */
function workForMinutes({ kind, shared }) {
  const count = 2 ** 24;
  const data = new Float32Array(shared ? new SharedArrayBuffer(4 * count) : new ArrayBuffer(4 * count));
  const x = { data, shape: [count, 1] };
  const hidden = dense(1500, 'linear', { weightsInitializer: 'zeros' });
  const nn = new NeuralNetwork({ inputSize: 1, layers: [hidden, hidden, hidden, dense(1)] });
  return kind === 'predict' ? nn.predictAsync(x) : nn.evaluate({ x, y: x });
}

/** The weights after a training that the pool has a share in, as a hash. */
async function trainedBits() {
  const nn = network('f32', 300);
  await nn.fit(samples('f32', false), { epochs: 3, batchSize: 500 });
  return createHash('sha256').update(nn.layers[0].weights.data).digest('hex');
}

/** The message of each of some processes, which must then end well. */
async function answers(children) {
  const all = children.map(async (child) => {
    const exit = once(child.process ?? child, 'exit');
    const [answer] = await once(child, 'message');
    const [code, signal] = await exit;
    if (code !== 0) throw new Error(`a child ended with ${signal ?? code}`);
    return answer;
  });
  return Promise.all(all);
}

const collectGarbage = () => {
  v8.setFlagsFromString('--expose-gc');
  vm.runInNewContext('gc')();
};

const settings = { learningRate: 0.01, beta1: 0.9, beta2: 0.99, alpha: 0.9, epsilon: 1e-8 };

/** The addon's own classes: what the package's always put away in time. */
function nativeParts() {
  const net = new native.Network(wire.oneLayer(native, 2, 1), 'f32');
  const data = { x: new Float32Array(8), y: new Float32Array(4), rows: 4 };
  const trainer = () => net.trainer(wire.trainer(native, { batchSize: 4, shuffle: true }, 'adam', settings), data);
  return { net, trainer };
}

const scenarios = {
  /** Workers are terminated at any moment. */
  async terminate() {
    for (let round = 0; round < rounds; round++) {
      const workers = kinds.map((kind) => worker({ kind }));
      await Promise.all(workers.map((started) => once(started, 'message')));
      await sleep(random(0, 50));
      await Promise.all(workers.map((started) => started.terminate()));
    }
  },

  /** A worker ends itself. */
  async workerExit() {
    for (let round = 0; round < rounds; round++) {
      const [code] = await once(worker({ kind: kinds[round % kinds.length], exitAfter: random(0, 50) }), 'exit');
      if (code !== 5) throw new Error(`exit code ${code}`);
    }
  },

  /** The process ends while workers and the main thread are at work. */
  async exit() {
    const started = worker({ kind: ['f64', true] });
    keepBusy('f32', true);
    await once(started, 'message');
    await sleep(random(0, 50));
    process.exit(7);
  },

  async uncaught() {
    keepBusy('f32', true);
    await sleep(random(0, 50));
    setImmediate(() => {
      throw new Error('nobody catches this');
    });
  },

  async signal() {
    keepBusy('f32', false);
    await sleep(random(0, 50));
    process.kill(process.pid, 'SIGTERM');
  },

  /** A server that is told to end: it stops its training, and what it has to say then is said. */
  async handledSignal() {
    const controller = new AbortController();
    process.once('SIGTERM', () => controller.abort());
    const training = network().fit(samples('f32', true), { epochs: 1e9, signal: controller.signal });
    await sleep(random(0, 50));
    process.kill(process.pid, 'SIGTERM');
    await training.catch(({ code }) => console.log(code));
  },

  /** A worker that throws while it is at work ends, and nobody else. */
  async workerUncaught() {
    for (let round = 0; round < rounds; round++) {
      const thrower = new Worker(__filename, {
        workerData: { kind: kinds[round % kinds.length], throwAfter: random(0, 50) },
        argv: ['worker'],
      });
      const [error] = await once(thrower, 'error');
      if (error.message !== 'nobody catches this') throw error;
      await once(thrower, 'exit');
    }
  },

  /** Predictions and evaluations of a worker end with it: those that borrow its memory, and those that do not. */
  async longWork() {
    for (const kind of ['predict', 'evaluate']) {
      for (const shared of [true, false]) {
        const started = worker({ long: { kind, shared } });
        await once(started, 'message');
        await sleep(20); // the work has begun
        await started.terminate();
        // The background thread is free again.
        await network().predictAsync(samples('f32', false).x);
      }
    }
    console.log('all ended');
  },

  /** Child processes that train, made by one that has trained and trains. */
  async fork() {
    const expected = await trainedBits();
    const children = [1, 2].map(() => fork(__filename, ['child']));
    const found = [await trainedBits(), ...(await answers(children))];
    if (found.some((bits) => bits !== expected)) throw new Error(`${found} instead of ${expected}`);
    console.log('the same bits');
  },

  async child() {
    process.send(await trainedBits());
    process.disconnect();
  },

  /** Two workers of a cluster, which train at the same time. */
  async cluster() {
    if (cluster.isWorker) return scenarios.child();
    const expected = await trainedBits();
    const found = await answers([cluster.fork(), cluster.fork()]);
    if (found.some((bits) => bits !== expected)) throw new Error(`${found} instead of ${expected}`);
    console.log('the same bits');
  },

  /** Nothing but the work itself keeps the process running. */
  pending() {
    const data = samples('f32', false);
    network()
      .fit(data, { epochs: 3 })
      .then(() => network().predictAsync(data.x))
      .then(() => network().evaluate(data))
      .then(() => console.log('settled'));
  },

  /** Trainers without work do not keep the process running. */
  async idle() {
    const { trainer } = nativeParts();
    globalThis.trainers = [trainer(), trainer()];
    await globalThis.trainers[0].run(new Float64Array(6), 3, 10);
    console.log('idle');
  },

  /** A trainer that only its own work refers to is not collected before that work is done. */
  async unreachable() {
    const { trainer } = nativeParts();
    const run = trainer().run(new Float64Array(2e6), 1e6, 100);
    await sleep(10);
    for (let i = 0; i < 3; i++) {
      collectGarbage();
      await sleep(1);
    }
    const { aborted, epochs } = await run;
    console.log(!aborted && epochs > 0 ? 'complete' : 'cut off');
  },

  /** One network, asked and trained again and again. */
  async steady() {
    const grown = [];
    const net = network('f32', 2048);
    const row = new Float32Array(inputs);
    for (let fits = 0; fits <= 100; fits++) {
      for (let i = 0; i < 100; i++) net.predict(row);
      await net.fit(samples('f32', false), { epochs: 1, optimizer: 'adam', warnings: false });
      if (fits % 25 !== 0) continue;
      collectGarbage();
      await sleep(5);
      grown.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
    }
    console.log(JSON.stringify(grown));
  },

  /** The memory of what nobody refers to any more comes back: networks, trainers, snapshots and bound functions. */
  async collect() {
    const grown = [];
    for (let made = 0; made <= 6000; made++) {
      const net = network('f32', 512);
      net.predict(new Float32Array(inputs));
      if (made % 250 === 0) await net.fit(samples('f32', made % 500 === 0), { epochs: 1 });
      const { net: bare, trainer } = nativeParts();
      bare.snapshot();
      trainer();
      if (made % 20 === 0) await sleep(0); // finalizers run when the event loop turns
      if (made % 1500 === 0) {
        collectGarbage();
        await sleep(5);
        grown.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
      }
    }
    console.log(JSON.stringify(grown));
  },
};

if (isMainThread) {
  const scenario = scenarios[process.argv[2]];
  if (scenario === undefined) throw new Error(`${path.basename(__filename)} ${Object.keys(scenarios).join('|')} [rounds]`);
  scenario();
} else {
  const { kind, long } = workerData;
  if (long !== undefined) workForMinutes(long);
  else keepBusy(...kind);
  parentPort.postMessage('busy');
  if (workerData.exitAfter !== undefined) setTimeout(() => process.exit(5), workerData.exitAfter);
  if (workerData.throwAfter !== undefined) {
    setTimeout(() => {
      throw new Error('nobody catches this');
    }, workerData.throwAfter);
  }
}
