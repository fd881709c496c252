'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { trackedFiles } = require('./commands');

const kinds = [
  ["a package registry's host", /https?:\/\/[\w.-]*(registry|artifactory|nexus)[\w.-]*/],
  ['a home folder', /(?<![\w.*}])\/(home|Users|root)\/[\w.-]+|[A-Z]:\\Users\\/],
];

/** Nothing in the repository says where it was made. */
module.exports = function addresses(root) {
  const here = fs.realpathSync(root);
  const doubts = [];
  for (const name of trackedFiles(root)) {
    const bytes = fs.readFileSync(path.join(root, name));
    if (bytes.subarray(0, 8000).includes(0)) continue; // not a text
    const text = bytes.toString();
    for (const [what, pattern] of kinds) {
      const found = pattern.exec(text)?.[0];
      if (found !== undefined) doubts.push(`${name} names ${what}, ${found}; take it out`);
    }
    if (text.includes(here)) doubts.push(`${name} names the folder ${here}; take it out`);
  }
  return doubts;
};
