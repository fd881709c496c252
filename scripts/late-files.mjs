// Parts of the library that most programs never use: files of their own in the package, which are read and compiled when one of their functions
// is first called.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** By the names of their files, the modules whose functions they export. */
export const lateFiles = {
  onnx: file('lib/formats/onnx/index.ts'),
  foreign: file('lib/formats/foreign.ts'),
  npy: file('lib/npy.ts'),
  training: file('lib/fit.ts'),
};

const prefix = '\0late:';

/** The functions that a module exports: it declares them, or lists them from others. */
function exportsOf(source) {
  const declared = [...source.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name]) => name);
  const listed = [...source.matchAll(/^export \{([^}]+)\} from/gm)].flatMap(([, names]) => names.split(',').map((name) => name.trim()));
  return [...declared, ...listed.filter((name) => name !== '')];
}

/**
 * A plugin for a CommonJS bundle: other modules get functions that load the file. Its name is a constant in a plain call of `require`, for the
 * bundlers of users to follow.
 */
export const late = {
  name: 'late',
  async resolveId(source, importer, options) {
    if (importer === undefined) return null;
    if (importer.startsWith(prefix)) return { id: source, external: true };
    const target = (await this.resolve(source, importer, { ...options, skipSelf: true }))?.id;
    const name = Object.keys(lateFiles).find((name) => lateFiles[name] === target);
    return name === undefined ? null : `${prefix}${name}`;
  },
  load(id) {
    if (!id.startsWith(prefix)) return null;
    const name = id.slice(prefix.length);
    return exportsOf(readFileSync(lateFiles[name], 'utf8'))
      .map((own) => `export function ${own}(...given) { return require('./${name}.js').${own}(...given); }`)
      .join('\n');
  },
};
