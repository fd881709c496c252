'use strict';
// Builds the C++ tests with sanitizers and runs them: `node scripts/test-sanitize.js [address,undefined | thread]`. node-gyp always builds
// in build/ beside binding.gyp, so this works in a copy of the sources, kept between runs: build/ itself stays as it is, and a second run
// compiles only what changed.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const sanitizers = process.argv[2] ?? 'address,undefined';
const copy = path.join(root, `build-${sanitizers.replace(',', '-')}`);

const run = (file, args, env = {}) => {
  const { status } = spawnSync(process.execPath, [path.join(root, 'node_modules', file), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exit(status ?? 1);
};

for (const name of ['native', 'test/native', 'scripts', 'binding.gyp', 'package.json']) {
  const target = path.join(copy, name);
  fs.rmSync(target, { recursive: true, force: true });
  fs.cpSync(path.join(root, name), target, { recursive: true, preserveTimestamps: true });
}
const flags = ['--native_tests=1', `--sanitize=${sanitizers}`, '--jobs=max', '--loglevel=warn'];
run('node-gyp/bin/node-gyp.js', ['configure', 'build', 'native_test', '-C', copy, ...flags]);
run('vitest/vitest.mjs', ['run', 'test/native.test.ts', ...process.argv.slice(3)], {
  CHAINRULE_NATIVE_TEST: path.join(copy, 'build/Release/native_test'),
});
