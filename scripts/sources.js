'use strict';
// The C++ files of each target, one a line: `node scripts/sources.js core|addon|tests`. Build files ask here, so that a new .cpp file is
// found by being there. The kernels of one ISA are not listed: each is a target of its own.
const fs = require('node:fs');
const path = require('node:path');

const isaFiles = new Set(['avx512.cpp', 'avx512_bf16.cpp', 'avx2.cpp', 'neon.cpp', 'neon_bf16.cpp', 'scalar.cpp']);

const cppFiles = (folder) =>
  fs
    .readdirSync(path.join(__dirname, '..', folder))
    .filter((name) => name.endsWith('.cpp') && !isaFiles.has(name))
    .sort()
    .map((name) => `${folder}/${name}`);

const folders = {
  core: ['native/kernels', 'native/math', 'native/nn'],
  addon: ['native/addon'],
  tests: ['test/native'],
};

console.log(folders[process.argv[2]].flatMap(cppFiles).join('\n'));
