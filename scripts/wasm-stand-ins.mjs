// The files that others replace in WebAssembly: for the bundles (rolldown.config.mjs) and for the tests (test/wasm/vitest.config.mts).
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const { version } = JSON.parse(readFileSync(file('package.json'), 'utf8'));

/** Constants in the sources. */
export const define = { CHAINRULE_VERSION: JSON.stringify(version) };

const everywhere = {
  'lib/native.ts': 'lib/wasm/native.ts',
  'lib/process-id.ts': 'lib/wasm/process-id.ts',
  'lib/threads.ts': 'lib/wasm/threads.ts',
};

const nodeModules = ['crypto', 'fs/promises', 'os', 'path', 'timers/promises', 'url', 'util', 'zlib'];
const inBrowsers = {
  ...Object.fromEntries(nodeModules.map((name) => [`node:${name}`, 'lib/wasm/browser/node.ts'])),
  'lib/wasm/module.ts': 'lib/wasm/browser/module.mts',
};

/** A plugin for rolldown and Vite. A replacement may import the file that it replaces. */
function standIns(name, places) {
  const files = new Map(Object.entries(places).map(([from, to]) => [from.startsWith('node:') ? from : file(from), file(to)]));
  return {
    name,
    enforce: 'pre',
    async resolveId(source, importer, options) {
      const found = files.get(source) ?? files.get((await this.resolve(source, importer, { ...options, skipSelf: true }))?.id);
      return found === importer ? null : found;
    },
  };
}

export const forNode = () => standIns('wasm', everywhere);
export const forBrowsers = () => standIns('wasm-in-browsers', { ...everywhere, ...inBrowsers });
