// Whether WebAssembly is built, and from the sources that are there.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = ['nn', 'math', 'kernels', 'wasm'].map((folder) => path.join(root, 'native', folder));

const newest = (folder) =>
  fs.readdirSync(folder, { recursive: true, withFileTypes: true }).reduce((latest, entry) => {
    return entry.isFile() ? Math.max(latest, fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).mtimeMs) : latest;
  }, 0);

/** Empty, or how to build what is not there or older than its sources. */
export function webAssemblyState() {
  const built = fs.statSync(path.join(root, 'dist/wasm/chainrule.wasm'), { throwIfNoEntry: false });
  if (!built) return 'npm run build:wasm';
  return built.mtimeMs < Math.max(...sources.map(newest)) ? 'npm run build:wasm; the one there is older than its sources' : '';
}
