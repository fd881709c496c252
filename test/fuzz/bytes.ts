import type { RandomNumbers } from '../support/random-numbers';

// Changes of bytes by readers' weak points: what stands at limits of types, lengths and formats.

/** Whole numbers at the limits of types, of arrays and of what doubles hold. */
export const numbers: readonly number[] = [
  ...[0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 63, 64, 127, 128, 255, 256, 1023, 4096, 65_535, 65_536, 65_537, 1e6, 1e9],
  ...[8, 16, 24, 28, 30, 31, 32, 33, 40, 48, 52, 53, 62, 63, 64].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]),
  ...[-1, -2, -128, -(2 ** 31), -(2 ** 53), -(2 ** 63)],
];

/** Texts that are paths, names of the language's own properties, or no proper text. */
export const texts: readonly string[] = [
  ...['', ' ', '0', '-1', 'null', 'NaN', '../../etc/passwd', '/etc/passwd', '/dev/zero', 'C:\\model', '..\\..\\model', 'a\0b', '.', '..'],
  ...['file:///etc/passwd', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'length', 'then'],
  ...['\u{1f600}', '\ud800', '\ufeff', '\u202e', 'é', 'e\u0301', '%s%n', '"', "'", '\\', '\n', 'x'.repeat(5000)],
];

type Change = (bytes: Uint8Array, random: RandomNumbers, at: number) => Uint8Array;

const set = (value: (before: number, random: RandomNumbers) => number): Change => {
  return (bytes, random, at) => {
    const changed = bytes.slice();
    changed[at] = value(bytes[at] as number, random);
    return changed;
  };
};

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const changes: readonly Change[] = [
  set((_, random) => random.below(256)),
  set((before, random) => before ^ (1 << random.below(8))),
  set((_, random) => random.pick([0, 1, 127, 128, 255, 34, 123, 125, 91, 93])),
  (bytes, _, at) => bytes.slice(0, at),
  (bytes, random, at) => join(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))),
  (bytes, random, at) => join(bytes.subarray(0, at), bytes.subarray(random.below(bytes.length))),
  (bytes, random, at) => join(bytes.subarray(0, at), Uint8Array.from(random.array(1 + random.below(8), 0, 256)), bytes.subarray(at)),
  (bytes, random) => join(bytes, new Uint8Array(1 + random.below(16))),
  (bytes, random, at) => integer(bytes, at, random),
  (bytes, random, at) => {
    const changed = bytes.slice();
    changed.copyWithin(at, random.below(bytes.length), random.below(bytes.length));
    return changed;
  },
];

/** A number of 16, 32 or 64 bits, of either order, over what is there. */
function integer(bytes: Uint8Array, at: number, random: RandomNumbers): Uint8Array {
  const changed = bytes.slice();
  const size = random.pick([2, 4, 8]);
  if (at + size > changed.length) return changed;
  const view = new DataView(changed.buffer, at, size);
  const value = BigInt(random.pick(numbers));
  const little = random.below(4) > 0;
  if (size === 2) view.setUint16(0, Number(BigInt.asUintN(16, value)), little);
  else if (size === 4) view.setUint32(0, Number(BigInt.asUintN(32, value)), little);
  else view.setBigUint64(0, BigInt.asUintN(64, value), little);
  return changed;
}

/** How many bytes at a file's beginning are changed as often as all others: headers and directories are there. */
const head = 256;

/** One change, without any knowledge of the format. */
export function changeBytes(bytes: Uint8Array, random: RandomNumbers): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = random.below(random.below(2) === 0 ? Math.min(bytes.length, head) : bytes.length);
  return random.pick(changes)(bytes, random, at);
}

const floats: readonly number[] = [
  ...[0, -0, 1, -1, 1e-45, 1e-30, -1e30, 3.4028234663852886e38, 1e300, 5e-324],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
];

/** One number of `size` bytes somewhere in the data. */
export function changeFloat(data: Uint8Array, size: 4 | 8, random: RandomNumbers): void {
  const count = Math.floor(data.length / size);
  if (count === 0) return;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const value = random.below(2) === 0 ? random.pick(floats) : random.between(-2, 2);
  const at = size * random.below(count);
  if (size === 4) view.setFloat32(at, value, true);
  else view.setFloat64(at, value, true);
}
