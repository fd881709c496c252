import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notLoaded } from './not-loaded';

// One place from lib/wasm and from dist/wasm. File tracers (@vercel/nft) evaluate this form, and take the module along.
const file = join(__dirname, '../../dist/wasm/chainrule.wasm');

/** The module, compiled: in Node.js, which need not wait for it. */
export const module: WebAssembly.Module = compile();

/** The environment variables that the module reads. */
export const environment: readonly string[] = Object.entries(process.env)
  .filter(([name]) => name === 'CHAINRULE_ISA')
  .map(([name, value]) => `${name}=${value}`);

function compile(): WebAssembly.Module {
  try {
    return new WebAssembly.Module(readFileSync(file));
  } catch (error) {
    throw notLoaded(file, 'npm ci installs it anew; in a clone of the repository, npm run build:wasm makes it', error);
  }
}
