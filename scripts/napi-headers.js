'use strict';
// Where the headers of Node-API are: run by node-gyp, it prints the folder of node-addon-api's. In a clone they are dev dependencies; a packed tarball
// carries the copies that scripts/prepare.js makes, so that compiling needs no package. node-gyp has the headers in C of its own; mpi/ needs
// those of node-api-headers.
const fs = require('node:fs');
const path = require('node:path');

const vendor = path.join(__dirname, '..', 'vendor');
const packages = {
  'node-addon-api': { from: '', files: ['napi.h', 'napi-inl.h', 'napi-inl.deprecated.h'], license: 'LICENSE.md' },
  'node-api-headers': {
    from: 'include',
    files: ['node_api.h', 'node_api_types.h', 'js_native_api.h', 'js_native_api_types.h'],
    license: 'LICENSE',
  },
};
const installed = (name) => path.dirname(require.resolve(`${name}/package.json`));

exports.copy = () => {
  for (const [name, { from, files, license }] of Object.entries(packages)) {
    const copy = (file, to) => fs.cpSync(path.join(installed(name), file), path.join(vendor, name, to), { preserveTimestamps: true });
    for (const file of files) copy(path.join(from, file), file);
    copy(license, license);
  }
};

/** The folder of a package's headers. */
exports.folderOf = (name) => {
  const copied = path.join(vendor, name);
  return fs.existsSync(copied) ? copied : path.join(installed(name), packages[name].from);
};

if (require.main === module) console.log(exports.folderOf('node-addon-api'));
