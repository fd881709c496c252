import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../../lib/index';

// Each example as a user runs it. They import 'chainrule', which is dist/ here.

const root = path.join(__dirname, '../..');
const script = (name: string) => path.join(root, 'examples', `${name}.mjs`);

function run(name: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script(name), ...args], { encoding: 'utf8', cwd: root });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

test('xor', () => {
  const output = run('xor');
  const [zero, one, alsoOne, alsoZero] = (/epoch 500 .* outputs (.*)/.exec(output)?.[1] ?? '').split(' ').map(Number) as [
    number,
    number,
    number,
    number,
  ];
  expect(Math.max(zero, alsoZero)).toBeLessThan(0.1);
  expect(Math.min(one, alsoOne)).toBeGreaterThan(0.9);
  expect(output).toMatch(/500 more epochs with fit: loss 0\.0\d+, [\d.]+ ms/);
});

test('digits, for three epochs', { timeout: 120_000 }, () => {
  const output = run('digits', '--epochs', '3');
  const accuracy = Number(/^accuracy on held-out digits: ([\d.]+) %$/m.exec(output)?.[1]);
  expect(accuracy).toBeGreaterThan(93);
  expect(output.match(/^epoch \d\/3 +loss [01]\.\d{4} +held out \d\d\.\d % +\d+ steps\/s/gm)).toHaveLength(3);

  // Rows of the confusion matrix are the classes, and all held-out digits are in it.
  const rows = [...output.matchAll(/^│ (\d) +│ (.*) │$/gm)].map(([, , row]) => (row as string).split('│').map(Number));
  expect(rows.map((row) => row.length)).toEqual(Array(10).fill(10));
  const counts = rows.flat();
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2000);
  const right = rows.reduce((sum, row, digit) => sum + (row[digit] as number), 0);
  expect(right / 20).toBeCloseTo(accuracy, 1);
});

test('regression', () => {
  const output = run('regression');
  const error = (name: string) => Number(new RegExp(`${name}.* ([\\d.]+) miles per gallon`).exec(output)?.[1]);
  expect(error('always the mean')).toBeGreaterThan(6);
  expect(error('a straight line')).toBeLessThan(4);
  expect(error('a network')).toBeLessThan(0.9 * error('a straight line'));
  expect(output.match(/^19\d\d .*(USA|Europe|Japan)/gm)).toHaveLength(5);
});

