import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// A package without a binary that loads: WebAssembly takes its place, with one warning. The module is there after `npm run build:wasm`, which
// .ci/run calls first.

const root = path.join(__dirname, '..');
const temporary = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'chainrule-fallback-'));
const installed = path.join(temporary, 'node_modules/chainrule');
const wasm = path.join(installed, 'dist/wasm/chainrule.wasm');
const hasWasm = fs.existsSync(path.join(root, 'dist/wasm/chainrule.wasm'));

beforeAll(() => {
  for (const name of ['dist', 'package.json', 'native/binding.gyp'])
    fs.cpSync(path.join(root, name), path.join(installed, name), { recursive: true });
  fs.cpSync(path.join(root, 'node_modules/node-gyp-build'), path.join(temporary, 'node_modules/node-gyp-build'), { recursive: true });
});
afterAll(() => fs.rmSync(temporary, { recursive: true, force: true, maxRetries: 10 }));

const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_.*|CHAINRULE_.*|NODE_OPTIONS)$/i.test(name)));

function run(script: string, env: NodeJS.ProcessEnv = {}, flags: string[] = []) {
  return spawnSync(process.execPath, [...flags, '-e', script], { cwd: temporary, encoding: 'utf8', env: { ...clean, ...env } });
}

const train = `
  const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'tanh'), dense(1, 'sigmoid')], seed: 1 });
  nn.fit({ x: [[0, 1], [1, 1]], y: [[1], [0]] }, { epochs: 2 }).then(() => console.log(info().threads, nn.predict([[0, 1]]).shape.join()));
`;

describe.runIf(hasWasm)('with the WebAssembly module', () => {
  test('require gives the library in WebAssembly and a warning that says how to compile', () => {
    const { status, stdout, stderr } = run(`
      process.on('warning', ({ name, code, message }) => console.log(JSON.stringify({ name, code, message })));
      const { NeuralNetwork, dense, info } = require('chainrule');${train}`);
    expect(status, stderr).toBe(0);
    const [result, warning] = stdout.trim().split('\n').sort().reverse() as [string, string];
    const [json, printed] = result.startsWith('{') ? [result, warning] : [warning, result];
    expect(printed).toBe('1 1,1');
    const { name, code, message } = JSON.parse(json);
    expect({ name, code }).toEqual({ name: 'ChainruleWarning', code: 'CHAINRULE_FALLBACK' });
    expect(message).toContain('falls back to WebAssembly');
    expect(message).toContain(`npx node-gyp rebuild --directory=${path.join('node_modules/chainrule/native')}\n`);
    expect(message).toContain('CHAINRULE_FALLBACK=off');
  });

  test('an ES module gets every name', () => {
    const script = `import { NeuralNetwork, dense, info } from 'chainrule';${train}`;
    const { status, stdout } = run(script, {}, ['--input-type=module']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '1 1,1\n' });
  });

  test('workers do not warn again', () => {
    const { stdout, stderr } = run(`
      require('chainrule');
      const { Worker } = require('node:worker_threads');
      for (let i = 0; i < 2; i++) new Worker("require('chainrule'); console.log('loaded')", { eval: true });`);
    expect(stdout).toBe('loaded\nloaded\n');
    expect(stderr.match(/CHAINRULE_FALLBACK\]/g)).toHaveLength(1);
  });

  test('the command line works', () => {
    const cli = path.join(installed, 'dist/cli/main.js');
    expect(execFileSync(process.execPath, [cli, 'info'], { env: clean, encoding: 'utf8', stdio: 'pipe' })).toMatch(/^kernels +simd128/m);
  });
});

test('CHAINRULE_FALLBACK=off makes it an error', () => {
  const { status, stderr } = run("require('chainrule')", { CHAINRULE_FALLBACK: 'off' });
  expect(status).toBe(1);
  expect(stderr).toContain("code: 'ERR_CHAINRULE_LOAD'");
  expect(stderr).not.toContain('WebAssembly, which');
});

test('an error that is not about loading is not hidden', () => {
  const lib = path.join(installed, 'dist/lib.js');
  const whole = fs.readFileSync(lib, 'utf8');
  fs.writeFileSync(lib, 'throw new TypeError("something else");');
  const { stderr } = run("require('chainrule')");
  fs.writeFileSync(lib, whole);
  expect(stderr).toContain('TypeError: something else');
  expect(stderr).not.toContain('WebAssembly');
});

test('neither binary nor WebAssembly: one error that tells both', () => {
  fs.rmSync(wasm, { force: true });
  const { status, stderr } = run("require('chainrule')");
  expect(status).toBe(1);
  expect(stderr).toContain("code: 'ERR_CHAINRULE_LOAD'");
  expect(stderr).toContain('has no binary that loads');
  expect(stderr).toMatch(/The fallback to WebAssembly failed, too: .*chainrule\.wasm/);
});
