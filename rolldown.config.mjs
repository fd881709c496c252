import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';
import { late, lateFiles } from './scripts/late-files.mjs';
import { define, forBrowsers, forNode } from './scripts/wasm-stand-ins.mjs';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

// The files of an earlier build must not be packed; the WebAssembly module has a build of its own.
function clean(folder, kept) {
  try {
    for (const name of readdirSync(file(folder))) if (name !== kept) rmSync(file(`${folder}/${name}`), { recursive: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
clean('dist', 'wasm');
clean('dist/wasm', 'chainrule.wasm');

const shared = { transform: { target: 'es2022', define } };
/** Names stay, comments for readers of the types do not: Node.js reads and compiles all of it at each start, bytes faster than wider characters. */
const text = { comments: { legal: true, annotation: true, jsdoc: false }, charset: 'ascii' };
const commonJs = { ...text, format: 'cjs', esModule: true, generatedCode: { symbols: false }, entryFileNames: '[name].js' };

/**
 * The command line, chainrule/tabular and chainrule/mpi load the library as a user does: through dist/index.js, which falls back to WebAssembly.
 * The classes of errors come from there as well, so that there is one of each.
 */
const library = {
  name: 'library',
  resolveId(source, importer) {
    if (importer === undefined) return null;
    if (/^\.\.?\/error-classes(\.js)?$/.test(source)) return { id: '../index.js', external: true };
    const target = resolve(dirname(importer), source.replace(/\.js$/, ''));
    if (/[\\/]lib[\\/]cli[\\/]/.test(importer) && target === file('lib/tabular/index'))
      return { id: '../tabular/index.js', external: true };
    return /[\\/]lib[\\/](cli|table|tabular)[\\/]/.test(importer) && target === file('lib/index')
      ? { id: '../index.js', external: true }
      : null;
  },
};

const main = {
  name: 'main',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'index.js', source: readFileSync(file('lib/main.cjs')) });
  },
};

/** hyparquet works in a thread, whose program is a file. */
const parquetWorker = {
  name: 'parquet-worker',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'parquet-worker.js', source: readFileSync(file('lib/table/parquet-worker.js')) });
  },
};

/** The pages of the command line: their script is one file without imports, which is put into a page together with their style. */
const style = {
  name: 'style',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'page.css', source: readFileSync(file('lib/cli/page/page.css')) });
  },
};
const pageScript = (name, input) => ({
  ...shared,
  input: { [name]: input },
  platform: 'browser',
  plugins: [style],
  output: { format: 'iife', dir: 'dist/cli/page', entryFileNames: '[name].js', minify: true },
});

/*
 * lib/ as few files, the main file that loads it, and the command line beside it; tsc adds the types. Node takes more than twice as long to
 * find, read and compile sixty small modules as one file with the same code. Nothing is shortened: a stack trace can be read. Formats of other
 * libraries are files that wait until they are asked for.
 */
export default defineConfig([
  {
    ...shared,
    input: { lib: 'lib/index.ts', ...lateFiles },
    platform: 'node',
    external: ['node-gyp-build'],
    plugins: [main, late],
    // `__dirname` in lib/ must stay one level below the root.
    output: {
      ...commonJs,
      dir: 'dist',
      chunkFileNames: '[name].js',
      codeSplitting: { groups: [{ name: 'shared', test: /./, minShareCount: 2 }] },
    },
  },
  {
    ...shared,
    input: { main: 'lib/cli/main.ts' },
    platform: 'node',
    plugins: [library],
    output: { ...commonJs, dir: 'dist/cli', chunkFileNames: '[name].js' },
  },
  {
    ...shared,
    input: { index: 'lib/tabular/index.ts' },
    platform: 'node',
    plugins: [library, parquetWorker],
    output: { ...commonJs, dir: 'dist/tabular' },
  },
  {
    ...shared,
    input: { index: 'lib/mpi/index.ts' },
    platform: 'node',
    plugins: [library],
    output: { ...commonJs, dir: 'dist/mpi' },
  },
  pageScript('client', 'lib/cli/page/client/main.ts'),
  pageScript('form', 'lib/cli/page/client/form.ts'),
  // The same with WebAssembly in the place of the addon, for Node.js and for browsers.
  {
    ...shared,
    input: { index: 'lib/wasm/index.ts' },
    platform: 'node',
    plugins: [forNode()],
    output: { ...commonJs, dir: 'dist/wasm' },
  },
  {
    ...shared,
    input: { index: 'lib/wasm/index.ts' },
    platform: 'browser',
    plugins: [forBrowsers()],
    output: { ...text, format: 'esm', dir: 'dist/wasm', entryFileNames: '[name].mjs' },
  },
]);
