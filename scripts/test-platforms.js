'use strict';
// Tries the packed tarball, with the binaries in prebuilds/, on every platform that this machine can run (test/platforms); arguments are
// for vitest, as in `-t 'this machine'`. The other runtimes are npm packages of binaries, several for other systems, hence the force.
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..');

function run(file, args, options) {
  const { status } = spawnSync(file, args, { cwd: root, stdio: 'inherit', ...options });
  if (status !== 0) process.exit(status ?? 1);
}

if (process.platform === 'linux' && process.arch === 'x64') {
  const install = ['install', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--prefer-offline'];
  run('npm', install, { cwd: path.join(root, 'test/platforms') });
}
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
run(process.execPath, [vitest, 'run', '--config', 'test/platforms/vitest.config.mts', ...process.argv.slice(2)]);