describe('server', () => {
  let folder: string;
  let server: ChildProcess;
  let url: string;
  let printed = '';

  async function start(...args: string[]): Promise<void> {
    printed = '';
    server = spawn(process.execPath, [script('server'), '--port', '0', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [server.stdout, server.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (printed += text));
    while (!printed.includes('\n')) await once(server.stdout as NodeJS.ReadableStream, 'data');
    url = /http:\S+/.exec(printed)?.[0] as string;
  }

  async function stop(): Promise<number | null> {
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    return (await exited)[0] as number | null;
  }

  const post = (body: string, to = '/predict') => fetch(url + to, { method: 'POST', body });
  const predict = async (x: unknown) =>
    (await (await post(JSON.stringify({ x }))).json()) as { predictions: number[][]; error: string; code: string };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-examples-'));
    await start();
  });
  afterAll(async () => {
    if (server.exitCode === null) await stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  test('health', async () => {
    const health = { status: 'ok', inputSize: 2, outputSize: 1, parameters: 17, waiting: 0, since: expect.stringMatching(/^20\d\d-/) };
    expect(await (await fetch(`${url}/health`)).json()).toEqual(health);
  });

  test('predictions: few rows, many rows, many requests at once', async () => {
    const rows = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    const { predictions } = await predict(rows);
    expect(predictions.map(([value]) => Math.round(value as number))).toEqual([0, 1, 1, 0]);
    const many = await predict(Array.from({ length: 1000 }, (_, index) => rows[index % 4]));
    expect(many.predictions).toEqual(Array.from({ length: 1000 }, (_, index) => predictions[index % 4]));
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => predict([rows[index % 4]])));
    expect(answers.map((answer) => answer.predictions[0])).toEqual(answers.map((_, index) => predictions[index % 4]));
  });

  test.each<[what: string, body: string, message: RegExp, code?: string]>([
    ['no JSON', '{', /the body must be JSON/],
    ['null', 'null', /the body must be JSON/],
    ['nothing', '{}', /x must be a matrix .* got undefined/, 'ERR_CHAINRULE_TYPE'],
    ['too many columns', '{"x": [[1, 2, 3]]}', /must have 2 columns|have 2 columns/, 'ERR_CHAINRULE_SHAPE'],
    ['text', '{"x": [["a", "b"]]}', /row.* must be a .*number/, 'ERR_CHAINRULE_TYPE'],
    ['text in the second row', '{"x": [[0, 1], ["a", "b"]]}', /x\[1\].* must be a .*number/, 'ERR_CHAINRULE_TYPE'],
    ['a number too large', '{"x": [[1e999, 1]]}', /row at row 0, column 0 must be a finite number/, 'ERR_CHAINRULE_VALUE'],
    ['no rows', '{"x": []}', /at least one row/, 'ERR_CHAINRULE_SHAPE'],
  ])('%s: 400', async (_, body, message, code) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    const answer = (await response.json()) as { error: string; code?: string };
    expect(answer.error).toMatch(message);
    expect(answer.code).toBe(code);
  });

  test('404, 405 and 413', async () => {
    expect((await fetch(url)).status).toBe(404);
    expect((await post('{}', '/__proto__')).status).toBe(404);
    const wrongMethod = await fetch(`${url}/predict`);
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await statusOfLargeBody()).toBe(413);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  /** Sent by hand: fetch may report the closed connection rather than the answer. */
  function statusOfLargeBody(): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const request = http.request(`${url}/predict`, { method: 'POST' }, (response) => resolve(response.resume().statusCode));
      request.on('error', reject);
      request.write('x'.repeat((1 << 20) + 1));
    });
  }

  test.skipIf(process.platform === 'win32')('SIGTERM: the request under way is answered, then the process ends', async () => {
    const silent = net.connect(Number(new URL(url).port), 'localhost');
    await once(silent, 'connect');
    const request = http.request(`${url}/predict`, { method: 'POST' });
    const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
    request.write('{"x": ');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const stopped = stop();
    await new Promise((resolve) => setTimeout(resolve, 100));
    request.end('[[0, 1]]}');
    const [response] = await answered;
    expect(response.statusCode).toBe(200);
    expect(response.headers.connection).toBe('close');
    response.resume();
    expect(await stopped, 'it waits for no connection without a request').toBe(0);
    expect(printed).toContain('closed');
    silent.destroy();
  });

  test('a model of one’s own', async () => {
    const file = path.join(folder, 'model.safetensors');
    const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(2, 'softmax')] });
    await nn.save(file);
    if (server.exitCode === null) await stop();
    await start('--model', file);
    expect((await predict([[1, 2, 3]])).predictions[0]).toEqual(Array.from(nn.predict([1, 2, 3]).data));
  });

  test.skipIf(process.platform === 'win32')('SIGHUP: another model, and no request without an answer', async () => {
    const file = path.join(folder, 'reloaded.safetensors');
    const models = [1, 2].map((seed) => new NeuralNetwork({ inputSize: 3, layers: [dense(2, 'softmax')], seed })) as [
      NeuralNetwork,
      NeuralNetwork,
    ];
    const expected = models.map((model) => Array.from(model.predict([1, 2, 3]).data));
    const answer = async () => (await predict([[1, 2, 3]])).predictions[0] as number[];
    const said = async (text: string) => {
      while (!printed.includes(text)) await answer();
    };
    await models[0].save(file);
    if (server.exitCode === null) await stop();
    await start('--model', file);
    expect(await answer()).toEqual(expected[0]);

    await models[1].save(file);
    let loaded = false;
    const answers: number[][] = [];
    const clients = Array.from({ length: 8 }, async () => {
      while (!loaded) answers.push(await answer());
    });
    server.kill('SIGHUP');
    await said('loaded');
    loaded = true;
    await Promise.all(clients);
    for (const one of answers) expect(expected).toContainEqual(one);
    expect(await answer()).toEqual(expected[1]);

    // A file without a model causes a message, and changes nothing.
    await writeFile(file, 'no model');
    server.kill('SIGHUP');
    await said('the old model goes on');
    expect(await answer()).toEqual(expected[1]);
    expect(await stop()).toBe(0);
  });
});
