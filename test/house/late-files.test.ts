import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

// Parts of the built package that are loaded when they are first asked for (scripts/late-files.mjs).

const dist = path.join(__dirname, '../../dist');

/** The files of `dist` that are loaded after each of some steps. */
function loadedAfter(...steps: string[]): string[][] {
  const code = `
    const c = require(${JSON.stringify(dist)});
    const nn = new c.NeuralNetwork({ inputSize: 2, layers: [c.dense(1)] });
    const loaded = () => Object.keys(require.cache).filter((file) => file.startsWith(${JSON.stringify(dist)})).map((file) => require('node:path').basename(file)).sort();
    (async () => {
      const all = [loaded()];
      for (const step of [${steps.map((step) => `() => ${step}`).join()}]) { await step(); all.push(loaded()); }
      console.log(JSON.stringify(all));
    })();`;
  const all = JSON.parse(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' })) as string[][];
  return all.map((files, index) => (index === 0 ? files : files.filter((file) => !all[index - 1]?.includes(file))));
}

const late = ['onnx.js', 'foreign.js', 'npy.js', 'training.js'];

test('a program that predicts loads none of them, and each is loaded once it is needed', () => {
  const [first, ...others] = loadedAfter(
    'nn.predict([1, 2])',
    'nn.toONNX()',
    'c.NeuralNetwork.fromONNX(nn.toONNX())',
    'nn.toPyTorch()',
    'c.NeuralNetwork.fromSafetensors(nn.toPyTorch().stateDict, { inputSize: 2, layers: [c.dense(1)] })',
    'c.readNpy(c.toNpy([1, 2]))',
    'nn.fit({ x: [[1, 2]], y: [1] }, { epochs: 1 })',
    'nn.evaluate({ x: [[1, 2]], y: [1] })',
  );
  expect(first).toContain('lib.js');
  expect(first?.filter((file) => late.includes(file))).toEqual([]);
  expect(others).toEqual([[], ['onnx.js'], [], ['foreign.js'], [], ['npy.js'], ['training.js'], []]);
});

test('errors are those of the library, and options are refused as before', () => {
  const code = `
    const c = require(${JSON.stringify(dist)});
    const nn = new c.NeuralNetwork({ inputSize: 2, layers: [c.dense(1)] });
    const caught = (error) => [error instanceof c.ChainruleError, error.code].join();
    (async () => {
      const found = [];
      for (const step of [() => nn.toONNX({ opset: 3 }), () => c.toNpy({}), () => c.NeuralNetwork.fromONNX(new Uint8Array(3)), () => c.NeuralNetwork.fromTfjs(7), () => nn.fit(7)])
        try { await step(); } catch (error) { found.push(caught(error)); }
      console.log(found.join(' '));
    })();`;
  expect(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }).trim().split(' ')).toEqual([
    ...['false,ERR_CHAINRULE_VALUE', 'false,ERR_CHAINRULE_TYPE', 'true,ERR_CHAINRULE_FORMAT', 'false,ERR_CHAINRULE_TYPE'],
    'false,ERR_CHAINRULE_TYPE',
  ]);
});

test('a bundler follows them', async () => {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({ input: path.join(dist, 'index.js'), platform: 'node', external: ['node-gyp-build', /wasm/] });
  const { output } = await bundle.generate({ format: 'cjs' });
  expect(output).toHaveLength(1);
  for (const text of ['is damaged, or no ONNX file', 'import torch', 'NUMPY', 'the loss has not moved'])
    expect(output[0].code.includes(text), text).toBe(true);
});

test('WebAssembly for browsers is one file that needs no module of Node.js', () => {
  const text = fs.readFileSync(path.join(dist, 'wasm/index.mjs'), 'utf8');
  expect(text).toContain('is damaged, or no ONNX file');
  expect([...text.matchAll(/^import .* from ["']([^"']+)/gm)]).toEqual([]);
  expect(text).not.toMatch(/\brequire\(/);
});
