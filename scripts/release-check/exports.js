'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { readJson } = require('./commands');

/** All paths in a value of package.json, however deep. */
const paths = (value) => (typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(paths));

/** Everything that package.json points at is packed, and says that it is there. */
module.exports = function checkExports(packed) {
  const manifest = readJson(packed, 'package.json');
  const doubts = [];
  for (const field of ['main', 'types', 'exports', 'bin']) {
    if (manifest[field] === undefined) doubts.push(`package.json has no ${field}; restore it`);
    for (const target of paths(manifest[field])) {
      if (!fs.existsSync(path.join(packed, target)))
        doubts.push(`package.json: ${field} names ${target}, which is not packed; build it, or correct the path`);
    }
  }
  for (const program of paths(manifest.bin).filter((target) => fs.existsSync(path.join(packed, target)))) {
    if (!fs.readFileSync(path.join(packed, program), 'utf8').startsWith('#!/usr/bin/env node\n'))
      doubts.push(`${program} does not begin with #!/usr/bin/env node; restore that line`);
  }
  return doubts;
};
