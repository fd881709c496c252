import { values } from './data.mjs';
import { main, measure } from './measure.mjs';
import { onnxModel } from './onnx-model.mjs';
import { load, version } from './peers.mjs';

const { InferenceSession, Tensor } = load('onnxruntime-node');

async function predict(spec) {
  const session = await InferenceSession.create(onnxModel(spec.sizes), spec.session);
  const feeds = { x: new Tensor('float32', values(spec.rows * spec.sizes[0]), [spec.rows, spec.sizes[0]]) };
  return { ...(await measure(() => session.run(feeds), spec.seconds)), version: version('onnxruntime-node') };
}

await main({ predict });
