'use strict';
// Tries the package in the test runners and package managers of users (test/runners, which has a package.json of its own); arguments are for
// vitest, as in `-t jest`.
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..');

function run(file, args, cwd) {
  const { status } = spawnSync(file, args, { cwd, stdio: 'inherit', shell: file === 'npm' && process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], path.join(root, 'test/runners'));
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
run(process.execPath, [vitest, 'run', '--config', 'test/runners/vitest.config.mts', ...process.argv.slice(2)], root);
