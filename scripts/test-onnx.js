'use strict';
// Runs exported models in onnxruntime (test/onnx, which has a package.json of its own: the runtime is large, and its install script would
// download more); arguments are for vitest, as in `-t gelu`.
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..');

function run(file, args, cwd) {
  const { status } = spawnSync(file, args, { cwd, stdio: 'inherit', shell: file === 'npm' && process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], path.join(root, 'test/onnx'));
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
run(process.execPath, [vitest, 'run', '--config', 'test/onnx/vitest.config.mts', ...process.argv.slice(2)], root);
