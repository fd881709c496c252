'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { readJson } = require('./commands');

const permissive = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD']);
/** Packed although they are dev dependencies: their headers. */
const vendored = ['node-addon-api', 'node-api-headers'];

/** Ours is MIT; what is packed, installed along or compiled in may be used by all who may use ours, and is named. */
module.exports = function licences(root) {
  const doubts = [];
  const read = (name) => (fs.existsSync(path.join(root, name)) ? fs.readFileSync(path.join(root, name), 'utf8') : '');
  const manifest = readJson(root, 'package.json');
  if (manifest.license !== 'MIT') doubts.push(`package.json: license is ${manifest.license}; it has to be MIT`);
  if (!/^MIT License\n\nCopyright \(c\) \d{4}/.test(read('LICENSE'))) doubts.push('LICENSE is not the MIT licence with a year; restore it');
  const notices = read('THIRD-PARTY-NOTICES.md');
  for (const name of [...Object.keys(manifest.dependencies ?? {}), ...vendored]) {
    const folder = path.join(root, 'node_modules', name);
    const license = fs.existsSync(folder) ? readJson(folder, 'package.json').license : 'not known, as it is not installed';
    if (!permissive.has(license)) doubts.push(`${name}: its licence is ${license}; do without it, or install it`);
    if (!notices.includes(name)) doubts.push(`THIRD-PARTY-NOTICES.md does not name ${name}; add it, with its licence`);
  }
  return doubts;
};
