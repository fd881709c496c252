'use strict';
// The NEON kernels on a machine that has none: the C++ tests with the objects of the binary for linux-arm64 and musl (npm run prebuild), which
// need no library of the system. Runs those named in the arguments, or below, in qemu's user emulation, with the NEON kernels and the plain
// ones. `training` compares the bits of whole trainings with those of the other instruction sets. Needs cmake and qemu-user-static, on linux-x64.
const { execFile } = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');
const { targets } = require('./prebuild/targets');
const { buildWithZig, installZig } = require('./prebuild/with-zig');

const run = promisify(execFile);
const byDefault = ['training', 'same_bits', 'frozen', 'known_answers', 'philox', 'gemm_random', 'optimizer', 'dropout', 'gather'];
const tests = process.argv.length > 2 ? process.argv.slice(2) : byDefault;

installZig();
const target = targets.find(({ arch, libc }) => arch === 'arm64' && libc === 'musl');
const program = path.join(buildWithZig(target, '--target', 'native_test'), 'native_test');

/** One test after the other; the failures. */
async function emulate(isa) {
  let failed = 0;
  for (const test of tests) {
    const { failure, stdout } = await run('qemu-aarch64-static', [program, test], { env: { ...process.env, CHAINRULE_ISA: isa } }).catch(
      (error) => ({ failure: error, stdout: error.stdout }),
    );
    if (failure !== undefined) failed++;
    console.log(`${isa}, ${test}: ${failure === undefined ? stdout.trim().split('\n').at(-1) : stdout || failure.message}`);
  }
  return failed;
}

// Both at the same time, as most tests have one thread.
Promise.all(['neon', 'scalar'].map(emulate)).then((failed) => process.exit(Math.max(...failed) > 0 ? 1 : 0));
