import { samples, toRows, values } from './data.mjs';
import { main, measure, Ticks } from './measure.mjs';
import { load, version } from './peers.mjs';

const brain = load('brain.js');

// errors are measured in training only to decide when to stop
const network = ({ sizes, activation }) =>
  new brain.NeuralNetwork({ hiddenLayers: sizes.slice(1, -1), activation, errorCheckInterval: 1e9 });

/** brain.js updates after every sample; a step of a batch is as many updates. */
function train(spec) {
  const { sizes, batches, callbackEvery } = spec;
  const { x, y, labels, outputs } = samples({ ...spec, batches: 1 });
  const targets = y ? toRows(y, outputs) : [...labels].map((label) => Array.from({ length: outputs }, (_, i) => Number(i === label)));
  const data = toRows(x, sizes[0]).map((input, i) => ({ input, output: targets[i] }));
  const ticks = new Ticks(spec.seconds);
  const enough = new Error();
  try {
    network(spec).train(data, {
      iterations: 1e9,
      errorThresh: 1e-12,
      callbackPeriod: batches === 1 ? callbackEvery : 1,
      callback: ({ iterations }) => {
        if (ticks.tick(iterations)) throw enough; // there is no other way to stop
      },
    });
  } catch (error) {
    if (error !== enough) throw error;
  }
  return { ...ticks.result(), version: version('brain.js') };
}

async function predict(spec) {
  const width = spec.sizes[0];
  const outputs = spec.sizes.at(-1);
  const net = network(spec);
  const x = toRows(values(width), width)[0];
  net.train([{ input: x, output: new Array(outputs).fill(0.5) }], { iterations: 1 });
  return { ...(await measure(() => net.run(x), spec.seconds)), version: version('brain.js') };
}

await main({ train, predict });
