import { readNpy, toNpy } from '../../../lib';
import type { RandomNumbers } from '../../support/random-numbers';
import { changeBytes, numbers } from '../bytes';
import { checkArray } from '../check';
import { changeCount, type Format } from '../format';
import { fromBase64, goldens } from '../goldens';

/** The parts of an .npy file. */
interface Parts {
  version: number;
  dictionary: string;
  /** Its length as the file says it; undefined: the true one. */
  length: number | undefined;
  data: Uint8Array;
}

export function npyParts(file: Uint8Array): Parts {
  const view = new DataView(file.buffer, file.byteOffset);
  const version = view.getUint8(6);
  const [begin, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  const dictionary = Buffer.from(file.subarray(begin, begin + length)).toString('latin1');
  return { version, dictionary, length: undefined, data: file.slice(begin + length) };
}

export function npyFile({ version, dictionary, length, data }: Parts): Uint8Array {
  const text = Buffer.from(dictionary, 'latin1');
  const size = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) size.writeUInt16LE((length ?? text.length) & 0xffff);
  else size.writeUInt32LE((length ?? text.length) >>> 0);
  return new Uint8Array(Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version & 255, 0]), size, text, data]));
}

const types = [
  '<f4',
  '>f8',
  '|i1',
  '<u2',
  '>i4',
  '<f2',
  '|b1',
  '<i8',
  '>u8',
  '|O',
  '<U3',
  '<c8',
  '<M8[s]',
  '=f4',
  '<f16',
  '<f0',
  'f4',
  '|V8',
  '<f44444',
];
const sizes = [1, 2, 3, 5, 16, 1000];

type Change = (parts: Parts, random: RandomNumbers) => void;

/** A shape instead of the one in a dictionary. */
const shaped = (dictionary: string, shape: readonly (number | string)[]): string =>
  dictionary.replace(/\([^)]*\)/, `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`);

const changes: readonly Change[] = [
  (parts, random) => {
    parts.dictionary = parts.dictionary.replace(/'descr': '[^']*'/, `'descr': '${random.pick(types)}'`);
  },
  (parts, random) => {
    parts.dictionary = parts.dictionary.replace(/True|False/, random.pick(['True', 'False', 'None', '1']));
  },
  // A shape and as many bytes.
  (parts, random) => {
    const shape = Array.from({ length: random.below(5) }, () => random.pick(sizes.slice(0, 5)));
    const size = Number(/'descr': '.[a-z](\d+)/.exec(parts.dictionary)?.[1] ?? 1);
    parts.dictionary = shaped(parts.dictionary, shape);
    const bytes = Math.min(size, 8) * shape.reduce((product, dim) => product * dim, 1);
    parts.data = Uint8Array.from({ length: Math.min(bytes, 2 ** 20) }, (_, index) => index % 251);
  },
  // A shape without them.
  (parts, random) => {
    const notable = (): number | string => random.pick([...numbers, '0', '00', '1L', '1e3', '0x10', '-0', '1.5', '9'.repeat(400)]);
    parts.dictionary = shaped(parts.dictionary, Array.from({ length: random.pick([1, 2, 3, 33, 5000]) }, notable));
  },
  (parts, random) => {
    const insert = random.pick([
      "'",
      '"',
      '{',
      '}',
      '(',
      ')',
      '[',
      ',',
      ':',
      ' ',
      '\0',
      "'shape': (1,), ",
      "'__proto__': 'x', ",
      '#',
      '('.repeat(9000),
    ]);
    const at = random.below(parts.dictionary.length + 1);
    parts.dictionary = parts.dictionary.slice(0, at) + insert + parts.dictionary.slice(at + random.below(2));
  },
  (parts, random) => {
    parts.version = random.pick([0, 1, 2, 3, 4, 255]);
  },
  (parts, random) => {
    parts.length = random.pick(numbers);
  },
  (parts, random) => {
    parts.dictionary = parts.dictionary.trimEnd().padEnd(random.pick([100, 60_000, 70_000]), random.pick([' ', '\n', '\t']));
  },
  (parts, random) => {
    parts.data = changeBytes(parts.data, random);
  },
];

/** Changes a whole file: its parts, or its bytes. */
export function changeNpy(file: Uint8Array, count: number, random: RandomNumbers): Uint8Array {
  const parts = npyParts(file);
  for (let change = 0; change < count; change++) random.pick(changes)(parts, random);
  const changed = npyFile(parts);
  return random.below(4) === 0 && count > 0 ? changeBytes(changed, random) : changed;
}

export function npyFiles(): Uint8Array[] {
  const { cases } = goldens<{ cases: { file: string }[] }>('npy');
  return [...cases.map(({ file }) => fromBase64(file)), toNpy(Float64Array.of(1, 2, 3)), toNpy([[1, 2], [3, 4]])]; // biome-ignore format: one list
}

export function npy(): Format {
  const good = npyFiles();
  return {
    make(random) {
      const count = changeCount(random);
      const file = changeNpy(random.pick(good), count, random);
      return { size: file.length, isUnchanged: count === 0, read: () => readNpy(file), check: checkArray };
    },
  };
}
