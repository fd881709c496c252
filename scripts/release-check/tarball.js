'use strict';
const fs = require('node:fs');
const path = require('node:path');

const mostBytes = 8e6;

/** The files that a user needs to run, to compile, and to read. */
const allowed = [
  /^dist\/(index|lib)\.js$/,
  /^dist\/cli\/[\w-]+\.js$/,
  /^dist\/(?!wasm\/).+\.d\.ts$/,
  /^dist\/wasm\/([\w-]+\/)*[\w.-]+\.(wasm|mjs|js|cjs|d\.ts|d\.mts)$/,
  /^prebuilds\/(linux|darwin|win32)-(x64|arm64)\/chainrule(\.glibc|\.musl)?\.node$/,
  /^prebuilds\/SHA256SUMS$/,
  /^native\/(?!build\/).+\.(h|cpp|inl|inc|gypi)$/,
  /^native\/binding\.gyp$/,
  /^docs\/[\w/-]+\.(md|svg|png)$/,
  /^examples\/[\w/-]+\.(mjs|csv)$/,
  /^vendor\/node-addon-api\/(napi\.h|napi-inl\.h|napi-inl\.deprecated\.h|LICENSE\.md)$/,
  /^vendor\/node-api-headers\/((node|js_native)_api(_types)?\.h|LICENSE)$/,
  /^mpi\/(CMakeLists\.txt|package\.json|src\/\w+\.(h|cpp))$/,
  /^scripts\/(sources|napi-headers)\.js$/,
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|THIRD-PARTY-NOTICES\.md)$/,
];
const required = [
  'LICENSE',
  'THIRD-PARTY-NOTICES.md',
  'README.md',
  'CHANGELOG.md',
  'dist/index.js',
  'dist/index.d.ts',
  'native/binding.gyp',
  'vendor/node-addon-api/napi.h',
  'vendor/node-api-headers/node_api.h',
  'mpi/CMakeLists.txt',
];

/** Whether everything that a source map maps to is there. */
function isWhole(packed, name) {
  const { sources, sourcesContent } = JSON.parse(fs.readFileSync(path.join(packed, name), 'utf8'));
  return sources.every((source, index) => sourcesContent?.[index] != null || fs.existsSync(path.join(packed, path.dirname(name), source)));
}

/** All that is needed and no more: no tests, no data, no maps that lead nowhere. */
module.exports = function checkTarball(packed, tarball) {
  const doubts = [];
  const { size } = fs.statSync(tarball);
  if (size > mostBytes) doubts.push(`the tarball has ${size} bytes, ${mostBytes} at most are allowed; find out what has grown`);
  const names = fs
    .readdirSync(packed, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(path.join(packed, name)).isFile())
    .map((name) => name.split(path.sep).join('/'));
  for (const name of required.filter((file) => !names.includes(file))) doubts.push(`${name} is not packed; see "files" in package.json`);
  for (const name of names) {
    if (/\.map$/.test(name)) {
      if (!isWhole(packed, name)) doubts.push(`${name} maps to sources that are not packed; leave it out`);
    } else if (!allowed.some((pattern) => pattern.test(name))) {
      doubts.push(`${name} is packed; remove it, or add it to scripts/release-check/tarball.js`);
    }
    if (!/\.[cm]?js$/.test(name)) continue;
    const map = /^\/\/# sourceMappingURL=(?!data:)(.+)$/m.exec(fs.readFileSync(path.join(packed, name), 'utf8'))?.[1];
    if (map !== undefined && !names.includes(path.posix.join(path.posix.dirname(name), map)))
      doubts.push(`${name} names the source map ${map}, which is not packed; build without source maps`);
  }
  return doubts;
};
