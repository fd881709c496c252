import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../../lib/index';
import { sendRaw } from '../support/http';
import { good, post, type Running, serve, trainPenguins } from './serve-model';

let model: Awaited<ReturnType<typeof trainPenguins>>;
let other: typeof model;
let shared: Running;
const open: Running[] = [];

beforeAll(async () => {
  [model, other] = [await trainPenguins(1), await trainPenguins(2)];
  shared = await serve(model, { title: 'penguins', version: '1.2.3' });
});
afterAll(() => shared.close());
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function start(...args: Parameters<typeof serve>): Promise<Running> {
  const one = await serve(...args);
  open.push(one);
  return one;
}

/** The moment at which connections have sent all of these texts: on a busy machine that takes a while. */
async function arrivalOf({ server }: Running, texts: readonly string[]): Promise<void> {
  const sockets: Socket[] = [];
  const add = (socket: Socket) => sockets.push(socket);
  server.on('connection', add);
  const wanted = texts.join('').length;
  while (sockets.length < texts.length || sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0) < wanted) await sleep(1);
  server.off('connection', add);
}

const ndjson = { 'content-type': 'application/x-ndjson' };

async function lines(url: string, text: string): Promise<unknown[]> {
  const response = await fetch(`${url}/predict`, { method: 'POST', headers: ndjson, body: text });
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  return (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('predictions', () => {
  test('of a record, of records and of lines are those of the model, to the last bit', async () => {
    const bad = { ...good, bill: 57, island: 'Dream', flipper: null };
    expect((await post(shared.url, good)).body).toEqual(model.predict(good));
    expect((await post(shared.url, [good, bad])).body).toEqual(model.predict([good, bad]));
    expect((await post(shared.url, [])).body).toEqual([]);
    const many = Array.from({ length: 700 }, (_, row) => ({ ...good, bill: 38 + row / 30 }));
    expect((await post(shared.url, many)).body).toEqual(model.predict(many));
    expect(await lines(shared.url, many.map((one) => JSON.stringify(one)).join('\n'))).toEqual(model.predict(many));
  });

  test('of a plain network: rows of numbers', async () => {
    const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(2)], precision: 'f64', seed: 4 });
    const { url } = await start(nn);
    const outputs = (row: number[]) => ({ outputs: Array.from(nn.predict(row).data) });
    expect((await post(url, [1, 2, 3])).body).toEqual(outputs([1, 2, 3]));
    expect(
      (
        await post(url, [
          [1, 2, 3],
          [4, 5, 6],
        ])
      ).body,
    ).toEqual([outputs([1, 2, 3]), outputs([4, 5, 6])]);
    expect((await post(url, [1, 2])).body.error?.message).toBe('a row must have 3 numbers, got 2');
    expect(
      (
        await post(url, [
          [1, 2, 3],
          [1, null, 3],
        ])
      ).body.error,
    ).toMatchObject({ message: 'row[1] must be a finite number, got null', row: 1 });
  });

  test('of a network with class names: label and probabilities', async () => {
    const { url } = await start(new NeuralNetwork({ inputSize: 1, layers: [dense(1, 'sigmoid')], classNames: ['no', 'yes'], seed: 1 }));
    const { body } = await post(url, [30]);
    const { no = 0, yes = 0 } = body.probabilities as Record<string, number>;
    expect(no + yes).toBeCloseTo(1, 6);
    expect(body.label).toBe(yes > no ? 'yes' : 'no');
  });
});

