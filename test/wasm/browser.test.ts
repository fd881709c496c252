import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
// @ts-expect-error a module for browsers, without types
import { learn } from './learn.mjs';

// Uses `import 'chainrule/wasm'` in Node.js and in a browser: the built package, nothing in between.

interface Learned {
  info: { isa: string; isas: string[]; precisions: string[]; threads: number };
  xor: { outputs: number[]; bySession: number[]; bits: string };
  digits: { losses: number[]; accuracy: number; someOutputs: number[]; bits: string };
  travel: Record<string, unknown>;
  error?: string;
}

const root = path.join(__dirname, '../..');
const load = createRequire(__filename);
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const browser = names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
const digits = realDigits();
const inNode: Promise<Learned> = learn(load(path.join(root, 'dist/wasm')), digits);

/** Of each digit some to learn from and some to be held out, from the database MNIST. */
function realDigits() {
  const sets = { training: { from: 0, to: 200 }, heldOut: { from: 200, to: 250 } };
  const read = ({ from, to }: { from: number; to: number }) => {
    const images = Array.from({ length: 10 }, (_, label) => load(`mnist/src/digits/${label}.json`).data.slice(from * 784, to * 784));
    return { x: Float32Array.from(images.flat()), y: Uint8Array.from({ length: 10 * (to - from) }, (_, row) => row / (to - from)) };
  };
  return { training: read(sets.training), heldOut: read(sets.heldOut) };
}

let server: http.Server;
let posted: (result: string) => void;

beforeAll(async () => {
  const types: Record<string, string> = { '.html': 'text/html', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
  server = http.createServer((request, response) => {
    const url = request.url ?? '';
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        response.end();
        posted(body);
      });
    } else if (url === '/digits') {
      const plain = (_: string, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value);
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(digits, plain));
    } else if (url === '/alone/index.mjs') {
      response.setHeader('Content-Type', 'text/javascript').end(fs.readFileSync(path.join(root, 'dist/wasm/index.mjs')));
    } else if (/^\/(dist\/wasm|test\/wasm)\/[\w.-]+$/.test(url) && fs.existsSync(path.join(root, url))) {
      response.setHeader('Content-Type', types[path.extname(url)] ?? 'application/octet-stream').end(fs.readFileSync(path.join(root, url)));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => server.close());

test('Node.js learns XOR and digits', async () => {
  const { info, xor, digits: read } = await inNode;
  expect(info).toEqual({ isa: 'simd128', isas: ['simd128', 'scalar'], precisions: ['f32', 'f64'], threads: 1 });
  expect(xor.outputs.map(Math.round)).toEqual([0, 1, 1, 0]);
  expect(xor.bySession).toEqual(xor.outputs);
  expect(read.losses.at(-1)).toBeLessThan((read.losses[0] as number) / 4);
  expect(read.accuracy).toBeGreaterThan(0.85);
});

test('it is imported and required by its name, and has what chainrule has', () => {
  const code = `
    import * as wasm from 'chainrule/wasm';
    import * as native from 'chainrule';
    import required from 'chainrule/wasm';
    console.log(JSON.stringify([Object.keys(wasm), Object.keys(native), Object.keys(required), required.dense === wasm.dense]));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: root, encoding: 'utf8' });
  const [wasm, native, required, same] = JSON.parse(stdout);
  expect(wasm).toEqual(native);
  expect(wasm).toEqual(expect.arrayContaining(['NeuralNetwork', ...required]));
  expect(same).toBe(true);
});

test('models and arrays travel as bytes, texts and objects', async () => {
  const { travel } = await inNode;
  expect(travel).toEqual({
    same: ['bytes', 'text', 'pytorch', 'onnx'],
    metadata: { name: 'Übung' },
    digests: Array(6).fill(expect.stringMatching(/^[\da-f]{64}$/)),
    arrays: 3,
    damaged: 'ERR_CHAINRULE_FORMAT',
    foreign: [50, 53],
  });
});

test('without its module, or with a damaged one, it says what helps', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-wasm-'));
  const copy = path.join(folder, 'dist/wasm');
  fs.mkdirSync(copy, { recursive: true });
  fs.copyFileSync(path.join(root, 'dist/wasm/index.js'), path.join(copy, 'index.js'));
  const error = (problem: RegExp) => expect.objectContaining({ code: 'ERR_CHAINRULE_LOAD', message: expect.stringMatching(problem) });
  expect(() => load(copy)).toThrow(error(/chainrule.wasm: ENOENT.*npm run build:wasm/));
  fs.writeFileSync(path.join(copy, 'chainrule.wasm'), 'no module');
  expect(() => load(copy)).toThrow(error(/chainrule.wasm: .*magic.*npm ci/));
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

test('the bits are those that they were', async () => {
  const { xor, digits: read } = await inNode;
  const known = JSON.parse(fs.readFileSync(path.join(root, 'test/goldens/wasm.json'), 'utf8'));
  expect({ xor: xor.bits, digits: read.bits }).toEqual(known);
});

test('a browser learns the same, to the last bit', { timeout: 120_000 }, async () => {
  expect(browser, `one of ${names.join(', ')}; on Debian: apt-get install --yes chromium`).toBeDefined();
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-chromium-'));
  const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
  const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/test/wasm/page.html`;
  const arguments_ = ['--headless', '--no-sandbox', '--disable-gpu', ...quiet, `--user-data-dir=${profile}`, page];
  const result = new Promise<string>((resolve) => {
    posted = resolve;
  });
  const child = spawn(browser as string, arguments_, { stdio: 'ignore', detached: true });
  try {
    const { refused, isolated, agent, alone, ...learned } = JSON.parse(await result);
    expect(learned.error).toBeUndefined();
    expect(learned).toEqual(await inNode);
    expect(agent).toMatch(/Chrome\//);
    expect(isolated).toBe(false);
    expect(alone.code).toBe('ERR_CHAINRULE_LOAD');
    expect(alone.message).toMatch(/cannot load http:.*\/alone\/chainrule.wasm: the server says 404 Not Found. It has to lie beside/);
    expect(refused).toEqual(Array(3).fill('ERR_CHAINRULE_UNSUPPORTED'));
  } finally {
    process.kill(-(child.pid as number), 'SIGKILL');
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  }
});
