import { deflateRawSync } from 'node:zlib';
import { readNpz } from '../../../lib';
import { atOnce } from '../../../lib/event-loop';
import { concatenated } from '../../../lib/formats/concatenated';
import { summing } from '../../../lib/formats/npy/crc';
import { type NewEntry, writeZip } from '../../../lib/formats/npy/zip-writer';
import type { RandomNumbers } from '../../support/random-numbers';
import { changeBytes, numbers, texts } from '../bytes';
import { checkArrays } from '../check';
import { changeCount, type Format } from '../format';
import { changeNpy, npyFiles } from './npy';

/** Most of all arrays; the reader is told so. */
const mostBytes = 2 ** 20;

const lengths = { central: 46, end: 22 };

/** The fields of an entry in the directory, of one in front of its bytes, and of the directory's end: where, and how many bytes. */
const centralFields = [[8, 2], [10, 2], [16, 4], [20, 4], [24, 4], [28, 2], [30, 2], [32, 2], [42, 4]] as const; // biome-ignore format: one table
const localFields = [[0, 4], [6, 2], [8, 2], [14, 4], [18, 4], [22, 4], [26, 2], [28, 2]] as const; // biome-ignore format: one table
const endFields = [[4, 2], [6, 2], [8, 2], [10, 2], [12, 4], [16, 4], [20, 2]] as const; // biome-ignore format: one table

/** Where an entry has its two headers. */
interface Place {
  central: number;
  local: number;
}

/** The entries of a file that is whole. */
function* directory(file: Buffer): Generator<Place> {
  let at = file.readUInt32LE(file.length - lengths.end + 16);
  while (at < file.length - lengths.end) {
    yield { central: at, local: file.readUInt32LE(at + 42) };
    at += lengths.central + file.readUInt16LE(at + 28);
  }
}

/** Another number in one of the fields: a notable one, that of another entry, or one beside it. */
function changeField(file: Buffer, entries: readonly Place[], random: RandomNumbers): void {
  const { central, local } = random.pick(entries);
  const other = random.pick(entries);
  const [start, from, fields] = random.pick([
    [central, other.central, centralFields],
    [local, other.local, localFields],
    [file.length - lengths.end, file.length - lengths.end, endFields],
  ] as const);
  const [offset, size] = random.pick<readonly [number, number]>(fields);
  const before = file.readUIntLE(start + offset, size);
  const value = random.pick([before + 1, before - 1, before * 2, file.readUIntLE(from + offset, size), random.pick(numbers)]);
  file.writeUIntLE(Number(BigInt.asUintN(8 * size, BigInt(value))), start + offset, size);
}

/** An entry of zeros, with the header of an array or without. */
function bomb(random: RandomNumbers): Uint8Array {
  const zeros = Buffer.alloc(random.pick([1000, mostBytes / 2, mostBytes, 2 * mostBytes]));
  if (random.below(2) === 0)
    zeros.write(`\x93NUMPY\x01\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (${zeros.length / 4 - 32},), }`.padEnd(128), 'latin1');
  return zeros;
}

const name = (random: RandomNumbers, index: number): string =>
  random.below(8) === 0 ? `${random.pick(texts)}.npy` : random.pick([`arr_${index}.npy`, 'a.npy', `layers/${index}.npy`, 'é.npy']);

export function npz(): Format {
  const arrays = npyFiles();
  return {
    make(random) {
      const changes = changeCount(random);
      // Half of the changes are in the archive, and half in its contents.
      const inside = changes > 0 && random.below(2) === 0;
      const count = random.below(40) === 0 ? 300 : random.below(4);
      const entries = Array.from({ length: count }, (_, index): NewEntry => {
        const good = random.pick(arrays);
        const contents = !inside ? good : random.below(30) === 0 ? bomb(random) : changeNpy(good, random.below(2), random);
        const deflated = random.below(2) === 0;
        const bytes = deflated ? deflateRawSync(contents) : contents;
        const called = changes > 0 ? name(random, index) : `arr_${index}.npy`;
        return { name: Buffer.from(called), deflated, crc: atOnce(summing(contents)), bytes, size: contents.length };
      });
      const file = Buffer.from(concatenated(writeZip(entries)));
      let changed: Uint8Array = file;
      const places = [...directory(file)];
      if (!inside && places.length > 0) for (let change = 0; change < changes; change++) changeField(file, places, random);
      if (changes > 0 && random.below(4) === 0) changed = changeBytes(file, random);
      const bytes = new Uint8Array(changed);
      return {
        size: Math.max(bytes.length, mostBytes),
        isUnchanged: changes === 0,
        read: () => readNpz(bytes, { maxBytes: mostBytes }),
        check: checkArrays,
      };
    },
  };
}
