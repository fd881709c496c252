import { createHash } from 'node:crypto';
import type { RandomNumbers } from '../support/random-numbers';
import { changeBytes, changeFloat, numbers, texts } from './bytes';
import { changeTree, copyOf, member, type Tree, textOf, treeOf } from './tree';

// Files of the safetensors format, ours and others', changed where their structure is.

/** A file in its parts. */
export interface Parts {
  header: Tree;
  data: Uint8Array;
}

export function partsOf(file: Uint8Array): Parts {
  const length = Number(Buffer.from(file.buffer, file.byteOffset).readBigUInt64LE());
  return { header: treeOf(JSON.parse(Buffer.from(file).toString('utf8', 8, 8 + length))), data: file.slice(8 + length) };
}

/** A whole file, with spaces behind its header. Few have another length there than the header's. */
function written({ header, data }: Parts, isIntact: boolean, random: RandomNumbers): Uint8Array {
  const padded = Buffer.concat([Buffer.from(textOf(header)), Buffer.alloc(random.below(20), ' ')]);
  const prefix = Buffer.alloc(8);
  const lies = !isIntact && random.below(40) === 0;
  const length = lies ? random.pick([padded.length - 1, padded.length + 1, ...numbers]) : padded.length;
  prefix.writeBigUInt64LE(BigInt.asUintN(64, BigInt(length)));
  return new Uint8Array(Buffer.concat([prefix, padded, data]));
}

const sizes: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

