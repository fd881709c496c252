#!/usr/bin/env node

// Stands in for node-gyp when prebuildify calls it: compiles the target in PREBUILD_PLATFORM, PREBUILD_ARCH and PREBUILD_LIBC with Zig. The
// binary comes to build/Release of the current folder; objects stay there, so that a second call compiles what changed. The kernels are compiled
// once for glibc and musl, in a folder beside it: they are sealed, and need no C library beyond memcpy and its like, and fma().
const { spawnSync } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');
const { kernelsName, targets } = require('./targets');

const { PREBUILD_PLATFORM, PREBUILD_ARCH, PREBUILD_LIBC } = process.env;
const target = targets.find(
  ({ platform, arch, libc = PREBUILD_LIBC }) => platform === PREBUILD_PLATFORM && arch === PREBUILD_ARCH && libc === PREBUILD_LIBC,
);
const shared = {
  CMAKE_TOOLCHAIN_FILE: path.join(__dirname, 'zig.cmake'),
  CHAINRULE_PREBUILD: 'ON',
  CHAINRULE_NODE_API_DEF: require('node-api-headers').def_paths.node_api_def,
  CHAINRULE_OS: target.os,
  CHAINRULE_WERROR: 'ON',
};
const cmakeJs = path.join(path.dirname(require.resolve('cmake-js/package.json')), 'bin/cmake-js');

/** Builds in `out`. Without Ninja, CMake's default is one job. */
function build(out, zig, options, ...more) {
  const settings = Object.entries({ ...shared, ...options }).map(([name, value]) => `--CD${name}=${value}`);
  const jobs = ['--parallel', String(os.availableParallelism())];
  const folders = ['--directory', path.join(__dirname, '../..'), '--out', out, '--arch', target.arch];
  const args = [cmakeJs, 'build', ...folders, '--log-level', 'warn', ...jobs, ...settings, ...more];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ZIG_TARGET: zig } });
  if (status !== 0) process.exit(status ?? 1);
}

// Of the targets that share kernels the first is the one that they are compiled for.
const kernels = path.resolve('..', kernelsName(target));
build(kernels, targets.find((other) => kernelsName(other) === kernelsName(target)).zig, {}, '--target', 'kernels');
// The binaries for Linux are compiled fast; those for other systems file by file, as node-gyp does there, so that a missing #include is found here.
build('build', target.zig, { CHAINRULE_KERNELS: kernels, CHAINRULE_UNITY: target.os === 'linux' ? 'ON' : 'OFF' });
