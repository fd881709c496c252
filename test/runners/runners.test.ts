import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

// The public part of the library in the test runners that users have. Each has its own idea of what a module and a global is: jest and
// vitest's vmThreads run tests in a realm of their own, and jsdom has no TextDecoder, setImmediate or structuredClone.

const root = path.join(__dirname, '../..');
const project = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'chainrule-runners-'));
const installed = path.join(project, 'node_modules/chainrule');
const smoke = fs.readFileSync(path.join(__dirname, 'smoke.js'), 'utf8');
const program = (name: string) => path.join(__dirname, 'node_modules', name);
const write = (name: string, text: string) => fs.writeFileSync(path.join(project, name), text);
const model = (name: string) => JSON.stringify(path.join(project, `${name}.safetensors`));

beforeAll(() => {
  for (const name of ['dist', 'package.json', 'build/Release/chainrule.node'])
    fs.cpSync(path.join(root, name), path.join(installed, name), { recursive: true });
  fs.cpSync(path.join(root, 'node_modules/node-gyp-build'), path.join(project, 'node_modules/node-gyp-build'), { recursive: true });
  write('package.json', '{ "private": true }');
  write('smoke.js', smoke);
  // An ES module, so that vitest runs it in the realm of the test.
  write('smoke.mjs', `const module = {};\n${smoke}\nexport default module.exports;\n`);
  write(
    'jest.test.js',
    `test('public', async () => expect(await require('./smoke')(require('chainrule'), ${model('jest')})).toEqual([]), 60_000);`,
  );
  write(
    'vitest.test.mjs',
    `import * as chainrule from 'chainrule';
     import smoke from './smoke.mjs';
     test('public', async () => expect(await smoke(chainrule, ${model('vitest')})).toEqual([]), 60_000);`,
  );
  write(
    'node.test.cjs',
    `require('node:test')('public', async () => {
       require('node:assert').deepEqual(await require('./smoke')(require('chainrule'), ${model('node')}), []);
     });`,
  );
});
afterAll(() => fs.rmSync(project, { recursive: true, force: true, maxRetries: 10 }));

const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_.*|VITEST.*|NODE_ENV|NODE_OPTIONS|NODE_TEST_.*|CHAINRULE_.*)$/i.test(name)),
  ),
  CHAINRULE_FALLBACK: 'off',
  CI: 'true',
};

const vitest = (pool: string) => [
  path.join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--globals',
  '--no-cache',
  `--root=${project}`,
  `--pool=${pool}`,
  'vitest.test.mjs',
];
const jest = (environment: string) => [
  program('jest/bin/jest.js'),
  `--rootDir=${project}`,
  '--no-cache',
  `--env=${program(`jest-environment-${environment}`)}`,
  '--testMatch=**/jest.test.js',
];

test.each<[name: string, args: string[]]>([
  ['node:test', ['--test', path.join(project, 'node.test.cjs')]],
  ['jest, node', jest('node')],
  ['jest, jsdom', jest('jsdom')],
  ['vitest, threads', vitest('threads')],
  ['vitest, forks', vitest('forks')],
  ['vitest, vmThreads', vitest('vmThreads')],
])('%s', (_, args) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8', env });
  expect(status, `${stdout}${stderr}`).toBe(0);
  expect(`${stdout}${stderr}`).toMatch(/# pass 1|1 passed/);
});
