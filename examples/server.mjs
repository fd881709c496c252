// An HTTP server that answers predictions: node examples/server.mjs [--port 3000] [--model model.safetensors]
//   curl -d '{"x": [[0, 1], [1, 1]]}' localhost:3000/predict
//
// SIGHUP reads the model's file again. SIGTERM answers what is under way and ends. docs/serving.md gives the reason for each part.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { dense, NeuralNetwork, setThreads, threads } from 'chainrule';

const { values: flags } = parseArgs({ options: { port: { type: 'string', default: '3000' }, model: { type: 'string' } } });
const largestBody = 1 << 20;
const longestGoodbye = 10_000;

setThreads(Math.max(1, threads() - 1)); // one core stays free for requests

let serving = serve(flags.model === undefined ? await trainXor() : await NeuralNetwork.load(flags.model));
let ready = true;

/** A model, and what gathers requests for it. */
function serve(nn) {
  return { nn, batcher: nn.batcher(), since: new Date().toISOString() };
}

/** Without a model of yours, something to try: XOR, learnt in a few milliseconds. */
async function trainXor() {
  const network = new NeuralNetwork({ inputSize: 2, layers: [dense(4, 'tanh'), dense(1, 'sigmoid')], seed: 1 });
  const x = [0, 0, 0, 1, 1, 0, 1, 1];
  const samples = { x: Float32Array.from(x), y: [[0], [1], [1], [0]] };
  await network.fit(samples, { epochs: 2000, batchSize: 4, optimizer: { type: 'adam', learningRate: 0.05 } });
  return network;
}

/** An answer other than 200. */
class HttpError extends Error {
  constructor(status, answer, headers = {}) {
    super(typeof answer === 'string' ? answer : answer.status);
    this.status = status;
    this.answer = typeof answer === 'string' ? { error: answer } : answer;
    this.headers = headers;
  }
}

const routes = {
  '/health': { GET: health },
  '/predict': { POST: predict },
};

/** The answer for a load balancer: 200 as long as it may send requests here. */
function health() {
  const { nn, batcher, since } = serving;
  const { inputSize, outputSize, parameterCount: parameters } = nn;
  const answer = { status: ready ? 'ok' : 'closing', inputSize, outputSize, parameters, since, waiting: batcher.waiting };
  if (!ready) throw new HttpError(503, answer);
  return answer;
}

/** `{ "x": [[…], …] }` -> `{ "predictions": [[…], …] }`. Single rows go together with those of other requests, many rows by themselves. */
async function predict(request) {
  const x = readX(await readBody(request));
  const { nn, batcher } = serving;
  const { data, shape } = await (x?.length === 1 ? batcher.predict(x) : nn.predictAsync(x));
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
    // The rest of it would have to be read before the connection can be used again.
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
    const { status, answer, headers } = error instanceof HttpError ? error : explain(error);
    send(response, status, answer, headers);
  }
});

function explain(error) {
  // Chainrule's own errors say what is wrong with the input: "x must have 2 columns (inputSize), got 3".
  const isInput = /^ERR_CHAINRULE_(TYPE|VALUE|SHAPE)$/.test(error.code);
  if (isInput) return new HttpError(400, { error: error.message, code: error.code });
  console.error(error);
  return new HttpError(500, 'internal error');
}

function send(response, status, body, headers = {}) {
  if (response.destroyed) return;
  const connection = server.listening ? {} : { connection: 'close' };
  response.writeHead(status, { 'content-type': 'application/json', ...connection, ...headers }).end(`${JSON.stringify(body)}\n`);
}

const connections = new Set();
server.on('connection', (socket) => {
  connections.add(socket);
  socket.on('close', () => connections.delete(socket));
});

server.listen(Number(flags.port), () => console.log(`listening on http://localhost:${server.address().port}`));

/** The new model serves from one request to the next; those that the old one has are answered by it. A file without a model changes nothing. */
async function reload() {
  if (flags.model === undefined) return console.error('there is no --model to load again');
  try {
    const old = serving;
    serving = serve(await NeuralNetwork.load(flags.model));
    console.log(`loaded ${flags.model}`);
    await old.batcher.close();
  } catch (error) {
    console.error(`the old model goes on: ${error.message}`);
  }
}

// Requests under way are answered, new ones are not taken, then the process ends by itself.
function end() {
  ready = false;
  server.close(() => console.log('closed'));
  server.closeIdleConnections();
  // Browsers and load balancers open connections ahead of requests: those are not idle for Node.js.
  for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  setTimeout(() => process.exit(1), longestGoodbye).unref();
}

process.on('SIGHUP', reload);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end);
