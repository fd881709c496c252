'use strict';
// Builds the C++ tests and the addon with sanitizers and runs them: `node scripts/test-sanitize.js [address,undefined | thread]`; further
// arguments are for vitest. The addon is loaded by test/lifecycle.test.ts, whose work is cut off at random moments: for a few rounds,
// or as many as CHAINRULE_LIFECYCLE_ROUNDS says. build/ does not change, and a second run compiles only changed files.
const { execFileSync, spawnSync } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const sanitizers = process.argv[2] ?? 'address,undefined';
const folder = path.join(root, `build-${sanitizers.replace(',', '-')}`);

const run = (file, args, env = {}) => {
  const { status } = spawnSync(process.execPath, [path.join(root, 'node_modules', file), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exit(status ?? 1);
};

const jobs = String(os.availableParallelism()); // without Ninja, CMake's default is one
const options = ['--CDCHAINRULE_TESTS=ON', '--CDCHAINRULE_UNITY=ON', `--CDCHAINRULE_SANITIZE=${sanitizers}`];
run('cmake-js/bin/cmake-js', ['build', '--out', path.join(folder, 'build'), '--log-level', 'warn', '--parallel', jobs, ...options]);

/** A sanitizer's library must be the first in a process whose program was built without it, like Node. */
const preload = sanitizers.split(',').map((name) => {
  const file = { address: 'libasan.so', undefined: 'libubsan.so', thread: 'libtsan.so' }[name];
  return execFileSync('g++', [`-print-file-name=${file}`], { encoding: 'utf8' }).trim();
});
const lifecycle = {
  LD_PRELOAD: preload.join(' '),
  CHAINRULE_PREBUILD: folder, // where node-gyp-build looks for the addon
  ASAN_OPTIONS: 'detect_leaks=0', // Node leaves much behind when it ends
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
  TSAN_OPTIONS: 'ignore_noninstrumented_modules=1', // Node's own threads do not tell TSan how they take turns
};
const files = ['test/native.test.ts', ...(process.platform === 'linux' ? ['test/lifecycle.test.ts'] : [])];
run('vitest/vitest.mjs', ['run', ...files, ...process.argv.slice(3)], {
  CHAINRULE_NATIVE_TEST: path.join(folder, 'build/Release/native_test'),
  CHAINRULE_LIFECYCLE_ENV: JSON.stringify(lifecycle),
});
