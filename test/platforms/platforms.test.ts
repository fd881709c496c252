import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { remove, removeScratch, runtimes } from './runtimes';

// The packed tarball on every platform that this machine can run: installed without scripts, in an empty folder, with an empty PATH.
// The results must have the same bits everywhere. After a change that is meant to change bits, test/goldens/platforms.json becomes
// the output of test/platforms/train.cjs.

const root = path.join(__dirname, '../..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-tarball-'));
const template = path.join(folder, 'template');
const expected = JSON.parse(fs.readFileSync(path.join(root, 'test/goldens/platforms.json'), 'utf8'));

const npm = (args: string[], cwd: string) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe', shell: process.platform === 'win32' }).trim();

const pack = (from: string) =>
  path.join(folder, npm(['pack', '--silent', '--pack-destination', folder], from).split('\n').at(-1) as string);

beforeAll(() => {
  const tarballs = [pack(root), pack(path.join(root, 'node_modules/node-gyp-build'))];
  fs.mkdirSync(template);
  fs.writeFileSync(path.join(template, 'package.json'), '{ "private": true }');
  npm(['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs], template);
  fs.copyFileSync(path.join(__dirname, 'train.cjs'), path.join(template, 'train.cjs'));
});

afterAll(() => {
  removeScratch();
  remove(folder);
});

test.each(runtimes)('$name', ({ name, file: wanted, needs = {}, command, env }) => {
  const missing = Object.entries(needs).filter(([file]) => !fs.existsSync(file));
  expect(missing, 'files that are missing, and the Debian packages that have them').toEqual([]);
  expect(fs.existsSync(path.join(root, wanted)), `${wanted}; npm run prebuild or build:wasm makes it`).toBe(true);

  const project = path.join(folder, name.replace(/\W+/g, '-'));
  fs.cpSync(template, project, { recursive: true });
  const [file, ...args] = command() as [string, ...string[]];
  // To a file: wine's Node cannot write to a pipe.
  const log = path.join(project, 'log');
  const output = fs.openSync(log, 'w');
  const { status, signal, error } = spawnSync(file, [...args, 'train.cjs', 'result.json'], {
    cwd: project,
    stdio: ['ignore', output, output],
    env: { PATH: project, HOME: project, USERPROFILE: project, SYSTEMROOT: process.env.SYSTEMROOT, CHAINRULE_FALLBACK: 'off', ...env },
    timeout: 240_000,
  });
  fs.closeSync(output);
  expect({ status, signal, error }, fs.readFileSync(log, 'utf8')).toEqual({ status: 0, signal: null, error: undefined });

  const { binary, bits, outputs } = JSON.parse(fs.readFileSync(path.join(project, 'result.json'), 'utf8'));
  if (wanted.endsWith('.node')) expect(binary.replaceAll('\\', '/')).toMatch(new RegExp(`/${wanted}$`));
  else expect(binary).toBeUndefined();
  expect(bits).toEqual(expected.bits);
  expect(outputs.map(Math.round)).toEqual([0, 1, 1, 0]);
});
