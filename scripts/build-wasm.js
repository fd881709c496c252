'use strict';
// Builds dist/wasm/chainrule.wasm with Emscripten, which Debian and Ubuntu have as a package; with --tests also build-wasm/native_test.wasm. With
// --if-possible a missing program is not an error. The objects are kept in build-wasm/.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const out = path.join(root, 'build-wasm');

function run(file, args, options) {
  const { status, error } = spawnSync(file, args, { cwd: root, stdio: 'inherit', ...options });
  if (status !== 0) {
    console.error(error ? `${file}: ${error.message}` : `${file} ${args[0]} failed`);
    process.exit(1);
  }
}

const missing = [
  ['emcmake', 'emscripten'],
  ['cmake', 'cmake'],
  ['make', 'make'],
].filter(([program]) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error);
if (missing.length) {
  const [programs, packages] = [0, 1].map((column) => missing.map((row) => row[column]));
  console.error(
    `WebAssembly is not built. Missing: ${programs.join(', ')}. On Debian or Ubuntu: apt-get install --yes ${packages.join(' ')}`,
  );
  process.exit(process.argv.includes('--if-possible') ? 0 : 1);
}

const options = {
  CMAKE_BUILD_TYPE: 'Release',
  NODE_ARCH: 'wasm32',
  CHAINRULE_OS: 'wasm',
  CHAINRULE_UNITY: 'ON',
  CHAINRULE_WERROR: process.env.CI ? 'ON' : 'OFF',
};
run('emcmake', ['cmake', '-S', root, '-B', out, ...Object.entries(options).map(([name, value]) => `-D${name}=${value}`)]);
const targets = ['chainrule', ...(process.argv.includes('--tests') ? ['native_test'] : [])];
run('cmake', ['--build', out, '--parallel', String(os.availableParallelism()), '--target', ...targets]);
const folder = path.join(root, 'dist/wasm');
fs.mkdirSync(folder, { recursive: true });
fs.copyFileSync(path.join(out, 'chainrule.wasm'), path.join(folder, 'chainrule.wasm'));
console.log(`dist/wasm/chainrule.wasm: ${fs.statSync(path.join(folder, 'chainrule.wasm')).size} bytes`);
