'use strict';
const { readJson } = require('./commands');

/** One version everywhere, and one that npm takes for newer than those before. */
module.exports = function versions(root) {
  const { version } = readJson(root, 'package.json');
  const lock = readJson(root, 'package-lock.json');
  const doubts = [];
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) doubts.push(`package.json: "${version}" is no semantic version; run npm version`);
  for (const [place, found] of [
    ['version', lock.version],
    ['packages[""].version', lock.packages['']?.version],
  ]) {
    if (found !== version) doubts.push(`package-lock.json: ${place} is ${found}, package.json has ${version}; run npm install`);
  }
  return doubts;
};
