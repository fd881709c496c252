import { values } from './data.mjs';
import { main, measure } from './measure.mjs';
import { onnxModel } from './onnx-model.mjs';
import { load, version } from './peers.mjs';

const { InferenceSession, Tensor } = load('onnxruntime-node');

/** On one thread, or on as many as it takes by default. */
async function predict(spec) {
  const threads = spec.threads === 1 ? { intraOpNumThreads: 1, interOpNumThreads: 1 } : {};
  const session = await InferenceSession.create(onnxModel(spec.sizes), threads);
  const feeds = { x: new Tensor('float32', values(spec.rows * spec.sizes[0]), [spec.rows, spec.sizes[0]]) };
  return { ...(await measure(() => session.run(feeds), spec.seconds)), version: version('onnxruntime-node') };
}

await main({ predict });
