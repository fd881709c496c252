'use strict';
// Measures the memory that a process keeps of objects that it makes and drops. `node memory-rounds.js <what> <turns> [<rounds>]` makes
// 3000 of them, with a turn of the event loop after every tenth or with none. It prints by how many MiB it has grown after a sixth of the
// rounds, and after all.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { dense, NeuralNetwork } = require('../../dist');

const [what, turns, rounds = 3000] = process.argv.slice(2);

/** 66 KB of weights. */
const make = (precision = 'f32') => new NeuralNetwork({ inputSize: 128, layers: [dense(128, 'relu'), dense(2)], seed: 1, precision });
const row = new Float32Array(128).fill(0.5);
const batch = { x: { data: new Float32Array(64 * 128), shape: [64, 128] }, y: { data: new Float32Array(64 * 2), shape: [64, 2] } };
/** Doubles that become 4 MB of floats. */
const doubles = new Float64Array(2 ** 20);
const narrow = new NeuralNetwork({ inputSize: 128, layers: [dense(1)], seed: 1 });
const file = path.join(os.tmpdir(), `chainrule-memory-rounds-${process.pid}.safetensors`);

const kinds = {
  network: () => make(),
  f64: () => make('f64'),
  predict: () => make().predict(row),
  session: () => make().session({ rows: 100 }).run(),
  batcher: () => make().batcher({ maxBatch: 64 }).predict(row),
  backward: () => make().backward(batch.x, batch.y),
  update: () => {
    const nn = make();
    nn.update(nn.backward(batch.x, batch.y).gradients, 'adam');
  },
  weights: () => {
    const nn = make();
    nn.layers[0].bias = row;
  },
  share: () => {
    const nn = make();
    NeuralNetwork.fromShared(nn.share()).predict(row);
  },
  fit: () => make().fit(batch, { epochs: 1, optimizer: 'adam' }),
  stream: () => make().fit([batch], { epochs: 1, optimizer: 'adam' }),
  restoreBest: () => make().fit(batch, { epochs: 2, earlyStopping: { monitor: 'loss', patience: 1, restoreBest: true } }),
  predictAsync: () => make().predictAsync(batch.x),
  large: () => narrow.predictAsync(doubles),
  evaluate: () => make().evaluate(batch),
  load: async () => (await NeuralNetwork.load(file)).predict(row),
  closed: () => {
    const nn = make();
    nn.predict(row);
    nn.close();
  },
};

async function main() {
  const work = kinds[what];
  if (what === 'load') await make().save(file);
  const rss = () => process.memoryUsage.rss() / 2 ** 20;
  const before = rss();
  const grown = [];
  for (let round = 1; round <= rounds; round++) {
    const result = work();
    // Nothing is awaited without turns but what is a promise: that waits for microtasks, or for another thread.
    if (result instanceof Promise) await result;
    if (turns === 'turns' && round % 10 === 0) await new Promise(setImmediate);
    if (round === rounds / 6 || round === Number(rounds)) grown.push(Math.round(rss() - before));
  }
  if (what === 'load') fs.rmSync(file);
  console.log(JSON.stringify(grown));
}

main();
