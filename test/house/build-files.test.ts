import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

// node-gyp and CMake compile the same files in the same way.

const root = path.join(__dirname, '../..');
const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-build-files-')));
const tool = (name: string) => path.join(root, 'node_modules', name);

afterAll(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

/** From each file to the flags that have a say in what its code does; those for the addon's loading, and warnings, differ. */
function readCommands(database: string, sources: string): Record<string, string[]> {
  const commands: { command: string; file: string }[] = JSON.parse(fs.readFileSync(database, 'utf8'));
  const meaning = /^-(m(?!64$)|O|std=|f(?!PI[CE]|no-omit-frame-pointer)|D(CHAINRULE|NAPI|NODE_API))/;
  return Object.fromEntries(
    commands.map(({ command, file }) => {
      const flags = command
        .replaceAll('"', '')
        .split(/\s+/)
        .filter((flag) => meaning.test(flag));
      return [path.relative(sources, file), [...new Set(flags)].sort()];
    }),
  );
}

function nodeGyp(): Record<string, string[]> {
  // In a copy: it writes into native/build, from where build/ is filled, which other tests run.
  for (const name of ['native', 'test/native', 'bench/native', 'scripts', 'package.json']) {
    fs.cpSync(path.join(root, name), path.join(folder, name), {
      recursive: true,
      filter: (from) => from !== path.join(root, 'native/build'),
    });
  }
  fs.symlinkSync(tool(''), path.join(folder, 'node_modules'));
  const options = ['--native_tests=1', '--native_bench=1', '--loglevel=warn', '--', '-f', 'compile_commands_json'];
  execFileSync(process.execPath, [tool('node-gyp/bin/node-gyp.js'), 'configure', '--directory=native', ...options], {
    cwd: folder,
    stdio: 'pipe',
  });
  return readCommands(path.join(folder, 'native/build/Release/compile_commands.json'), folder);
}

function cmake(): Record<string, string[]> {
  const out = path.join(folder, 'build-cmake');
  const options = ['--CDCHAINRULE_TESTS=ON', '--CDCHAINRULE_BENCH=ON', '--log-level', 'error'];
  execFileSync(process.execPath, [tool('cmake-js/bin/cmake-js'), 'configure', '--out', out, ...options], { cwd: root, stdio: 'pipe' });
  return readCommands(path.join(out, 'compile_commands.json'), root);
}

const hasCMake = ['cmake', 'cmake.exe'].some((name) =>
  (process.env.PATH ?? '').split(path.delimiter).some((entry) => fs.existsSync(path.join(entry, name))),
);

// On other systems the flags are those of other compilers.
test.runIf(process.platform === 'linux' && (hasCMake || process.env.CI))(
  'native/binding.gyp and CMakeLists.txt agree on files and flags',
  () => {
    const ours = nodeGyp();
    expect(Object.keys(ours)).toEqual(
      expect.arrayContaining(['native/addon/addon.cpp', 'native/kernels/scalar.cpp', 'test/native/main.cpp']),
    );
    expect(cmake()).toEqual(ours);
  },
);
