import type { RandomNumbers } from '../support/random-numbers';
import { numbers, texts } from './bytes';

// JSON documents as trees, so that they can have keys twice and numbers that JavaScript has not.

/** An object has `keys` and `values`, an array `values`, anything else its `text`. */
export interface Tree {
  keys?: string[];
  values?: Tree[];
  text?: string;
}

export function treeOf(value: unknown): Tree {
  if (typeof value !== 'object' || value === null) return { text: JSON.stringify(value) };
  if (Array.isArray(value)) return { values: value.map(treeOf) };
  return { keys: Object.keys(value), values: Object.values(value).map(treeOf) };
}

export function textOf({ keys, values, text }: Tree): string {
  if (values === undefined) return text ?? 'null';
  if (keys === undefined) return `[${values.map(textOf).join()}]`;
  return `{${values.map((value, index) => `${JSON.stringify(keys[index])}:${textOf(value)}`).join()}}`;
}

export function copyOf({ keys, values, text }: Tree): Tree {
  return { ...(keys && { keys: [...keys] }), ...(values && { values: values.map(copyOf) }), ...(text !== undefined && { text }) };
}

/** The value of the last key of that name. */
export function member(tree: Tree | undefined, key: string): Tree | undefined {
  const index = tree?.keys?.lastIndexOf(key) ?? -1;
  return index < 0 ? undefined : tree?.values?.[index];
}

/** All texts and keys of some documents: the words that a format knows. */
export function wordsOf(trees: readonly Tree[]): string[] {
  const words = new Set<string>();
  const visit = ({ keys = [], values = [], text = '' }: Tree): void => {
    for (const key of keys) words.add(key);
    for (const value of values) visit(value);
    if (text.startsWith('"') && text.length < 100) words.add(JSON.parse(text));
  };
  for (const tree of trees) visit(tree);
  return [...words];
}

/** The children of a tree, and one of them. */
interface Place {
  parent: Required<Pick<Tree, 'values'>> & Tree;
  index: number;
}

/** A place below the root: every depth is as likely as others, whatever the number of values there. */
function placeIn(root: Tree, random: RandomNumbers): Place | undefined {
  if (root.values === undefined || root.values.length === 0) return undefined;
  let parent = root as Place['parent'];
  for (;;) {
    const index = random.below(parent.values.length);
    const child = parent.values[index] as Tree;
    if (child.values === undefined || child.values.length === 0 || random.next() < 0.2) return { parent, index };
    parent = child as Place['parent'];
  }
}

/** Levels of nesting, and how often a value is repeated. */
const depths = [1, 1, 2, 3, 8, 20, 100, 1000, 20_000];
const repeats = [1, 1, 1, 2, 2, 10, 10, 300, 3000];
/** Repeated values have no more letters in all: a case must not take long to make. */
const mostLetters = 100_000;

const nested = (inner: string, depth: number, random: RandomNumbers): string =>
  random.below(2) === 0 ? `${'['.repeat(depth)}${inner}${']'.repeat(depth)}` : `${'{"a":'.repeat(depth)}${inner}${'}'.repeat(depth)}`;

type Change = (place: Place, random: RandomNumbers, words: readonly string[], root: Tree) => void;

const replaced = (make: (value: Tree, random: RandomNumbers, words: readonly string[]) => Tree): Change => {
  return ({ parent, index }, random, words) => {
    parent.values[index] = make(parent.values[index] as Tree, random, words);
  };
};

const scalars = [
  'null',
  'true',
  'false',
  '""',
  '[]',
  '{}',
  '-0',
  '0.5',
  '1e400',
  '1e-400',
  '1e21',
  '-1e-7',
  '[[]]',
  '{"__proto__":{"polluted":1}}',
];

/** A number near the old one, or a notable one. */
function numeral({ text = '' }: Tree, random: RandomNumbers): Tree {
  const value = Number(text);
  const near = [value + 1, value - 1, value * 2, -value, value / 2, value + 0.5];
  return { text: String(text !== '' && Number.isFinite(value) && random.below(2) === 0 ? random.pick(near) : random.pick(numbers)) };
}

const changes: readonly Change[] = [
  replaced((value, random) => numeral(value, random)),
  replaced((value, random) => numeral(value, random)),
  replaced((_, random) => ({ text: random.pick(scalars) })),
  replaced((_, random, words) => ({ text: JSON.stringify(random.pick(words)) })),
  replaced((_, random) => ({ text: JSON.stringify(random.pick(texts)) })),
  replaced((value, random) => ({ text: nested(textOf(value), random.pick(depths), random) })),
  ({ parent, index }) => {
    parent.values.splice(index, 1);
    parent.keys?.splice(index, 1);
  },
  // The same key or element again, and again with another value.
  ({ parent, index }, random) => {
    parent.values.splice(index, 0, random.below(2) === 0 ? copyOf(parent.values[index] as Tree) : { text: random.pick(scalars) });
    parent.keys?.splice(index, 0, parent.keys[index] as string);
  },
  ({ parent, index }, random) => {
    const size = textOf(parent.values[index] as Tree).length;
    const times = Math.min(random.pick(repeats), Math.ceil(mostLetters / (size + 8)));
    const copies = Array.from({ length: times }, () => copyOf(parent.values[index] as Tree));
    parent.values.splice(index, 0, ...copies);
    parent.keys?.splice(index, 0, ...copies.map((_, copy) => `${parent.keys?.[index]}${copy}`));
  },
  ({ parent, index }, random, words) => {
    if (parent.keys !== undefined) parent.keys[index] = random.below(2) === 0 ? random.pick(words) : random.pick(texts);
  },
  ({ parent, index }, random, words) => {
    const key = random.below(2) === 0 ? random.pick(words) : random.pick(texts);
    if (parent.keys !== undefined) parent.keys.splice(index, 0, key);
    parent.values.splice(index, 0, { text: random.pick(scalars) });
  },
  ({ parent, index }, random) => {
    const other = random.below(parent.values.length);
    [parent.values[index], parent.values[other]] = [parent.values[other] as Tree, parent.values[index] as Tree];
  },
  // A part of the document in another place.
  ({ parent, index }, random, _, root) => {
    const from = placeIn(root, random) as Place;
    parent.values[index] = copyOf(from.parent.values[from.index] as Tree);
  },
];

/** One change, somewhere in a tree of the caller's own. The root is never replaced. */
export function changeTree(root: Tree, random: RandomNumbers, words: readonly string[]): void {
  const place = placeIn(root, random);
  if (place !== undefined) random.pick(changes)(place, random, words, root);
}
