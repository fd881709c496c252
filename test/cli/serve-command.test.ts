import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../../lib/index';
import { good, post, trainPenguins } from './serve-model';

const program = path.join(__dirname, '../../dist/cli/main.js');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-serve-'));
const file = path.join(folder, 'penguins.safetensors');
const models: Awaited<ReturnType<typeof trainPenguins>>[] = [];

let child: ChildProcess | undefined;
let printed = '';

beforeAll(async () => {
  for (const seed of [1, 2]) models.push(await trainPenguins(seed));
});
afterEach(() => {
  child?.kill('SIGKILL');
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

async function said(text: RegExp): Promise<RegExpExecArray> {
  for (let look = 0; look < 1000; look++) {
    const found = text.exec(printed);
    if (found !== null) return found;
    await sleep(20);
  }
  throw new Error(`${text} was not printed, but: ${printed}`);
}

async function run(...args: string[]): Promise<string> {
  printed = '';
  child = spawn(process.execPath, [program, 'serve', ...args, '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  return (await said(/http:\/\/[\d.:]+/))[0];
}

const [first, second] = [0, 1].map((index) => () => models[index]?.predict(good));

test.skipIf(process.platform === 'win32')(
  'SIGHUP loads the file again; one that is no model keeps the old; SIGTERM ends with 0',
  async () => {
    await models[0]?.save(file);
    const url = await run(file);
    expect(printed).toMatch(/penguins\.safetensors: species from 4 columns\n/);
    expect((await post(url, good)).body).toEqual(first?.());

    await models[1]?.save(file);
    child?.kill('SIGHUP');
    await said(/loaded .*penguins/);
    expect((await post(url, good)).body).toEqual(second?.());

    fs.writeFileSync(file, 'no model');
    child?.kill('SIGHUP');
    await said(/the old model stays: .*penguins/);
    expect((await post(url, good)).body).toEqual(second?.());

    child?.kill('SIGTERM');
    const [code] = await once(child as ChildProcess, 'exit');
    expect([code, printed.endsWith('closed\n')]).toEqual([0, true]);
  },
);

test('--watch loads the file when it changes, and while it is away the old model stays', async () => {
  await models[0]?.save(file);
  const url = await run(file, '--watch');
  fs.rmSync(file);
  await sleep(1200);
  expect((await post(url, good)).body).toEqual(first?.());
  await models[1]?.save(file);
  await said(/loaded .*penguins/);
  expect((await post(url, good)).body).toEqual(second?.());
  expect(printed).not.toContain('the old model stays');
});

test('a plain network is served, too', async () => {
  const network = path.join(folder, 'network.safetensors');
  await new NeuralNetwork({ inputSize: 2, layers: [dense(3)], seed: 1 }).save(network);
  const url = await run(network);
  expect(printed).toContain('a network of 2 inputs and 3 outputs');
  expect((await post(url, [1, 2])).body.outputs).toHaveLength(3);
});

describe('what is wrong with its command line', () => {
  const serve = (...args: string[]) => spawnSync(process.execPath, [program, 'serve', ...args], { encoding: 'utf8' });
  test.each([
    [[], 2, 'chainrule serve: MODEL is missing'],
    [['a', 'b'], 2, 'chainrule serve: "b" is one argument too many'],
    [['a', '--prot', '1'], 2, 'chainrule serve: Unknown option \'--prot\'; did you mean "--port"?'],
    [['a', '--port', '99999'], 2, '--port must be at most 65535, got "99999"'],
    [['a', '--max-body', 'x'], 2, '--max-body must be a whole number, 0 or more, got "x"'],
    [['no-such-file.safetensors'], 2, 'no-such-file.safetensors'],
    [[program], 2, /main\.js is no safetensors file/],
  ])('%j', (args, code, message) => {
    const { status, stderr } = serve(...args);
    expect(status).toBe(code);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  });
});
