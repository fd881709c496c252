// Writes tfjs.json: layers models of TensorFlow.js as `model.save` gives them, with rows of inputs and the outputs of `predict`.
//
// Usage: in a folder with @tensorflow/tfjs 4.22.0:  npm install @tensorflow/tfjs@4.22.0 && node make-tfjs.mjs > tfjs.json
// The tests read the result only.
import { createRequire } from 'node:module';
import path from 'node:path';

const tf = createRequire(path.join(process.cwd(), 'tfjs.js'))('@tensorflow/tfjs');
await tf.setBackend('cpu');

const { layers, sequential } = tf;
const dense = (units, settings) => layers.dense({ units, biasInitializer: 'randomNormal', kernelInitializer: 'randomNormal', ...settings });

const models = {
  everything: () =>
    sequential({
      layers: [
        dense(5, { inputShape: [4], activation: 'relu' }),
        layers.batchNormalization(),
        layers.dropout({ rate: 0.2 }),
        dense(6, {}),
        layers.leakyReLU({ alpha: 0.01 }),
        layers.layerNormalization({ epsilon: 0.1 }),
        layers.gaussianNoise({ stddev: 0.5 }),
        layers.activation({ activation: 'elu' }),
        dense(3, { useBias: false }),
        layers.softmax(),
      ],
    }),
  'normalisations without factors': () =>
    sequential({
      layers: [
        dense(5, { inputShape: [4] }),
        layers.batchNormalization({ scale: false, center: false, momentum: 0.5 }),
        layers.reLU(),
        layers.layerNormalization({ scale: false }),
        dense(2, { activation: 'sigmoid' }),
      ],
    }),
  'a functional model': () => {
    const inputs = tf.input({ shape: [4] });
    const hidden = layers.elu().apply(dense(4, {}).apply(inputs));
    return tf.model({ inputs, outputs: dense(2, { activation: 'tanh' }).apply(hidden) });
  },
};
for (const activation of ['linear', 'relu', 'sigmoid', 'tanh', 'elu', 'selu', 'softplus', 'softmax', 'swish', 'mish', 'gelu', 'gelu_new']) {
  models[`activation ${activation}`] = () => sequential({ layers: [dense(5, { inputShape: [4], activation }), dense(2, {})] });
}

const cases = [];
for (const [name, make] of Object.entries(models)) {
  const model = make();
  // Running variances are 1 at first, and stay above 0.
  for (const layer of model.layers) layer.setWeights(layer.getWeights().map((weight) => weight.add(tf.randomNormal(weight.shape, 0, 0.1))));
  let saved;
  await model.save(tf.io.withSaveHandler(async (artifacts) => {
    saved = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  }));
  const x = tf.randomNormal([5, 4]);
  const { modelTopology, weightSpecs, weightData } = saved;
  const data = Buffer.from(tf.io.CompositeArrayBuffer?.join(weightData) ?? weightData).toString('base64');
  cases.push({ name, modelTopology, weightSpecs, weightData: data, x: await x.array(), outputs: await model.predict(x).array() });
}
process.stdout.write(`${JSON.stringify({ cases })}\n`);
