'use strict';
const path = require('node:path');
const { readJson, trackedFiles } = require('./commands');

/** One runtime dependency and nothing that runs at installation; lock files that do not say where this machine got its packages from. */
module.exports = function dependencies(root) {
  const doubts = [];
  const manifest = readJson(root, 'package.json');
  const names = ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies', 'bundledDependencies'].flatMap((kind) =>
    Array.isArray(manifest[kind]) ? manifest[kind] : Object.keys(manifest[kind] ?? {}),
  );
  if (names.join() !== 'node-gyp-build')
    doubts.push(`package.json: a user installs ${names.join(', ') || 'nothing'}; it has to be node-gyp-build alone`);
  // npm and pnpm ask before they run such a script, and run one of their own where they see binding.gyp.
  for (const script of ['preinstall', 'install', 'postinstall'])
    if (manifest.scripts?.[script] !== undefined) doubts.push(`package.json has the script ${script}; remove it`);
  if (trackedFiles(root).includes('binding.gyp')) doubts.push('binding.gyp is at the root, where npm compiles it; move it to native/');
  const { node } = manifest.engines ?? {};
  if (node !== '>=20') doubts.push(`package.json: engines.node is ${node}; it has to be ">=20"`);
  for (const name of trackedFiles(root).filter((file) => path.basename(file) === 'package-lock.json')) {
    const resolved = Object.values(readJson(root, name).packages).filter((entry) => 'resolved' in entry && !entry.link);
    if (resolved.length > 0)
      doubts.push(`${name}: ${resolved.length} packages have "resolved"; run npm install with the .npmrc of this repository`);
  }
  return doubts;
};
