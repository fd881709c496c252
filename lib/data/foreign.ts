import { ChainruleTypeError } from '../errors';
import { isArray } from '../options/check';
import { looksTyped } from './typed-arrays';

/** Reads a property of what was given; the same value each time. */
export type Part = (key: string) => unknown;

/** An object of another library, or of the language, that is not a matrix: how it is recognised, and what to write. */
interface Foreign {
  what: string;
  is(part: Part): boolean;
  instead(name: string): string;
}

const isFunction = (part: Part, key: string): boolean => typeof part(key) === 'function';
const has = (part: Part, ...keys: string[]): boolean =>
  keys.some((key) => (part(key) ?? undefined) !== undefined && !isFunction(part, key));

/** Refused even where `data` and `shape` are there: they are not what they look like. */
const refusals: readonly Foreign[] = [
  { what: 'a promise', is: (part) => isFunction(part, 'then'), instead: (name) => `await ${name}` },
  {
    what: 'a tensor of TensorFlow.js',
    is: (part) => isFunction(part, 'dataSync'),
    instead: (name) => `{ data: await ${name}.data(), shape: ${name}.shape }`,
  },
  { what: 'a disposed tensor', is: (part) => part('location') === 'none', instead: () => 'read its data before dispose()' },
  {
    what: "a tensor outside the CPU's memory",
    is: (part) => typeof part('location') === 'string' && !String(part('location')).startsWith('cpu'),
    instead: (name) => `{ data: await ${name}.getData(), dims: ${name}.dims }`,
  },
  {
    what: 'a sparse matrix',
    is: (part) => has(part, 'indices', 'indptr', 'row', 'col', 'rowIndices', 'colIndices', 'denseShape', '_index', '_ptr'),
    instead: () => 'make it dense: one number for each row and column',
  },
  {
    what: 'a matrix with values beside its data',
    is: (part) => has(part, 'values') && has(part, 'data') && has(part, 'shape', 'dims'),
    instead: (name) => `{ data, shape } with the numbers of ${name} alone`,
  },
];

/** No matrix of ours; each has a way to become one. */
const hints: readonly Foreign[] = [
  { what: 'a matrix of ml-matrix', is: (part) => isFunction(part, 'to2DArray'), instead: (name) => `${name}.to2DArray()` },
  { what: 'an array of numjs', is: (part) => isFunction(part, 'tolist'), instead: (name) => `${name}.tolist()` },
  {
    what: 'an Arrow table',
    is: (part) => has(part, 'numRows', 'schema'),
    instead: (name) => `the columns, ${name}.getChild('a').toArray(), as rows`,
  },
  {
    what: 'a DataFrame',
    is: (part) => isArray(part('values')) && has(part, 'columns', 'dtypes', 'shape'),
    instead: (name) => `${name}.values`,
  },
  { what: 'a vector or matrix of another library', is: (part) => isFunction(part, 'toArray'), instead: (name) => `${name}.toArray()` },
  {
    what: 'bytes of something',
    is: (part) => isFunction(part, 'getFloat32'),
    instead: (name) => `new Float32Array(${name}.buffer, ${name}.byteOffset, ${name}.byteLength / 4)`,
  },
  {
    what: 'bytes of something',
    is: (part) => typeof part('byteLength') === 'number',
    instead: (name) => `new Float32Array(${name})`,
  },
  { what: 'a map', is: (part) => isFunction(part, 'get') && isFunction(part, 'values'), instead: (name) => `[...${name}.values()]` },
  { what: 'an iterable', is: (part) => isFunction(part, 'next') || isFunction(part, 'forEach'), instead: (name) => `[...${name}]` },
];

/** Throws for what would be read as something else. */
export function refuseForeign(part: Part, name: string): void {
  const found = refusals.find(({ is }) => is(part));
  if (found === undefined) return;
  throw new ChainruleTypeError('ERR_CHAINRULE_TYPE', `${name} must be a matrix of numbers, got ${found.what}: use ${found.instead(name)}`);
}

/** For the end of a message: how to convert it, where that is known. */
export function hint(tensor: object, part: Part, name: string): string {
  try {
    if (looksTyped(tensor)) return ', or a proxy of one: give the array itself';
    const found = hints.find(({ is }) => is(part));
    return found === undefined ? '' : ` (${found.what}): use ${found.instead(name)}`;
  } catch {
    return ''; // a proxy or getter that refuses to be asked
  }
}
