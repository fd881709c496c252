'use strict';
// The end of `prepare`, which npm runs in a checkout, before packing, and for a git dependency (in a clone that it then packs): copies
// node-addon-api's headers to vendor/, and compiles the addon where prebuilds/ has none for this machine. The result is put there, where "files"
// in package.json includes it. A note beside it tells it from a published binary: the next `prepare` compiles again, `npm run prebuild`
// removes the note, and `npm run release:check` refuses it. Without a compiler the checkout still works, as WebAssembly or for its scripts.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const napiHeaders = require('./napi-headers');
const { compiledHere, prebuildPath } = require('./prebuild/targets');

const root = path.join(__dirname, '..');
const { platform, arch } = process;
const isMusl = () => process.report.getReport().header.glibcVersionRuntime === undefined;
const libc = platform === 'linux' ? (isMusl() ? 'musl' : 'glibc') : undefined;
const binary = path.join(root, prebuildPath({ platform, arch, libc }));
const note = path.join(path.dirname(binary), compiledHere);

napiHeaders.copy();
if (!fs.existsSync(binary) || fs.existsSync(note)) {
  const nodeGyp = require.resolve('node-gyp/bin/node-gyp.js');
  const args = [nodeGyp, 'configure', 'build', `--directory=${path.join(root, 'native')}`, '--jobs=max', '--loglevel=warn'];
  if (spawnSync(process.execPath, args, { stdio: 'inherit' }).status === 0) {
    fs.mkdirSync(path.dirname(binary), { recursive: true });
    fs.copyFileSync(path.join(root, 'build/Release/chainrule.node'), binary);
    fs.writeFileSync(note, 'The binary beside this file was compiled by scripts/prepare.js, for this machine alone.\n');
  } else {
    console.warn('chainrule: the addon could not be compiled, see above; docs/install.md says what a compiler needs');
  }
}
