'use strict';
// The files that both builds (native/binding.gyp and CMakeLists.txt) compile, and how:
//   core|addon|wasm|tests|bench   the C++ files of a target, one a line, relative to the current folder; a new file is found by being there
//   isas <arch> <os>              the instruction sets that an architecture has kernels for, each in one file: native/kernels/<isa>.cpp
//   defines <arch> <os>           the macros that tell native/kernels/dispatch.cpp of them
//   flags <isa>                   the options of GCC and Clang that compile one
const fs = require('node:fs');
const path = require('node:path');

const avx512 = ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mfma'];

const isas = {
  scalar: { flags: [] },
  avx2: { arch: 'x64', flags: ['-mavx2', '-mfma'] },
  avx512: { arch: 'x64', flags: avx512 },
  avx512_bf16: { arch: 'x64', flags: [...avx512, '-mavx512bf16'] },
  neon: { arch: 'arm64', flags: [] },
  // The compilers of Windows on Arm have no intrinsics for it.
  neon_bf16: { arch: 'arm64', flags: ['-march=armv8.2-a+bf16'], except: 'win' },
  simd128: { arch: 'wasm32', flags: ['-msimd128'] },
};

const root = path.join(__dirname, '..');
const cppFiles = (folder) =>
  fs
    .readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.cpp') && !(path.parse(name).name in isas))
    .sort()
    .map((name) => path.relative('', path.join(root, folder, name)).replaceAll(path.sep, '/'));

const folders = {
  core: ['native/kernels', 'native/math', 'native/nn', 'native/nn/inputs', 'native/nn/layers'],
  addon: ['native/addon'],
  wasm: ['native/wasm'],
  tests: ['test/native'],
  bench: ['bench/native'],
};

const isasOf = (arch, os) => Object.keys(isas).filter((isa) => [undefined, arch].includes(isas[isa].arch) && isas[isa].except !== os);

const answers = {
  isas: isasOf,
  defines: (arch, os) => isasOf(arch, os).map((isa) => `CHAINRULE_BUILT_${isa.toUpperCase()}=1`),
  flags: (isa) => isas[isa].flags,
};

const [question, ...args] = process.argv.slice(2);
const lines = question in answers ? answers[question](...args) : folders[question].flatMap(cppFiles);
console.log(lines.join('\n'));
