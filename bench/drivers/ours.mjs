import { isXor, labels, samples, toRows, values } from './data.mjs';
import { main, measure, Ticks } from './measure.mjs';

const { wasm } = JSON.parse(process.argv[2]);
const { dense, NeuralNetwork, setThreads } = await import(wasm ? '../../dist/wasm/index.js' : '../../dist/index.js');

const denseLayers = ({ sizes, activation, output }) =>
  sizes.slice(1).map((units, i) => dense(units, i === sizes.length - 2 ? output : activation));

function network(spec) {
  const { sizes, inputs, layers, output, precision = 'f32' } = spec;
  return new NeuralNetwork({
    ...(inputs ? { inputs } : { inputSize: sizes[0] }),
    layers: layers ?? denseLayers(spec),
    loss: output === 'softmax' ? 'crossEntropy' : 'binaryCrossEntropy',
    precision,
    seed: 1,
  });
}

const optimizerOf = (spec) => ({ type: spec.optimizer, learningRate: isXor(spec) ? 0.1 : 1e-4 });

/** Trains until `enough` says so of the epochs completed. It is `fit` itself that is measured: shuffling, batch assembly, callbacks and all. */
async function trainUntil(spec, enough) {
  const { x, y, labels, rows, outputs } = samples(spec);
  const sampleWeight = spec.weighted && { sampleWeight: new Float32Array(rows).fill(0.5) };
  await network(spec).fit(
    { x: { data: x, shape: [rows, spec.sizes[0]] }, y: labels ?? { data: y, shape: [rows, outputs] }, ...sampleWeight },
    {
      epochs: 1e9,
      batchSize: spec.batch,
      optimizer: optimizerOf(spec),
      ...spec.fit,
      callbackEvery: spec.rows ? 1 : spec.callbackEvery,
      ...(spec.validation && { validationSplit: spec.validation / rows, metrics: ['accuracy'] }),
      onEpoch: ({ epoch }) => !enough(epoch),
    },
  );
}

async function train(spec) {
  setThreads(spec.threads);
  const ticks = new Ticks(spec.seconds);
  const batches = spec.rows ? Math.ceil(spec.rows / spec.batch) : spec.batches;
  const steps = spec.wholeEpochs ? 1 : batches;
  await trainUntil(spec, (epoch) => ticks.tick(epoch * steps));
  return ticks.result();
}

async function memory(spec) {
  setThreads(spec.threads);
  await trainUntil(spec, (epoch) => epoch === 5);
  return { best: process.resourceUsage().maxRSS * 1024 };
}

/** One epoch over batches in new memory, made as they are asked for; the most memory that the process had. */
async function stream(spec) {
  setThreads(spec.threads);
  const { sizes, batch, streamed } = spec;
  const [x, classes] = [values(batch * sizes[0]), labels(batch, sizes.at(-1))];
  async function* batches() {
    for (let rows = 0; rows < streamed; rows += batch) yield { x: x.slice(), y: classes };
  }
  await network(spec).fit(batches, { epochs: 1, optimizer: optimizerOf(spec) });
  return { best: process.resourceUsage().maxRSS * 1024 };
}

function predict(spec) {
  setThreads(spec.threads);
  const nn = network(spec);
  const width = spec.sizes[0];
  const data = values(spec.rows * width);
  // what a server has: a small row as a plain array, larger ones as typed arrays
  const x = spec.rows === 1 && width <= 64 ? toRows(data, width)[0] : { data, shape: [spec.rows, width] };
  return measure(() => nn.predict(x), spec.seconds);
}

function session(spec) {
  setThreads(spec.threads);
  const bound = network(spec).session({ rows: spec.rows });
  bound.input.set(values(spec.rows * spec.sizes[0]));
  return measure(() => bound.run(), spec.seconds);
}

await main({ train, memory, stream, predict, session });
