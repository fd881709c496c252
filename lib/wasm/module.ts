import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The module, compiled: in Node.js, which need not wait for it. */
export const module: WebAssembly.Module = new WebAssembly.Module(readFileSync(path.join(__dirname, 'chainrule.wasm')));

/** The environment variables that the module reads. */
export const environment: readonly string[] = Object.entries(process.env)
  .filter(([name]) => name === 'CHAINRULE_ISA')
  .map(([name, value]) => `${name}=${value}`);
