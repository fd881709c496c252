'use strict';
const { complaint } = require('./commands');

/** publint's problems with the tarball. */
module.exports = (_packed, tarball) => complaint('publint', 'publint', ['run', tarball, '--strict']);
