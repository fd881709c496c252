import { type MessageName, messages } from '../../lib/formats/onnx/schema';
import type { RandomNumbers } from '../support/random-numbers';
import { changeBytes, numbers } from './bytes';

// Protobuf as a tree of fields, which are written whatever they say: unknown ones, of wrong types, in any number and depth.

export interface Field {
  number: number;
  /** 0: a varint, 1: eight bytes, 2: bytes or a message, 5: four bytes. */
  wire: number;
  value: bigint | Uint8Array | Field[];
}

const isMessage = (type: unknown): type is MessageName => typeof type === 'string' && Object.hasOwn(messages, type);

/** The fields of a message in a good file. */
export function fieldsOf(bytes: Uint8Array, type: MessageName): Field[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    at += length;
    return bytes.slice(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const [number, wire] = [tag >> 3, tag & 7];
    const [, kind] = messages[type][number] ?? [];
    const own = typeof kind === 'object' ? kind[0] : kind;
    if (wire === 0) fields.push({ number, wire, value: varint() });
    else if (wire !== 2) fields.push({ number, wire, value: take(wire === 1 ? 8 : 4) });
    else {
      const value = take(Number(varint()));
      fields.push({ number, wire, value: isMessage(own) ? fieldsOf(value, own) : value });
    }
  }
  return fields;
}

function varint(value: bigint, to: number[], atLeast = 1): void {
  let rest = BigInt.asUintN(64, value);
  for (let length = 1; rest > 127n || length < atLeast; length++) {
    to.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  to.push(Number(rest));
}

export function bytesOf(fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { number, wire, value } of fields) {
    const tag: number[] = [];
    varint(BigInt(number) * 8n + BigInt(wire), tag);
    const content = typeof value === 'bigint' ? new Uint8Array() : value instanceof Uint8Array ? value : bytesOf(value);
    if (typeof value === 'bigint') varint(value, tag);
    else if (wire === 2) varint(BigInt(content.length), tag);
    parts.push(Uint8Array.from(tag), content);
  }
  return new Uint8Array(Buffer.concat(parts));
}

export const copyOf = (fields: readonly Field[]): Field[] =>
  fields.map(({ number, wire, value }) => ({ number, wire, value: Array.isArray(value) ? copyOf(value) : value }));

/** All short bytes of some messages: names of operators, attributes and values. */
export function wordsOf(fields: readonly Field[], words = new Set<string>()): Set<string> {
  for (const { value } of fields) {
    if (Array.isArray(value)) wordsOf(value, words);
    else if (value instanceof Uint8Array && value.length < 40 && value.every((byte) => byte > 31 && byte < 127))
      words.add(Buffer.from(value).toString());
  }
  return words;
}

interface Place {
  parent: Field[];
  index: number;
}

function placeIn(root: Field[], random: RandomNumbers): Place | undefined {
  let parent = root;
  while (parent.length > 0) {
    const index = random.below(parent.length);
    const { value } = parent[index] as Field;
    if (!Array.isArray(value) || value.length === 0 || random.next() < 0.15) return { parent, index };
    parent = value;
  }
  return undefined;
}

type Change = (place: Place, random: RandomNumbers, words: readonly string[], root: Field[]) => void;

const onField = (change: (field: Field, random: RandomNumbers, words: readonly string[]) => void): Change => {
  return ({ parent, index }, random, words) => {
    change(parent[index] as Field, random, words);
  };
};

const text = (word: string): Uint8Array => new Uint8Array(Buffer.from(word));

/** Another value of the field's own kind. */
function changeValue(field: Field, random: RandomNumbers, words: readonly string[]): void {
  const { value } = field;
  if (typeof value === 'bigint') {
    field.value = random.pick([value + 1n, value - 1n, -value, BigInt(random.below(20)), BigInt(random.pick(numbers))]);
  } else if (Array.isArray(value)) field.value = random.below(2) === 0 ? [] : changeBytes(bytesOf(value), random);
  else if (value.length < 40 && random.below(2) === 0) field.value = text(random.pick(words));
  else field.value = changeBytes(value, random);
}

/** Levels, and repetitions, of one field. */
const depths = [1, 1, 2, 8, 8, 100, 1000];
const repeats = [1, 1, 1, 2, 2, 10, 50, 2000];
const mostBytes = 100_000;

const changes: readonly Change[] = [
  onField(changeValue),
  onField(changeValue),
  onField(changeValue),
  onField((field, random) => {
    field.number = random.pick([1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 14, 20, random.below(40), 2 ** 29 - 1, 0]);
  }),
  onField((field, random) => {
    field.wire = random.below(8);
  }),
  ({ parent, index }) => parent.splice(index, 1),
  ({ parent, index }, random) => {
    const field = parent[index] as Field;
    const times = Math.min(random.pick(repeats), Math.ceil(mostBytes / (bytesOf([field]).length + 1)));
    parent.splice(index, 0, ...copyOf(Array<Field>(times).fill(field)));
  },
  ({ parent, index }, random) => {
    const other = random.below(parent.length);
    [parent[index], parent[other]] = [parent[other] as Field, parent[index] as Field];
  },
  ({ parent, index }, random, _, root) => {
    const from = placeIn(root, random) as Place;
    // A copy: a part may be put into itself.
    parent.splice(index, random.below(2), ...copyOf([from.parent[from.index] as Field]));
  },
  ({ parent, index }, random) => {
    let inner = bytesOf([parent[index] as Field]);
    const { number } = parent[index] as Field;
    for (let depth = random.pick(depths); depth > 0 && inner.length < mostBytes; depth--)
      inner = bytesOf([{ number, wire: 2, value: inner }]);
    parent[index] = { number, wire: 2, value: inner };
  },
  ({ parent, index }, random, words) =>
    parent.splice(index, 0, { number: 1 + random.below(20), wire: random.pick([0, 2, 2]), value: text(random.pick(words)) }),
];

/** One change, somewhere in fields of the caller's own. */
export function changeFields(root: Field[], random: RandomNumbers, words: readonly string[]): void {
  const place = placeIn(root, random);
  if (place !== undefined) random.pick(changes)(place, random, words, root);
}
