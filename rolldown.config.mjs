import { readdirSync, rmSync } from 'node:fs';
import { defineConfig } from 'rolldown';

// What an earlier build left must not be packed; WebAssembly has a build of its own.
const dist = new URL('dist/', import.meta.url);
try {
  for (const name of readdirSync(dist)) if (name !== 'wasm') rmSync(new URL(name, dist), { recursive: true });
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}

/*
 * lib/ as one file, and the command line beside it; tsc adds the types. Node takes more than twice as long to find, read and compile sixty
 * small modules as one file with the same code. Nothing is shortened: a stack trace can be read.
 */
export default defineConfig({
  input: { index: 'lib/index.ts', 'cli/main': 'lib/cli/main.ts' },
  platform: 'node',
  external: ['node-gyp-build'],
  transform: { target: 'es2022' },
  output: {
    dir: 'dist',
    format: 'cjs',
    esModule: true,
    generatedCode: { symbols: false },
    entryFileNames: '[name].js',
    // What `__dirname` is relative to in lib/ must stay one level below the root.
    chunkFileNames: ({ name }) => (name === 'lib' ? '[name].js' : 'cli/[name].js'),
  },
});
