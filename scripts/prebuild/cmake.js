#!/usr/bin/env node

// Stands in for node-gyp when prebuildify calls it: compiles the target in PREBUILD_PLATFORM, PREBUILD_ARCH and PREBUILD_LIBC with Zig. The
// binary comes to build/Release of the current folder; objects stay there, so that a second call compiles what changed.
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { targets } = require('./targets');

const { PREBUILD_PLATFORM, PREBUILD_ARCH, PREBUILD_LIBC } = process.env;
const { zig, os, arch } = targets.find(
  ({ platform, arch, libc = PREBUILD_LIBC }) => platform === PREBUILD_PLATFORM && arch === PREBUILD_ARCH && libc === PREBUILD_LIBC,
);
const options = {
  CMAKE_TOOLCHAIN_FILE: path.join(__dirname, 'zig.cmake'),
  CHAINRULE_PREBUILD: 'ON',
  CHAINRULE_NODE_API_DEF: require('node-api-headers').def_paths.node_api_def,
  CHAINRULE_OS: os,
  CHAINRULE_WERROR: 'ON',
};
const cmakeJs = path.join(path.dirname(require.resolve('cmake-js/package.json')), 'bin/cmake-js');
const args = Object.entries(options).map(([name, value]) => `--CD${name}=${value}`);
const { status } = spawnSync(
  process.execPath,
  [cmakeJs, 'build', '--directory', path.join(__dirname, '../..'), '--out', 'build', '--arch', arch, '--log-level', 'warn', ...args],
  { stdio: 'inherit', env: { ...process.env, ZIG_TARGET: zig } },
);
process.exit(status ?? 1);
