'use strict';
// Runs the tests of a folder that has a package.json of its own, as what it needs is large: `node scripts/test-apart.js runners` tries the package in
// the test runners and package managers of users, `onnx` its exported models in onnxruntime, `arrow` tables of apache-arrow. Further arguments are for vitest, as in `-t jest`.
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..');
const [folder, ...rest] = process.argv.slice(2);

function run(file, args, cwd) {
  const { status } = spawnSync(file, args, { cwd, stdio: 'inherit', shell: file === 'npm' && process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

// Their installation scripts would download more.
run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], path.join(root, 'test', folder));
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
run(process.execPath, [vitest, 'run', '--config', `test/${folder}/vitest.config.mts`, ...rest], root);
