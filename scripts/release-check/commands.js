'use strict';
// The programs that checks ask.
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const readJson = (...parts) => JSON.parse(fs.readFileSync(path.join(...parts), 'utf8'));

const git = (root, ...args) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 26 });

/** The files that git knows and that are still there. */
const trackedFiles = (root) =>
  git(root, 'ls-files', '-z')
    .split('\0')
    .filter((name) => name !== '' && fs.existsSync(path.join(root, name)));

function npm(args, cwd) {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
}

/** Runs the program of a dev dependency; its output if it does not end well. */
function complaint(dependency, program, args) {
  const folder = path.join(__dirname, '../../node_modules', dependency);
  const { bin } = readJson(folder, 'package.json');
  const script = path.join(folder, typeof bin === 'string' ? bin : bin[program]);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return status === 0 ? [] : [`${program} is not content; do what it says:\n${`${stdout}${stderr}`.trim()}`];
}

module.exports = { readJson, git, trackedFiles, npm, complaint };
