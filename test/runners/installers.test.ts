import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

// npm, pnpm and Yarn install the packed tarball offline, with scripts allowed and without asking, and call no compiler: there is nothing to run.

const root = path.join(__dirname, '../..');
const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'chainrule-installers-'));
const recorders = path.join(folder, 'recorders');
const called = path.join(folder, 'called');
const stage = path.join(folder, 'stage');

const run = (file: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env) =>
  execFileSync(file, args, { cwd, env, encoding: 'utf8', stdio: 'pipe' });
const pack = (from: string, name: string) => {
  const printed = run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], from);
  fs.renameSync(path.join(folder, printed.trim().split('\n').at(-1) as string), path.join(folder, name));
};

beforeAll(() => {
  // The package without its sources: what decides is package.json and what is at the root. The binary is where one that is published is.
  const { files, ...manifest } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  expect(files).not.toContain('binding.gyp');
  for (const name of ['dist', 'native/binding.gyp']) fs.cpSync(path.join(root, name), path.join(stage, name), { recursive: true });
  fs.writeFileSync(path.join(stage, 'package.json'), JSON.stringify(manifest));
  const libc = process.platform === 'linux' ? '.glibc' : '';
  const prebuilt = path.join(stage, `prebuilds/${process.platform}-${process.arch}/chainrule${libc}.node`);
  fs.mkdirSync(path.dirname(prebuilt), { recursive: true });
  fs.copyFileSync(path.join(root, 'build/Release/chainrule.node'), prebuilt);
  pack(stage, 'chainrule.tgz');
  pack(path.join(root, 'node_modules/node-gyp-build'), 'node-gyp-build.tgz');

  fs.mkdirSync(recorders);
  for (const name of ['cc', 'c++', 'gcc', 'g++', 'clang', 'clang++', 'make', 'python', 'python3', 'node-gyp', 'node-gyp-build'])
    fs.writeFileSync(path.join(recorders, name), `#!/bin/sh\necho ${name} >> '${called}'\nexit 1\n`, { mode: 0o755 });
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_.*|CHAINRULE_.*|NODE_ENV|CI)$/i.test(name)));
const program = (name: string) => path.join(__dirname, 'node_modules', name);

test.skipIf(process.platform === 'win32').each<[name: string, command: string, args: string[]]>([
  ['npm', 'npm', ['install', '--offline', '--no-audit', '--no-fund']],
  ['pnpm', process.execPath, [program('pnpm/bin/pnpm.cjs'), 'install', '--offline', '--no-frozen-lockfile']],
  ['yarn', process.execPath, [program('yarn/bin/yarn.js'), 'install', '--offline', '--no-lockfile', '--non-interactive']],
])('%s', (name, command, args) => {
  const project = path.join(folder, name);
  const tarballs = { chainrule: 'file:../chainrule.tgz', 'node-gyp-build': 'file:../node-gyp-build.tgz' };
  const manifest = {
    private: true,
    dependencies: tarballs,
    overrides: { 'node-gyp-build': '$node-gyp-build' },
    resolutions: { 'node-gyp-build': tarballs['node-gyp-build'] },
    pnpm: { overrides: { 'node-gyp-build': tarballs['node-gyp-build'] } },
  };
  fs.mkdirSync(project);
  fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify(manifest));
  const caches = {
    XDG_CACHE_HOME: path.join(folder, 'cache'),
    XDG_DATA_HOME: path.join(folder, 'data'),
    YARN_CACHE_FOLDER: path.join(folder, 'yarn'),
  };
  const env = { ...clean, ...caches, PATH: [recorders, clean.PATH].join(path.delimiter) };
  const printed = run(command, args, project, env);
  expect(printed).not.toMatch(/approve-builds|[Ii]gnored build scripts|install-scripts/);
  expect(fs.existsSync(called)).toBe(false);
  const used = run(process.execPath, ['-p', "require('chainrule').threads() > 0"], project, { ...clean, CHAINRULE_FALLBACK: 'off' });
  expect(used).toBe('true\n');
});
