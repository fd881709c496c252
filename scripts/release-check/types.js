'use strict';
const { complaint } = require('./commands');

/** Whether every way to import the package finds its types. */
module.exports = (_packed, tarball) => complaint('@arethetypeswrong/cli', 'attw', [tarball, '--profile', 'node16', '--no-color']);
