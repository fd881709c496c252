import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

// The files that a file tracer takes along: @vercel/nft, which Next.js uses for `output: 'standalone'`, and Vercel for functions.

const root = path.join(__dirname, '../..');
const project = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'chainrule-tracers-'));
const installed = path.join(project, 'node_modules/chainrule');
const libc = process.platform === 'linux' ? '.glibc' : '';
const binary = `prebuilds/${process.platform}-${process.arch}/chainrule${libc}.node`;
const { nodeFileTrace } = require('./node_modules/@vercel/nft') as {
  nodeFileTrace(files: string[], options: { base: string }): Promise<{ fileList: Set<string> }>;
};

beforeAll(() => {
  for (const name of ['dist', 'package.json']) fs.cpSync(path.join(root, name), path.join(installed, name), { recursive: true });
  fs.cpSync(path.join(root, 'node_modules/node-gyp-build'), path.join(project, 'node_modules/node-gyp-build'), { recursive: true });
  for (const file of [binary, 'prebuilds/aix-ppc64/chainrule.node']) {
    fs.mkdirSync(path.join(installed, path.dirname(file)), { recursive: true });
    fs.copyFileSync(path.join(root, 'build/Release/chainrule.node'), path.join(installed, file));
  }
  // A module of this name is there after `npm run build:wasm` only; what is in it makes no difference.
  if (!fs.existsSync(path.join(installed, 'dist/wasm/chainrule.wasm')))
    fs.writeFileSync(path.join(installed, 'dist/wasm/chainrule.wasm'), '');
});
afterAll(() => fs.rmSync(project, { recursive: true, force: true, maxRetries: 10 }));

const predict = `new NeuralNetwork({ inputSize: 2, layers: [dense(1)] }).predict([1, 2]).shape.join()`;

test.each([
  ['an ES module', 'server.mjs', `import { dense, NeuralNetwork } from 'chainrule';\nconsole.log(${predict});`],
  [
    'what Next.js makes of a route',
    'route.js',
    `const { dense, NeuralNetwork } = require('chainrule');\nexports.GET = () => ${predict};\nconsole.log(exports.GET());`,
  ],
])('%s: the binary for this system and WebAssembly, and no other binary', async (_, name, text) => {
  const program = path.join(project, name);
  fs.writeFileSync(program, text);
  const { fileList } = await nodeFileTrace([program], { base: project });
  const files = [...fileList].map((file) => file.replaceAll(path.sep, '/'));
  expect(files).toEqual(expect.arrayContaining([`node_modules/chainrule/${binary}`, 'node_modules/chainrule/dist/wasm/chainrule.wasm']));
  expect(files.filter((file) => file.endsWith('.node'))).toHaveLength(1);

  // The traced files are enough.
  const standalone = path.join(project, `standalone-${name}`);
  for (const file of files) fs.cpSync(path.join(project, file), path.join(standalone, file));
  const env = { ...process.env, CHAINRULE_FALLBACK: 'off' };
  expect(execFileSync(process.execPath, [path.join(standalone, name)], { encoding: 'utf8', env })).toBe('1,1\n');
});
