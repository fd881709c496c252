import { readFileSync } from 'node:fs';
import path from 'node:path';

// One place from lib/wasm and from dist/wasm.
const file = path.join(__dirname, '../../dist/wasm/chainrule.wasm');

/** The module, compiled: in Node.js, which need not wait for it. */
export const module: WebAssembly.Module = new WebAssembly.Module(readFileSync(file));

/** The environment variables that the module reads. */
export const environment: readonly string[] = Object.entries(process.env)
  .filter(([name]) => name === 'CHAINRULE_ISA')
  .map(([name, value]) => `${name}=${value}`);
