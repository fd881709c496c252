'use strict';
const { complaint } = require('./commands');

/** What publint says of the tarball. */
module.exports = (_packed, tarball) => complaint('publint', 'publint', ['run', tarball, '--strict']);
