import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

// What an earlier build left must not be packed; the WebAssembly module has a build of its own.
function clean(folder, kept) {
  try {
    for (const name of readdirSync(file(folder))) if (name !== kept) rmSync(file(`${folder}/${name}`), { recursive: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
clean('dist', 'wasm');
clean('dist/wasm', 'chainrule.wasm');

const { version } = JSON.parse(readFileSync(file('package.json'), 'utf8'));

/** Takes other files in the place of some: `{ 'lib/native.ts': 'lib/wasm/native.ts' }`. Whoever stands in may import what it stands in for. */
function standIns(names) {
  const files = new Map(Object.entries(names).map(([name, other]) => [name.startsWith('node:') ? name : file(name), file(other)]));
  return {
    name: 'stand-ins',
    async resolveId(source, importer, options) {
      const found = files.get(source) ?? files.get((await this.resolve(source, importer, { ...options, skipSelf: true }))?.id);
      return found === importer ? null : found;
    },
  };
}

const shared = { transform: { target: 'es2022', define: { CHAINRULE_VERSION: JSON.stringify(version) } } };
const commonJs = { format: 'cjs', esModule: true, generatedCode: { symbols: false }, entryFileNames: '[name].js' };

const wasm = {
  'lib/native.ts': 'lib/wasm/native.ts',
  'lib/process-id.ts': 'lib/wasm/process-id.ts',
  'lib/threads.ts': 'lib/wasm/threads.ts',
};
const browser = Object.fromEntries(
  ['crypto', 'fs/promises', 'path', 'timers/promises', 'url'].map((name) => [`node:${name}`, 'lib/wasm/browser/node.ts']),
);

/*
 * lib/ as one file, and the command line beside it; tsc adds the types. Node takes more than twice as long to find, read and compile sixty
 * small modules as one file with the same code. Nothing is shortened: a stack trace can be read.
 */
export default defineConfig([
  {
    ...shared,
    input: { index: 'lib/index.ts', 'cli/main': 'lib/cli/main.ts' },
    platform: 'node',
    external: ['node-gyp-build'],
    output: {
      ...commonJs,
      dir: 'dist',
      // What `__dirname` is relative to in lib/ must stay one level below the root.
      chunkFileNames: ({ name }) => (name === 'lib' ? '[name].js' : 'cli/[name].js'),
    },
  },
  // The same with WebAssembly in the place of the addon, for Node.js and for browsers.
  {
    ...shared,
    input: { index: 'lib/wasm/index.ts' },
    platform: 'node',
    plugins: [standIns(wasm)],
    output: { ...commonJs, dir: 'dist/wasm' },
  },
  {
    ...shared,
    input: { index: 'lib/wasm/index.ts' },
    platform: 'browser',
    plugins: [standIns({ ...wasm, ...browser, 'lib/wasm/module.ts': 'lib/wasm/browser/module.mts' })],
    output: { format: 'esm', dir: 'dist/wasm', entryFileNames: '[name].mjs' },
  },
]);
