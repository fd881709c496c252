'use strict';
// prebuilds/SHA256SUMS: `npm run prebuild:hashes` writes it where the binaries were built, the check compares. It is in the form that
// sha256sum reads.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { prebuildFiles } = require('./prebuilds');

const sums = (root) => path.join(root, 'prebuilds', 'SHA256SUMS');
const hash = (root, name) =>
  createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'prebuilds', name)))
    .digest('hex');

function write(root) {
  const lines = prebuildFiles(root).map((name) => `${hash(root, name)}  ${name}\n`);
  if (lines.length === 0) throw new Error('there is nothing in prebuilds/');
  fs.writeFileSync(sums(root), lines.join(''));
}

/** Every binary is the one that was built. */
function check(root) {
  if (!fs.existsSync(sums(root))) return ['prebuilds/SHA256SUMS is not there; run npm run prebuild:hashes where the binaries were built'];
  const listed = new Map(
    fs
      .readFileSync(sums(root), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('  ').reverse()),
  );
  const present = prebuildFiles(root);
  return [
    ...present
      .filter((name) => listed.get(name) !== hash(root, name))
      .map(
        (name) =>
          `prebuilds/${name} is ${listed.has(name) ? 'not the one' : 'not'} in SHA256SUMS; find out where it came from, and build it again`,
      ),
    ...[...listed.keys()]
      .filter((name) => !present.includes(name))
      .map((name) => `prebuilds/${name} is in SHA256SUMS, but not there; build it`),
  ];
}

module.exports = { write, check };

if (require.main === module) write(path.join(__dirname, '..', '..'));
