import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';

// scripts/prepare.js in a checkout, with a stand-in for node-gyp: what it compiles, and where it puts the result.

const root = path.join(__dirname, '../..');
const temporary = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'chainrule-prepare-'));
let checkout: string;
let count = 0;
const { prebuildPath, compiledHere } = require('../../scripts/prebuild/targets.js') as {
  prebuildPath(target: { platform: string; arch: string; libc: string | undefined }): string;
  compiledHere: string;
};
const musl = process.platform === 'linux' && !('glibcVersionRuntime' in (process.report.getReport() as { header: object }).header);
const libc = process.platform === 'linux' ? (musl ? 'musl' : 'glibc') : undefined;
const binary = prebuildPath({ platform: process.platform, arch: process.arch, libc });
const note = path.join(path.dirname(binary), compiledHere);

const write = (name: string, contents: string) => {
  const file = path.join(checkout, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, contents);
};
const read = (name: string) => fs.readFileSync(path.join(checkout, name), 'utf8');
const exists = (name: string) => fs.existsSync(path.join(checkout, name));

beforeEach(() => {
  checkout = path.join(temporary, `${count++}`);
  for (const name of ['prepare.js', 'napi-headers.js', 'prebuild/targets.js'])
    fs.cpSync(path.join(root, 'scripts', name), path.join(checkout, 'scripts', name));
  fs.cpSync(path.join(root, 'node_modules/node-addon-api'), path.join(checkout, 'node_modules/node-addon-api'), { recursive: true });
  fs.cpSync(path.join(root, 'node_modules/node-api-headers'), path.join(checkout, 'node_modules/node-api-headers'), { recursive: true });
  write('node_modules/node-gyp/package.json', '{}');
  nodeGyp('compiled');
});
afterAll(() => fs.rmSync(temporary, { recursive: true, force: true, maxRetries: 10 }));

/** A stand-in that "compiles" an addon with these contents, or fails. */
function nodeGyp(contents: string | undefined): void {
  const body =
    contents === undefined
      ? "console.error('no compiler'); process.exit(1);"
      : `const fs = require('node:fs'); const out = require('node:path').join(__dirname, '../../../build/Release');
         fs.mkdirSync(out, { recursive: true }); fs.writeFileSync(out + '/chainrule.node', ${JSON.stringify(contents)});
         console.log(process.argv.slice(2).join(' '));`;
  write('node_modules/node-gyp/bin/node-gyp.js', body);
}

const prepare = () => spawnSync(process.execPath, ['scripts/prepare.js'], { cwd: checkout, encoding: 'utf8' });

test('it compiles, and puts the binary where "files" includes it', () => {
  const { status, stdout } = prepare();
  expect(status).toBe(0);
  expect(stdout).toMatch(/^configure build --directory=.*native --jobs=max/);
  expect(read(binary)).toBe('compiled');
  expect(read(note)).toContain('compiled by scripts/prepare.js');
  expect(exists('vendor/node-addon-api/napi.h')).toBe(true);
  expect(exists('vendor/node-api-headers/node_api.h')).toBe(true);
});

test('what it put there is replaced by the next one', () => {
  prepare();
  nodeGyp('compiled again');
  expect(prepare().status).toBe(0);
  expect(read(binary)).toBe('compiled again');
});

test('a binary to publish stays as it is, and nothing is compiled', () => {
  write(binary, 'published');
  const { status, stdout } = prepare();
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  expect(read(binary)).toBe('published');
  expect(exists(note)).toBe(false);
});

test('without a compiler it warns, and the installation goes on', () => {
  nodeGyp(undefined);
  const { status, stderr } = prepare();
  expect(status).toBe(0);
  expect(stderr).toContain('no compiler');
  expect(stderr).toContain('the addon could not be compiled, see above; docs/install.md says what a compiler needs');
  expect(exists(binary)).toBe(false);
});

test('package.json includes the binary, and not the note', () => {
  const { files } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { files: string[] };
  expect(files).toContain('prebuilds/*/*.node');
  expect(files.some((pattern) => /^prebuilds(\/\*)*\/?$/.test(pattern) || /^(?!mpi\/CMakeLists).*\.txt$/.test(pattern))).toBe(false);
});
