// How long large data take on their way in, and how long the event loop waits meanwhile:
//   { kind: 'intake', source: 'float32' | 'uint8' | 'float64' | 'shared' | 'rows', call: 'fit' | 'predictAsync' | 'evaluate', rows, columns,
//     threads, seconds }
// It prints { best, median, samples, gap, worstGap, call }, in seconds. `best` and `median` are of the time until the first step of `fit`, or
// until the result. `gap` is the median of the longest waits of the event loop, one of each call, and `worstGap` the longest of them. `call` is
// the least time until the call returned.
import { main } from './measure.mjs';

const { dense, NeuralNetwork, setThreads } = await import('../../dist/index.js');

const now = () => performance.now() / 1e3;

/** Whole numbers from 0 to 255, which every source holds. */
const fill = (array) => {
  for (let i = 0; i < array.length; i++) array[i] = (i * 2654435761) >>> 24;
  return array;
};

const sources = {
  float32: (count) => fill(new Float32Array(count)),
  float64: (count) => fill(new Float64Array(count)),
  uint8: (count) => fill(new Uint8Array(count)),
  shared: (count) => fill(new Float32Array(new SharedArrayBuffer(4 * count))),
  rows: (count, columns) => Array.from({ length: count / columns }, (_, row) => Array.from({ length: columns }, (_, i) => (row + i) % 256)),
};

/** Watches the event loop. */
class Gaps {
  longest = 0;
  #last = now();
  #running = true;

  constructor() {
    this.#turn();
  }

  #turn() {
    const time = now();
    this.longest = Math.max(this.longest, time - this.#last);
    this.#last = time;
    if (this.#running) setImmediate(() => this.#turn());
  }

  stop() {
    this.#running = false;
    this.longest = Math.max(this.longest, now() - this.#last);
  }
}

/** The calls return a promise of what is to be taken off the time: of `fit` the first epoch, which takes as long as the second. */
const calls = {
  async fit(nn, data) {
    const epochs = [];
    const onEpoch = () => void epochs.push(now());
    await nn.fit(data, { epochs: 3, batchSize: 32, optimizer: { type: 'sgd', learningRate: 1e-9 }, onEpoch });
    return now() - epochs[0] + Math.min(epochs[1] - epochs[0], epochs[2] - epochs[1]);
  },
  async predictAsync(nn, { x }) {
    await nn.predictAsync(x);
    return 0;
  },
  async evaluate(nn, data) {
    await nn.evaluate(data);
    return 0;
  },
};

async function intake({ source, call, rows, columns, threads, seconds = 5 }) {
  setThreads(threads);
  const values = sources[source](rows * columns, columns);
  const x = source === 'rows' ? values : { data: values, shape: [rows, columns] };
  const data = { x, y: { data: fill(new Float32Array(rows)), shape: [rows, 1] } };
  const nn = new NeuralNetwork({ inputSize: columns, layers: [dense(1)], seed: 1 });
  const [times, gaps, returns] = [[], [], []];
  for (const end = now() + seconds; times.length < 3 || now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const watch = new Gaps();
    const begin = now();
    const promise = calls[call](nn, data);
    returns.push(now() - begin);
    const rest = await promise;
    times.push(now() - begin - rest);
    watch.stop();
    gaps.push(watch.longest);
  }
  for (const list of [times, gaps, returns]) list.sort((a, b) => a - b);
  const middle = times.length >> 1;
  return {
    best: times[0],
    median: times[middle],
    samples: times.length,
    gap: gaps[middle],
    worstGap: gaps.at(-1),
    call: returns[0],
  };
}

await main({ intake });
