// The server that is measured: node server.mjs '{"how": "batched", "sizes": [64, 64, 10], "model": "…/model.onnx"}'
// POST / with one row as little-endian floats answers with the outputs, likewise; GET /delay says how late the event loop was. It prints its address.
// The same HTTP around all of them: what differs is how a prediction is made. With "train" it trains another network meanwhile.
import { createServer } from 'node:http';
import { availableParallelism } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { dense, NeuralNetwork, setThreads } from '../../dist/index.js';
import { labels, values } from '../drivers/data.mjs';
import { parameters } from '../drivers/onnx-model.mjs';
import { load } from '../drivers/peers.mjs';

const { how, sizes, model, threads, train } = JSON.parse(process.argv[2]);

function ours() {
  const units = sizes.slice(1);
  const layers = units.map((count, i) => dense(count, i === units.length - 1 ? 'softmax' : 'relu'));
  const nn = new NeuralNetwork({ inputSize: sizes[0], layers });
  parameters(sizes).forEach((layer, i) => {
    Object.assign(nn.layers[i], layer);
  });
  return nn;
}

/** Each makes a function from a row to its outputs, or a promise of them. */
const ways = {
  /** No prediction: what HTTP alone takes. */
  nothing: () => {
    const outputs = new Float32Array(sizes.at(-1));
    return () => outputs;
  },
  predict: () => {
    const nn = ours();
    return (row) => nn.predict(row).data;
  },
  batched: () => {
    const batcher = ours().batcher();
    return async (row) => (await batcher.predict(row)).data;
  },
  onnxruntime: async () => {
    const { InferenceSession, Tensor } = load('onnxruntime-node');
    const settings = threads === undefined ? {} : { intraOpNumThreads: threads, interOpNumThreads: 1 };
    const session = await InferenceSession.create(model, settings);
    return async (row) => (await session.run({ x: new Tensor('float32', row, [1, sizes[0]]) })).y.data;
  },
};

/** Trains for as long as the process lives, leaving one core. */
function trainForever() {
  setThreads(Math.max(1, availableParallelism() - 1));
  const [inputs, outputs, rows] = [784, 10, 2048];
  const nn = new NeuralNetwork({ inputSize: inputs, layers: [dense(2048, 'relu'), dense(2048, 'relu'), dense(outputs, 'softmax')] });
  const data = { x: values(rows * inputs), y: labels(rows, outputs) };
  nn.fit(data, { epochs: 2 ** 30, batchSize: 256, optimizer: { type: 'sgd', learningRate: 1e-3 } });
}

const predict = await ways[how]();
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    const milliseconds = (nanoseconds) => nanoseconds / 1e6;
    response.end(JSON.stringify({ p50: milliseconds(delay.percentile(50)), p99: milliseconds(delay.percentile(99)) }));
    delay.reset();
    return;
  }
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    // A copy: a buffer of Node's need not lie where a Float32Array can begin.
    const row = new Float32Array(new Uint8Array(body).buffer);
    const outputs = await predict(row);
    response.end(Buffer.from(outputs.buffer, outputs.byteOffset, outputs.byteLength));
  });
});
server.listen(0, '127.0.0.1', () => {
  if (train) trainForever();
  console.log(`http://127.0.0.1:${server.address().port}`);
});