describe('what is wrong with a request', () => {
  test.each([
    [{ ...good, bill: 'long' }, 400, { code: 'ERR_CHAINRULE_TYPE', column: 'bill' }],
    [{ ...good, bill: null }, 400, { code: 'ERR_CHAINRULE_VALUE', column: 'bill' }],
    [{ ...good, bil: 1 }, 400, { column: 'bil' }],
    [[good, good, { ...good, island: 5 }], 400, { column: 'island', row: 2 }],
    [[good, null], 400, { row: 1 }],
    ['5', 400, { code: 'ERR_CHAINRULE_TYPE' }],
    ['{"bill":', 400, { code: 'INVALID_JSON' }],
    ['', 400, { code: 'INVALID_JSON' }],
  ])('%j: %i with the column and the row at fault', async (body, status, error) => {
    const answer = await post(shared.url, body);
    expect([answer.status, answer.body.error]).toEqual([status, expect.objectContaining(error)]);
  });

  test('bytes that are not UTF-8 are refused', async () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    const response = await fetch(`${shared.url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(response.status).toBe(400);
  });

  test('404, 405 with Allow, 415', async () => {
    const ask = (path: string, method = 'GET', headers = {}) =>
      fetch(shared.url + path, { method, headers, ...(method === 'POST' && { body: '{}' }) });
    expect((await ask('/nothing')).status).toBe(404);
    expect((await ask('/__proto__')).status).toBe(404);
    const wrong = await ask('/predict');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    const posted = await ask('/health', 'POST');
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await ask('/health', 'HEAD')).status).toBe(200);
    expect((await ask('/predict', 'POST', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await ask('/predict', 'POST', { 'content-type': 'application/json', 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await post(shared.url, good, { 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(200);
  });

  test('413: a body or a line that is too large, declared or not', async () => {
    const { url, port } = await start(model, { maxBody: 1000 });
    const large = JSON.stringify({ ...good, bill: 'x'.repeat(2000) });
    expect((await post(url, large)).status).toBe(413);
    const head = 'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: ';
    const chunked = `${head}application/json\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n${'x'.repeat(2000)}\r\n`;
    expect(await sendRaw(port, chunked)).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*TOO_LARGE/i);
    expect(await sendRaw(port, chunked.replace('application/json', 'application/x-ndjson'))).toMatch(/^HTTP\/1\.1 413 /);
    // Any number of lines may come.
    expect(await lines(url, `${JSON.stringify(good)}\n`.repeat(50))).toHaveLength(50);
  });

  test('413 reaches a client that sends all of its body before it reads', async () => {
    const { port } = new URL(shared.url);
    const body = ' '.repeat(8 << 20);
    const head = `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    for (let round = 0; round < 5; round++) expect(await sendRaw(Number(port), head + body)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('408: a body that trickles in, and headers that never end', async () => {
    const { port } = await start(model, { bodyTimeout: 200, headersTimeout: 300 });
    const head = 'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{';
    expect(await sendRaw(port, head)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"TIMEOUT"/);
    expect(await sendRaw(port, head.replace('/json', '/x-ndjson'))).toMatch(/^HTTP\/1\.1 408 /);
    expect(await sendRaw(port, 'GET /health HTTP/1.1\r\nhost: x\r\nx-slow: ')).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a wrong line has an error in its place, and the others their predictions', async () => {
    const answers = await lines(
      shared.url,
      `${JSON.stringify(good)}\n\n{"bill":\n${JSON.stringify({ ...good, bill: 'x' })}\r\n${JSON.stringify(good)}`,
    );
    const { label } = model.predict(good) as { label: string };
    expect(answers).toEqual([
      expect.objectContaining({ label }),
      { error: expect.objectContaining({ code: 'INVALID_JSON', line: 3 }) },
      { error: expect.objectContaining({ code: 'ERR_CHAINRULE_TYPE', column: 'bill', line: 4 }) },
      expect.objectContaining({ label }),
    ]);
  });
});

test('503 with Retry-After when too many rows wait; a single large request and a stream are served', async () => {
  const large = new NeuralNetwork({ inputSize: 256, layers: [dense(4096, 'relu'), dense(4096, 'relu'), dense(1)], seed: 1 });
  const { url } = await start(large, { maxWaiting: 4 });
  const row = Array(256).fill(0.5);
  const answers = await Promise.all(Array.from({ length: 60 }, () => post(url, row)));
  const refused = answers.filter(({ status }) => status === 503);
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(4);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length + answers.filter(({ status }) => status === 200).length).toBe(60);
  for (const { headers, body } of refused) expect([headers.get('retry-after'), body.error?.code]).toEqual(['1', 'OVERLOADED']);
  expect((await post(url, Array(20).fill(row))).status).toBe(200);
  const streamed = await lines(url, `${JSON.stringify(row)}\n`.repeat(30));
  expect(streamed.filter((answer) => 'outputs' in (answer as object))).toHaveLength(30);
});

test('a model is replaced under load: each answer is one of the two, none is lost', async () => {
  const { url, replace } = await start(model);
  const [before, after] = [model, other].map((one) => JSON.stringify(one.predict(good)));
  const seen = new Set<string>();
  let running = true;
  const client = async (): Promise<number> => {
    let count = 0;
    for (; running; count++) {
      const { status, body } = await post(url, good);
      expect(status).toBe(200);
      seen.add(JSON.stringify(body));
    }
    return count;
  };
  const clients = Array.from({ length: 8 }, client);
  for (const next of [other, model, other]) {
    await sleep(50);
    await replace(next);
  }
  await sleep(50);
  running = false;
  const counts = await Promise.all(clients);
  expect([...seen].sort()).toEqual([before, after].sort());
  expect(Math.min(...counts)).toBeGreaterThan(0);
  expect((await post(url, good)).body).toEqual(other.predict(good));
});

test('closing answers what is under way, and takes nothing new', async () => {
  const one = await serve(model);
  const body = JSON.stringify(good);
  const head = `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  let sendRest: (text: string) => void = () => {};
  const get = 'GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n';
  const arrived = arrivalOf(one, [head, get]);
  const slow = sendRaw(one.port, head, new Promise<string>((resolve) => (sendRest = resolve)));
  const idle = sendRaw(one.port, get);
  await arrived;
  const closing = one.close();
  expect(await idle).toMatch(/^HTTP\/1\.1 404 /); // and its connection is closed
  await expect(fetch(`${one.url}/health`)).rejects.toThrow();
  sendRest(body);
  expect(await slow).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close[\s\S]*"label":/i);
  await closing;
});

test.each([
  ['has sent nothing yet', ''],
  ['is in the middle of its headers', 'GET / HTTP/1.1\r\nhost: '],
])(
  'closing does not wait for a connection that %s',
  async (_, text) => {
    const one = await serve(model);
    const arrived = arrivalOf(one, [text]);
    const answer = sendRaw(one.port, text);
    await arrived;
    await one.close();
    expect(await answer).toBe('');
  },
  5000,
);

describe('what it says of itself', () => {
  test('/schema is an OpenAPI document of the record and of the prediction', async () => {
    const document = await (await fetch(`${shared.url}/schema`)).json();
    expect([document.openapi, document.info.version]).toEqual(['3.1.0', '1.2.3']);
    const { Record: record, Prediction: prediction } = document.components.schemas;
    expect(record.required).toEqual(['bill', 'island', 'tagged']);
    expect(record.properties.flipper.type).toEqual(['number', 'null']);
    expect(record.properties.bill).toMatchObject({
      type: 'number',
      description: expect.stringMatching(/^in training from 39\..* to 5\d\..*, mean 4/),
    });
    expect(record.properties.island).toEqual({ type: 'string', examples: ['Biscoe', 'Dream'] });
    expect(record.properties.species.description).toBe('ignored: the target');
    expect(record.properties.id.description).toMatch(/^ignored: /);
    expect(prediction.properties.label.enum).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
    for (const name of Object.keys(model.predict(good))) expect(prediction.required).toContain(name);
  });

  test('/health and /metrics', async () => {
    const { url, countFailedReload, replace } = await start(model);
    await post(url, [good, good, good]);
    await post(url, good);
    await post(url, { ...good, bill: 'x' });
    await fetch(`${url}/nothing`);
    await replace(other);
    countFailedReload();
    const health = await (await fetch(`${url}/health`)).json();
    expect(health).toMatchObject({ status: 'ok', outputSize: 3, waiting: 0 });
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? -?[\d.e+-]+)$/);
    const value = (name: string): number =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      );
    expect(value('chainrule_rows_total')).toBe(4);
    expect(value('chainrule_batch_rows_sum')).toBe(4);
    expect(value('chainrule_requests_total{path="/predict",status="200"}')).toBe(2);
    expect(value('chainrule_requests_total{path="other",status="404"}')).toBe(1);
    expect(value('chainrule_errors_total{code="ERR_CHAINRULE_TYPE"}')).toBe(1);
    expect(value('chainrule_request_duration_seconds_count')).toBe(3);
    expect(value('chainrule_request_duration_seconds_bucket{le="+Inf"}')).toBe(3);
    expect(value('chainrule_reloads_total{result="success"}')).toBe(1);
    expect(value('chainrule_reloads_total{result="failure"}')).toBe(1);
    expect(value('chainrule_rows_waiting')).toBe(0);
  });
});
