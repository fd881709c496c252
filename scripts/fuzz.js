'use strict';
// npm run fuzz: bundles test/fuzz, and the library with it, into build/fuzz.js, and runs that. `npm run fuzz -- --help` says what there is.
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..');
const file = path.join(root, 'build/fuzz.js');

async function main() {
  const { build } = await import('rolldown');
  const { define } = await import('./wasm-stand-ins.mjs');
  await build({
    input: path.join(root, 'test/fuzz/main.ts'),
    platform: 'node',
    external: ['node-gyp-build', 'hyparquet'],
    transform: { target: 'es2022', define },
    // The library finds its binary one folder below the root.
    output: { format: 'cjs', file },
    logLevel: 'warn',
  });
  const { status } = spawnSync(process.execPath, [file, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

main();
