/**
 * The whole library in WebAssembly, for browsers and for systems without a binary: what `import 'chainrule/wasm'` gives. It does the same as
 * the addon on one thread, the calling one; docs/wasm.md tells the differences.
 */
export * from '../index';
