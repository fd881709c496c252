// Measures the answers per second of an HTTP server, with and without a batcher, beside onnxruntime-node with the same weights. Also measures how
// late the event loop is while a large network trains in the same process. Server and load generator are processes of their own.
import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { values } from './drivers/data.mjs';
import { onnxModel } from './drivers/onnx-model.mjs';
import { isInstalled, version } from './drivers/peers.mjs';
import { environment } from './environment.mjs';
import { recordServers, saveRecordModel } from './serving/records.mjs';

const usage = `Usage: npm run bench:serving -- [--seconds 5] [--rounds 2] [--connections 64] [--only 784-512-10|records|training]`;
const networks = ['64-64-10', '784-512-10', '784-2048-2048-10'];
const cases = [...networks, 'records', 'training'];
const cores = os.availableParallelism();
const servers = [
  { name: 'no prediction', how: 'nothing' },
  { name: 'predict', how: 'predict' },
  { name: 'batcher', how: 'batched' },
  { name: 'onnxruntime', how: 'onnxruntime' },
  { name: 'onnxruntime, 1 thread', how: 'onnxruntime', threads: 1 },
  ...(cores > 1 ? [{ name: `onnxruntime, ${cores} threads`, how: 'onnxruntime', threads: cores }] : []),
];
const option = (value) => ({ type: 'string', default: value });

function readFlags() {
  try {
    const { values: flags } = parseArgs({
      options: { seconds: option('5'), rounds: option('2'), connections: option('64'), only: option('') },
    });
    const numbers = [flags.seconds, flags.rounds, flags.connections].map(Number);
    if (!numbers.every((number) => number > 0) || !cases.some((name) => name.includes(flags.only))) throw new Error(usage);
    return flags;
  } catch (error) {
    console.error(error.message === usage ? usage : `${error.message}\n${usage}`);
    return process.exit(1);
  }
}

const flags = readFlags();
if (!isInstalled('autocannon')) {
  console.error('autocannon is missing: npm install --prefix bench/peers');
  process.exit(1);
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-serving-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const spawned = { stdio: ['ignore', 'pipe', 'inherit'], env: environment({ threads: cores }) };

/** Does something with a server's address while it runs. */
const withServer = (spec, body) => withProgram([file('serving/server.mjs'), JSON.stringify(spec)], body);

async function withProgram(program, body) {
  const server = spawn(process.execPath, program, spawned);
  try {
    let printed = '';
    for await (const [text] of on(server.stdout.setEncoding('utf8'), 'data')) {
      printed += text;
      if (/http:\S+\s/.test(printed)) break;
    }
    return await body(/http:\S+/.exec(printed)[0]);
  } finally {
    const exited = once(server, 'exit');
    server.kill();
    await exited;
  }
}

/** Autocannon's figures for `duration` seconds of requests of one row each. */
async function load(url, inputs, duration, extra = {}) {
  const settings = { url, inputs, duration, connections: Number(flags.connections), ...extra };
  const generator = spawn(process.execPath, [file('serving/load.mjs'), JSON.stringify(settings)], spawned);
  let printed = '';
  generator.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  await once(generator, 'close');
  const { errors, ...result } = JSON.parse(printed);
  if (errors > 0) throw new Error(`${errors} requests were not answered as they should be`);
  return result;
}

async function answerOf(url, row) {
  const response = await fetch(url, { method: 'POST', body: row });
  return new Float32Array(await response.arrayBuffer());
}

const difference = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
const peer = (server) => server.how !== 'onnxruntime' || isInstalled('onnxruntime-node');
const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

async function measureRequests(name) {
  const sizes = name.split('-').map(Number);
  const model = path.join(folder, `${name}.onnx`);
  fs.writeFileSync(model, onnxModel(sizes));
  const body = values(sizes[0]);
  const results = new Map();
  let expected;
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const server of servers.filter(peer)) {
      const result = await withServer({ ...server, sizes, model }, async (url) => {
        if (server.how !== 'nothing') {
          const answer = await answerOf(url, body);
          expected ??= answer;
          if (!(difference(answer, expected) < 1e-5)) throw new Error(`${server.name} predicts something else`);
        }
        await load(url, sizes[0], 1); // until everything is compiled
        return load(url, sizes[0], Number(flags.seconds));
      });
      const best = results.get(server.name);
      if (best === undefined || result.perSecond > best.perSecond) results.set(server.name, result);
    }
  }
  for (const [server, { perSecond, p50, p99 }] of results) row([name, server, Math.round(perSecond), ms(p50), ms(p99)]);
}

async function measureRecords() {
  const model = path.join(folder, 'records.safetensors');
  const { model: saved, record } = await saveRecordModel(model);
  const expected = JSON.stringify(saved.predict(record));
  const best = new Map();
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const { name, program, path: place } of recordServers(model)) {
      const result = await withProgram(program, async (url) => {
        const address = url + place;
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(record) });
        if ((await answer.text()).trim() !== expected) throw new Error(`${name} predicts something else`);
        await load(address, 0, 1, { json: record });
        return load(address, 0, Number(flags.seconds), { json: record });
      });
      if (!(result.perSecond <= best.get(name)?.perSecond)) best.set(name, result);
    }
  }
  for (const [name, { perSecond, p50, p99 }] of best) row([name, Math.round(perSecond), ms(p50), ms(p99)]);
}

async function measureTraining() {
  const gently = { connections: 10, overallRate: 200 };
  for (const train of [false, true]) {
    const spec = { how: 'predict', sizes: [784, 512, 10], train };
    await withServer(spec, async (url) => {
      const delay = async () => (await fetch(url)).json();
      await load(url, 784, 1, gently);
      await delay();
      const { p50, p99 } = await load(url, 784, Number(flags.seconds), gently);
      const loop = await delay();
      row([train ? '784-2048-2048-10' : 'nothing', ...[loop.p50, loop.p99, p50, p99].map(ms)]);
    });
  }
}

console.log(`${os.cpus()[0].model}, ${cores} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
console.log(`autocannon ${version('autocannon')}, ${flags.connections} connections, ${flags.seconds} s, best of ${flags.rounds}\n`);
const head = (...cells) => {
  row(cells);
  row(cells.map(() => '---'));
};
const isWanted = (name) => name.includes(flags.only);
if (networks.some(isWanted)) head('network', 'server', 'requests/s', 'p50', 'p99');
for (const name of networks.filter(isWanted)) await measureRequests(name);
if (isWanted('records')) {
  console.log('');
  head('records as JSON', 'requests/s', 'p50', 'p99');
  await measureRecords();
}
if (isWanted('training')) {
  console.log('');
  head('training meanwhile', 'event loop p50', 'event loop p99', '200 requests/s p50', '200 requests/s p99');
  await measureTraining();
}
