'use strict';
// Where node-addon-api's headers are. In a clone they are a dev dependency; a packed tarball carries a copy, so that a user who compiles
// needs no package beyond node-gyp-build. `copy` (prepack) makes that copy, `remove` (postpack) takes it away.
const fs = require('node:fs');
const path = require('node:path');

const copied = path.join(__dirname, '..', 'vendor', 'node-addon-api');
const files = ['napi.h', 'napi-inl.h', 'napi-inl.deprecated.h', 'LICENSE.md'];
const installed = () => path.dirname(require.resolve('node-addon-api/package.json'));

switch (process.argv[2]) {
  case 'copy':
    for (const file of files) fs.cpSync(path.join(installed(), file), path.join(copied, file));
    break;
  case 'remove':
    fs.rmSync(path.dirname(copied), { recursive: true, force: true });
    break;
  default:
    console.log(fs.existsSync(copied) ? copied : installed());
}
