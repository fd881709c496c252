'use strict';
// The programs in other libraries of docs/migrating.md, and a way to run them where those libraries are: brain.js and TensorFlow.js in
// bench/peers, PyTorch and scikit-learn in the system's Python.
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '../..');

/** The blocks of a document's section: `{ language, code }`. */
function blocksOf(section) {
  const document = fs.readFileSync(path.join(root, 'docs/migrating.md'), 'utf8');
  const text = document.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  return [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, code]) => ({ language, code }));
}

const peers = path.join(root, 'bench/peers/node_modules');
const libraries = { 'brain.js': 'brain.js', 'TensorFlow.js': '@tensorflow/tfjs', PyTorch: 'torch', 'scikit-learn': 'sklearn' };

/** The command that runs a section's program, given its file; undefined where its library is missing. */
function runnerOf(section) {
  const library = libraries[section];
  if (fs.existsSync(path.join(peers, library))) return { command: process.execPath, home: peers, end: '.mjs' };
  const command = ['/usr/bin/python3', 'python3'].find(
    (name) => spawnSync(name, ['-c', `import ${library}`], { stdio: 'ignore' }).status === 0,
  );
  return command === undefined ? undefined : { command, home: os.tmpdir(), end: '.py' };
}

/** Runs the program of a section in a folder, where it leaves its files; the lines that it prints, or undefined if its library is missing. */
function runProgram(section, folder) {
  const runner = runnerOf(section);
  if (runner === undefined) return undefined;
  const { command, home, end } = runner;
  const place = fs.mkdtempSync(path.join(home, '.program-'));
  try {
    const file = path.join(place, `program${end}`);
    fs.writeFileSync(file, blocksOf(section)[0].code);
    const env = { ...process.env, PYTHONPATH: path.join(__dirname, 'python') };
    const printed = execFileSync(command, [file], { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return printed.split(/\r?\n/).filter((line) => line !== '');
  } finally {
    fs.rmSync(place, { recursive: true, force: true });
  }
}

module.exports = { blocksOf, runProgram, sections: Object.keys(libraries) };
