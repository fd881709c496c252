#!/usr/bin/env node

// Stands in for node-gyp when prebuildify calls it: compiles the target in PREBUILD_PLATFORM, PREBUILD_ARCH and PREBUILD_LIBC with Zig. The
// binary comes to build/Release of the current folder.
const { targets } = require('./targets');
const { buildWithZig } = require('./with-zig');

const { PREBUILD_PLATFORM, PREBUILD_ARCH, PREBUILD_LIBC } = process.env;
const target = targets.find(
  ({ platform, arch, libc = PREBUILD_LIBC }) => platform === PREBUILD_PLATFORM && arch === PREBUILD_ARCH && libc === PREBUILD_LIBC,
);
buildWithZig(target);
