'use strict';
// Everything that a release needs, before it is published: `npm run release:check`, with the binaries of all platforms in prebuilds/ and
// WebAssembly in dist/wasm. Every doubt is a line that says what to do; one is enough to fail.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { npm } = require('./commands');

const root = path.join(__dirname, '..', '..');

/** Each takes the root of the work tree and returns doubts. */
const ofTree = {
  versions: require('./versions'),
  changelog: require('./changelog'),
  git: require('./git'),
  licences: require('./licences'),
  dependencies: require('./dependencies'),
  addresses: require('./addresses'),
  prebuilds: require('./prebuilds'),
  hashes: require('./hashes').check,
  wasm: require('./wasm'),
};

/** Each takes the folder that holds what was packed, and the tarball. */
const ofPackage = {
  exports: require('./exports'),
  tarball: require('./tarball'),
  publint: require('./publint'),
  types: require('./types'),
};

function report(name, check, ...args) {
  let doubts;
  try {
    doubts = check(...args);
  } catch (error) {
    doubts = [`the check itself failed: ${error.message}`];
  }
  if (doubts.length === 0) console.log(`${name}: no doubt`);
  for (const doubt of doubts) console.log(`${name}: ${doubt}`);
  return doubts.length;
}

/** Packs as `npm publish` would, and unpacks that. */
function pack(folder) {
  const [{ filename }] = JSON.parse(
    npm(['pack', '--json', '--silent', '--pack-destination', folder], root).replace(/^[^[]*(?=\[\s*{)/, ''),
  );
  const tarball = path.join(folder, filename);
  // A name without a drive letter, which tar would take for a host.
  execFileSync('tar', ['xzf', filename], { cwd: folder });
  return [path.join(folder, 'package'), tarball];
}

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-release-'));
let doubts = 0;
try {
  for (const [name, check] of Object.entries(ofTree)) doubts += report(name, check, root);
  const packed = pack(temporary);
  for (const [name, check] of Object.entries(ofPackage)) doubts += report(name, check, ...packed);
} finally {
  fs.rmSync(temporary, { recursive: true, force: true, maxRetries: 10 });
}
console.log(`release:check: ${doubts} doubt${doubts === 1 ? '' : 's'}`);
process.exitCode = doubts === 0 ? 0 : 1;