interface Tensor {
  key: string;
  tree: Tree;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

/** The tensors as far as they can be read. */
function tensorsOf({ header }: Parts): Tensor[] {
  return (header.keys ?? []).flatMap((key, index) => {
    const tree = header.values?.[index] as Tree;
    if (key === '__metadata__' || tree.keys === undefined) return [];
    const { dtype, shape, data_offsets: offsets } = JSON.parse(textOf(tree));
    const isPlain =
      [shape, offsets].every((list) => Array.isArray(list) && list.every(Number.isSafeInteger)) &&
      offsets.length === 2 &&
      typeof dtype === 'string';
    return isPlain ? [{ key, tree, dtype, shape, begin: offsets[0], end: offsets[1] }] : [];
  });
}

function set(tree: Tree, key: string, value: unknown): void {
  const index = tree.keys?.lastIndexOf(key) ?? -1;
  if (index >= 0 && tree.values !== undefined) tree.values[index] = treeOf(value);
}

const place = (tensor: Tensor, begin: number, end: number): void => set(tensor.tree, 'data_offsets', [begin, end]);

type Change = (parts: Parts, tensors: Tensor[], random: RandomNumbers) => void;

/** Other sizes or another type, with as many bytes; those behind it move. */
const resized: Change = (parts, tensors, random) => {
  const tensor = random.pick(tensors);
  const dtype = random.below(3) === 0 ? random.pick(['F64', 'F32', 'F16', 'BF16', 'I8', 'I64', 'U8', 'BOOL', 'F8_E4M3', '']) : tensor.dtype;
  const shape = [...tensor.shape];
  if (random.below(2) === 0) shape[random.below(Math.max(1, shape.length))] = random.below(9);
  if (random.below(4) === 0) shape.reverse();
  const bytes = shape.reduce((product, size) => product * size, sizes[dtype] ?? 1);
  if (bytes > 2 ** 20) return;
  const grown = bytes - (tensor.end - tensor.begin);
  set(tensor.tree, 'dtype', dtype);
  set(tensor.tree, 'shape', shape);
  place(tensor, tensor.begin, tensor.begin + bytes);
  for (const other of tensors) if (other.begin >= tensor.end && other !== tensor) place(other, other.begin + grown, other.end + grown);
  const own = parts.data.slice(tensor.begin, Math.min(tensor.end, tensor.begin + bytes));
  const rest = [parts.data.slice(0, tensor.begin), own, new Uint8Array(bytes - Math.min(bytes, own.length)), parts.data.slice(tensor.end)];
  parts.data = new Uint8Array(Buffer.concat(rest));
};

const changes: readonly Change[] = [
  resized,
  resized,
  // Offsets alone: holes, overlaps, two tensors in one place.
  (_, tensors, random) => {
    const [tensor, other] = [random.pick(tensors), random.pick(tensors)];
    const [begin, end] = [tensor.begin, tensor.end];
    const all = [[other.begin, other.end], [begin + 4, end + 4], [begin - 4, end], [begin, end + 4], [end, begin], [begin, begin], [end, end], [random.pick(numbers), random.pick(numbers)]]; // biome-ignore format: one list
    const [from, to] = random.pick(all) as [number, number];
    place(tensor, from, to);
  },
  // Shapes alone.
  (_, tensors, random) => {
    const { tree, shape } = random.pick(tensors);
    const all = [[...shape].reverse(), [...shape, 1], [shape.reduce((a, b) => a * b, 1)], [], [random.pick(numbers), 0], [random.pick(numbers), random.pick(numbers)], Array(100).fill(1)]; // biome-ignore format: one list
    set(tree, 'shape', random.pick(all));
  },
  // Names.
  ({ header }, tensors, random) => {
    const { key } = random.pick(tensors);
    const index = header.keys?.indexOf(key) ?? 0;
    const names = [
      random.pick(tensors).key,
      key.toUpperCase(),
      key.replace(/\d+/, '1'),
      `${key}.`,
      key.replace('.', '..'),
      random.pick(texts),
    ];
    if (header.keys !== undefined) header.keys[index] = random.pick(names);
  },
  // More tensors, with bytes at the end or without any.
  (parts, tensors, random) => {
    const { length } = parts.data;
    const count = random.pick([1, 1, 1, 2, 2, 10, 100, 1000]);
    for (let more = 0; more < count; more++) {
      const { key } = random.pick(tensors);
      const name = random.pick([`${key}${more}`, `layers.${more}.bias`, `optimizer.${more}.${key}`, `history.${more}`]);
      parts.header.keys?.push(name);
      parts.header.values?.push(treeOf({ dtype: 'F32', shape: [0], data_offsets: [length, length] }));
    }
  },
  // Tensors that change places with their bytes.
  (parts, tensors) => {
    const pieces: Uint8Array[] = [];
    let end = 0;
    for (const tensor of [...tensors].reverse()) {
      const own = parts.data.slice(tensor.begin, tensor.end);
      place(tensor, end, end + own.length);
      end += own.length;
      pieces.push(own);
    }
    parts.data = new Uint8Array(Buffer.concat(pieces));
  },
  (parts, tensors, random) => changeFloat(parts.data, (sizes[random.pick(tensors).dtype] ?? 4) === 8 ? 8 : 4, random),
  (parts, _, random) => {
    parts.data = changeBytes(parts.data, random);
  },
];

/** The JSON in a text of the metadata. */
function changeText(parts: Parts, key: string, random: RandomNumbers, words: readonly string[]): void {
  const text = member(member(parts.header, '__metadata__'), key)?.text;
  if (!text?.startsWith('"{')) return;
  let tree: Tree;
  try {
    tree = treeOf(JSON.parse(JSON.parse(text)));
  } catch {
    return;
  }
  changeTree(tree, random, words);
  set(member(parts.header, '__metadata__') as Tree, key, textOf(tree));
}

export interface Seed {
  parts: Parts;
  words: readonly string[];
  /** Keys of texts in the metadata that are JSON. */
  documents: readonly string[];
}

/** Writes a file with `count` changes; mostly, the digests are made right again. */
export function changed({ parts: good, words, documents }: Seed, count: number, random: RandomNumbers): Uint8Array {
  const parts: Parts = { header: copyOf(good.header), data: good.data.slice() };
  for (let change = 0; change < count; change++) {
    const tensors = tensorsOf(parts);
    const kind = random.below(6);
    if (kind === 0) changeTree(parts.header, random, words);
    else if (kind <= 2 && documents.length > 0) changeText(parts, random.pick(documents), random, words);
    else if (tensors.length > 0) random.pick(changes)(parts, tensors, random);
  }
  if (count === 0 || documents.length === 0 || random.below(5) > 0) digest(parts);
  const file = written(parts, count === 0, random);
  return count > 0 && random.below(5) === 0 ? changeBytes(file, random) : file;
}

/** Makes the digests right: that of the model, and that of a training. */
function digest(parts: Parts): void {
  const metadata = member(parts.header, '__metadata__');
  const text = (key: string): string => {
    const found = member(metadata, key)?.text;
    return found?.startsWith('"') ? JSON.parse(found) : '';
  };
  if (metadata === undefined || member(metadata, 'sha256') === undefined) return;
  const groups: Record<'history' | 'model' | 'blocks', Uint8Array[]> = { history: [], model: [], blocks: [] };
  for (const { key, begin, end } of tensorsOf(parts)) {
    const group = /^(layers|inputs)\./.test(key) ? 'model' : key.startsWith('history.') ? 'history' : 'blocks';
    groups[group].push(parts.data.subarray(begin, end));
  }
  const sha256 = hash([text('spec'), ...groups.model]);
  set(metadata, 'sha256', sha256);
  set(metadata, 'training_sha256', hash([sha256, text('training'), ...groups.history, ...groups.blocks]));
  const own = (metadata.keys ?? []).filter((key) => key.startsWith('metadata.'));
  const pairs = [...new Set(own)].sort().map((key) => [key.slice('metadata.'.length), text(key)]);
  set(metadata, 'metadata_sha256', hash([JSON.stringify(pairs)]));
}

function hash(parts: readonly (string | Uint8Array)[]): string {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return sum.digest('hex');
}
