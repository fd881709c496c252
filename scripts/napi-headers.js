'use strict';
// Where node-addon-api's headers are: run by node-gyp, it prints the folder. In a clone they are a dev dependency; a packed tarball carries the
// copy that scripts/prepare.js makes, so that compiling needs no package.
const fs = require('node:fs');
const path = require('node:path');

const copied = path.join(__dirname, '..', 'vendor', 'node-addon-api');
const files = ['napi.h', 'napi-inl.h', 'napi-inl.deprecated.h', 'LICENSE.md'];
const installed = () => path.dirname(require.resolve('node-addon-api/package.json'));

exports.copy = () => {
  for (const file of files) fs.cpSync(path.join(installed(), file), path.join(copied, file), { preserveTimestamps: true });
};

if (require.main === module) console.log(fs.existsSync(copied) ? copied : installed());
