import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dense, NeuralNetwork, setThreads, threads } from '../../lib';

// A server answers over real sockets while a large network trains in the same process.

const epochs = 5;
const rows = 256;
const options = { epochs, batchSize: 64, optimizer: { type: 'sgd', learningRate: 0.01 } } as const;
const make = () => new NeuralNetwork({ inputSize: 784, layers: [dense(2048, 'relu'), dense(2048, 'relu'), dense(10, 'softmax')], seed: 3 });
const data = {
  x: Float32Array.from({ length: 784 * rows }, (_, index) => Math.sin(index)),
  y: Int32Array.from({ length: rows }, (_, index) => index % 10),
};
const row = Array.from(data.x.subarray(0, 784));
const allThreads = threads();
const bits = (values: ArrayLike<number>) => Buffer.from(Float32Array.from(values).buffer).toString('hex');

const nn = make();
const batcher = nn.batcher();
const server = http.createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', async () => {
    const x = JSON.parse(body) as number[];
    const { data: outputs } = request.url === '/batched' ? await batcher.predict(x) : nn.predict(x);
    response.end(JSON.stringify(Array.from(outputs)));
  });
});
const agent = new http.Agent({ keepAlive: true });

/** The bits of an answer. */
async function ask(url: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const request = http.request({ port, host: '127.0.0.1', agent, method: 'POST', path: url });
  request.end(JSON.stringify(row));
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return bits(JSON.parse(Buffer.concat(chunks).toString()) as number[]);
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  setThreads(Math.max(1, os.availableParallelism() - 1));
});
afterAll(() => {
  setThreads(allThreads);
  agent.destroy();
  server.close();
});

test('no answer mixes the weights of two moments, and the event loop turns all the while', async () => {
  // Training is the same to the bit each time, so what the network predicts after each epoch is known beforehand. A prediction that had
  // met with some weights of one epoch and some of the next would be none of these.
  const rehearsal = make();
  const moments = [bits(rehearsal.predict(row).data)];
  await rehearsal.fit(data, { ...options, onEpoch: () => moments.push(bits(rehearsal.predict(row).data)) });
  expect(new Set(moments).size).toBe(epochs + 1);

  let training = true;
  let turns = 0;
  const count = () => {
    turns++;
    if (training) setImmediate(count);
  };
  count();
  const seen = new Set([await ask('/alone')]);
  const keepAsking = async (url: string) => {
    while (training) seen.add(await ask(url));
  };
  const clients = ['/alone', '/alone', '/batched', '/batched', '/batched'].map(keepAsking);
  // Each epoch's weights are there to be met, as training waits for one answer more.
  await nn.fit(data, { ...options, onEpoch: async () => seen.add(await ask('/batched')) });
  training = false;
  await Promise.all(clients);
  expect([...seen].filter((answer) => !moments.includes(answer))).toEqual([]);
  expect([...seen].sort()).toEqual([...moments].sort());
  expect(turns).toBeGreaterThan(20 * epochs);
});

test('files, names and compression are done while training, predictions and measurements go on, with one libuv thread', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(__dirname, '../support/one-libuv-thread.js')], {
    encoding: 'utf8',
    timeout: 50_000,
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({ done: ['file', 'gzip', 'name'], ended: 'AbortError' });
});

test('a model is replaced under load, and no request is dropped or answered by anything but the old or the new one', async () => {
  const old = new NeuralNetwork({ inputSize: 4, layers: [dense(8), dense(2)], seed: 1 });
  const next = new NeuralNetwork({ inputSize: 4, layers: [dense(8), dense(2)], seed: 2 });
  const x = [1, 2, 3, 4];
  let serving = { model: old, batcher: old.batcher() };
  const answers: string[] = [];
  const request = async () => answers.push(bits((await serving.batcher.predict(x)).data));
  const requests: Promise<number>[] = [];
  for (let i = 0; i < 100; i++) requests.push(request());
  const replaced = serving.batcher;
  serving = { model: next, batcher: next.batcher() };
  for (let i = 0; i < 100; i++) requests.push(request());
  await replaced.close();
  await Promise.all(requests);
  expect(answers.filter((answer) => answer === bits(old.predict(x).data))).toHaveLength(100);
  expect(answers.filter((answer) => answer === bits(next.predict(x).data))).toHaveLength(100);
});
