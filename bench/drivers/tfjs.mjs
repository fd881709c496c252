// TensorFlow.js, on the backend that the specification names.
import path from 'node:path';
import { labels, oneHot, samples } from './data.mjs';
import { main, measure } from './measure.mjs';
import { load, version } from './peers.mjs';

const tf = load('@tensorflow/tfjs');

async function start({ backend }) {
  if (backend === 'wasm') {
    const wasm = load('@tensorflow/tfjs-backend-wasm');
    wasm.setWasmPaths(`${path.dirname(load.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`the ${backend} backend does not start`);
}

/** Steps on one batch, over and over: nothing is charged for assembling batches. */
async function train(spec) {
  await start(spec);
  const { sizes, batch, activation, optimizer } = spec;
  const outputs = sizes.at(-1);
  const net = tf.sequential();
  sizes.slice(1).forEach((units, i) => {
    const last = i === sizes.length - 2;
    net.add(tf.layers.dense({ units, inputShape: [sizes[i]], ...(last ? {} : { activation }) }));
  });
  const { x, y } = samples({ ...spec, batches: 1 });
  const xs = tf.tensor2d(x, [batch, sizes[0]]);
  const ys = tf.tensor2d(y ?? oneHot(labels(batch, outputs), outputs), [batch, outputs]);
  const loss = outputs === 1 ? tf.losses.sigmoidCrossEntropy : tf.losses.softmaxCrossEntropy;
  const update = tf.train[optimizer](0.01);
  const variables = net.trainableWeights.map((weight) => weight.val);
  // the work of trainOnBatch without what that adds; both backends compute at once, when they are called
  const step = () => update.minimize(() => loss(ys, net.apply(xs, { training: true })), false, variables);
  return { ...(await measure(step, spec.seconds)), version: version('@tensorflow/tfjs') };
}

await main({ train });
