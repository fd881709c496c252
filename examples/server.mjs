// An HTTP server that answers predictions: node examples/server.mjs [--port 3000] [--model model.safetensors]
//   curl -d '{"x": [[0, 1], [1, 1]]}' localhost:3000/predict
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { dense, NeuralNetwork } from 'chainrule';

const { values: flags } = parseArgs({ options: { port: { type: 'string', default: '3000' }, model: { type: 'string' } } });
const largestBody = 1 << 20;
const largestOnMainThread = 64;

const nn = flags.model === undefined ? await trainXor() : await NeuralNetwork.load(flags.model);

/** Without a model of yours, something to try: XOR, learnt in a few milliseconds. */
async function trainXor() {
  const network = new NeuralNetwork({ inputSize: 2, layers: [dense(4, 'tanh'), dense(1, 'sigmoid')], seed: 1 });
  const x = [0, 0, 0, 1, 1, 0, 1, 1];
  const samples = { x: Float32Array.from(x), y: [[0], [1], [1], [0]] };
  await network.fit(samples, { epochs: 2000, batchSize: 4, optimizer: { type: 'adam', learningRate: 0.05 } });
  return network;
}

/** An answer that is the client's fault. */
class HttpError extends Error {
  constructor(status, message, headers = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

const routes = {
  '/health': { GET: () => ({ status: 'ok', inputSize: nn.inputSize, outputSize: nn.outputSize, parameters: nn.parameterCount }) },
  '/predict': { POST: predict },
};

/** `{ "x": [[…], …] }` -> `{ "predictions": [[…], …] }`. Few rows are faster at once, many leave the event loop free. */
async function predict(request) {
  const x = readX(await readBody(request));
  const few = !Array.isArray(x) || x.length <= largestOnMainThread;
  const { data, shape } = few ? nn.predict(x) : await nn.predictAsync(x);
  const [rows, columns] = shape;
  return { predictions: Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * columns, (row + 1) * columns))) };
}

function readX(body) {
  try {
    const { x } = JSON.parse(body);
    return x;
  } catch {
    throw new HttpError(400, 'the body must be JSON: {"x": [[…], …]}');
  }
}

async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    // What is left of it would have to be read before the connection can be used again.
    if (size > largestBody) throw new HttpError(413, `the body must have at most ${largestBody} bytes`, { connection: 'close' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function answer(request) {
  const route = routes[request.url.split('?')[0]];
  if (route === undefined) throw new HttpError(404, 'there is GET /health and POST /predict');
  const handler = route[request.method];
  if (handler === undefined) throw new HttpError(405, `use ${Object.keys(route)}`, { allow: Object.keys(route).join() });
  return handler(request);
}

const server = createServer(async (request, response) => {
  try {
    send(response, 200, await answer(request));
  } catch (error) {
    // Chainrule's own errors say what is wrong with the input: "x must have 2 columns (inputSize), got 3".
    const isInput = String(error.code).startsWith('ERR_CHAINRULE_');
    const status = error.status ?? (isInput ? 400 : 500);
    if (status === 500) console.error(error);
    send(response, status, { error: status === 500 ? 'internal error' : error.message, code: error.code }, error.headers);
  }
});

function send(response, status, body, headers = {}) {
  if (response.destroyed) return;
  const connection = server.listening ? {} : { connection: 'close' };
  response.writeHead(status, { 'content-type': 'application/json', ...connection, ...headers }).end(`${JSON.stringify(body)}\n`);
}

server.listen(Number(flags.port), () => console.log(`listening on http://localhost:${server.address().port}`));

// Requests under way are answered, new ones are not taken, then the process ends by itself.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(() => console.log('closed'));
    server.closeIdleConnections();
  });
}
