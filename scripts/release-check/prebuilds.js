'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { compiledHere, maximumBytes, prebuildPath, targets } = require('../prebuild/targets');
const { binaryKind } = require('./binary-kind');

/** From each file below prebuilds/ to the system that it is for. */
const expected = Object.fromEntries(
  targets.map((target) => [prebuildPath(target).replace(/^prebuilds\//, ''), `${target.platform}-${target.arch}`]),
);

/** The files below prebuilds/, with forward slashes. */
function prebuildFiles(root) {
  const folder = path.join(root, 'prebuilds');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(path.join(folder, name)).isFile())
    .map((name) => name.split(path.sep).join('/'))
    .filter((name) => name !== 'SHA256SUMS')
    .sort();
}

/** The problems of a binary that should be for `target`. */
function flaws(name, bytes, target) {
  const { is, stripped } = binaryKind(bytes);
  if (is !== target) return [`is ${is ? `for ${is}` : 'no binary'}; build it for ${target}`];
  const found = [];
  if (bytes.length > maximumBytes)
    found.push(`has ${bytes.length} bytes, ${maximumBytes} at most are allowed; strip it, or find out what has grown`);
  if (!stripped) found.push('has a table of symbols; strip it');
  if (!bytes.includes('napi_register_module_v1'))
    found.push('is no addon for Node-API; build it from native/binding.gyp or CMakeLists.txt');
  const libc = /\.(glibc|musl)\.node$/.exec(name)?.[1];
  const has = bytes.includes('libc.so.6\0') ? 'glibc' : 'musl';
  if (libc !== undefined && libc !== has) found.push(`is linked with ${has}; build it for ${libc}`);
  return found;
}

/** A binary for each platform, each what its name says, and nothing else. */
function prebuilds(root) {
  const present = prebuildFiles(root);
  const missing = Object.keys(expected).filter((name) => !present.includes(name));
  const unknown = present.filter((name) => !(name in expected));
  return [
    ...missing.map((name) => `prebuilds/${name} is not there; npm run prebuild builds it, or the workflow of that name`),
    ...unknown.map((name) =>
      path.basename(name) === compiledHere
        ? `prebuilds/${name} says that the binary beside it was compiled by npm install; build that binary with npm run prebuild`
        : `prebuilds/${name} is none of ours; remove it`,
    ),
    ...present
      .filter((name) => name in expected)
      .flatMap((name) => {
        const bytes = fs.readFileSync(path.join(root, 'prebuilds', name));
        return flaws(name, bytes, expected[name]).map((flaw) => `prebuilds/${name} ${flaw}`);
      }),
  ];
}

module.exports = Object.assign(prebuilds, { prebuildFiles, expected });
