'use strict';
// The package's main file: rolldown.config.mjs copies it to dist/index.js. It loads the library with the addon (lib.js) or, where no binary
// loads, the same library in WebAssembly, with one warning per process. `module.exports = require(…)` is the form that Node.js and bundlers
// read the exported names from; they take the last one.
const { getEnvironmentData, setEnvironmentData } = require('node:worker_threads');

function fallBack(reason) {
  if (process.env.CHAINRULE_FALLBACK === 'off') throw reason;
  try {
    module.exports = require('./wasm/index.js');
  } catch (error) {
    reason.message += `\n\nThe fallback to WebAssembly failed, too: ${error.message}`;
    throw reason;
  }
  const warned = 'chainrule.fallback';
  if (getEnvironmentData(warned) !== undefined) return;
  setEnvironmentData(warned, true); // workers inherit it
  process.emitWarning(
    `chainrule falls back to WebAssembly, which is slower and uses one thread; CHAINRULE_FALLBACK=off makes this an error. ${reason.message}`,
    { type: 'ChainruleWarning', code: 'CHAINRULE_FALLBACK' },
  );
}

try {
  module.exports = require('./lib.js');
} catch (error) {
  if (error?.code !== 'ERR_CHAINRULE_LOAD') throw error;
  fallBack(error);
}
