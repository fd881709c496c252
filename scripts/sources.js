'use strict';
// What is compiled, for both builds (binding.gyp and CMakeLists.txt): `node scripts/sources.js core|addon|wasm|tests|bench` prints the C++ files
// of a target, one a line, so that a new file is found by being there; `isas <arch> <os>` the instruction sets that an architecture has
// kernels for; `defines <arch> <os>` the macros that tell native/kernels/dispatch.cpp of them; `flags <isa>` what GCC and Clang need to compile
// one. The kernels of an instruction set are one file, native/kernels/<isa>.cpp.
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

const cppFiles = (folder) =>
  fs
    .readdirSync(path.join(__dirname, '..', folder))
    .filter((name) => name.endsWith('.cpp') && !(path.parse(name).name in isas))
    .sort()
    .map((name) => `${folder}/${name}`);

const folders = {
  core: ['native/kernels', 'native/math', 'native/nn'],
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
