'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { readJson } = require('./commands');

/** The files that `import 'chainrule/wasm'` loads. */
module.exports = function wasm(root) {
  const doubts = [];
  const file = (name) => path.join(root, 'dist/wasm', name);
  for (const name of ['chainrule.wasm', 'index.js', 'index.mjs'])
    if (!fs.existsSync(file(name))) doubts.push(`dist/wasm/${name} is not there; run npm run build:wasm`);
  if (fs.existsSync(file('chainrule.wasm')) && fs.readFileSync(file('chainrule.wasm')).toString('hex', 0, 8) !== '0061736d01000000')
    doubts.push('dist/wasm/chainrule.wasm is no WebAssembly; run npm run build:wasm');
  if (readJson(root, 'package.json').exports['./wasm'] === undefined) doubts.push('package.json: exports has no "./wasm"; add it');
  return doubts;
};
