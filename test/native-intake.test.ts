import { describe, expect, test } from 'vitest';
import { categoryNumbers, finiteBounds, plainIntake } from '../lib/data/intake';
import type { NativeIntake } from '../lib/native';
import { native } from '../lib/native';
import { RandomNumbers } from './support/random-numbers';

// The addon takes arrays as JavaScript does: the same bits, and the same verdict.

const addon = native.intake as NativeIntake;
const lengths = [0, 1, 15, 16, 17, 1023, 1025, 40_001];
const random = (i: number) => Math.sin(i * 12.9898) * 43758.5453;

const sources: Record<string, (length: number) => Parameters<NativeIntake['take']>[0]> = {
  Int8Array: (length) => new Int8Array(length).map((_, i) => random(i)),
  Uint8Array: (length) => new Uint8Array(length).map((_, i) => random(i)),
  Uint8ClampedArray: (length) => new Uint8ClampedArray(length).map((_, i) => random(i)),
  Int16Array: (length) => new Int16Array(length).map((_, i) => random(i) * 9),
  Uint16Array: (length) => new Uint16Array(length).map((_, i) => random(i) * 9),
  Int32Array: (length) => new Int32Array(length).map((_, i) => random(i) * 99_999),
  Uint32Array: (length) => new Uint32Array(length).map((_, i) => random(i) * 99_999),
  Float32Array: (length) => new Float32Array(length).map((_, i) => random(i) * 10 ** ((i % 70) - 38)),
  Float64Array: (length) => new Float64Array(length).map((_, i) => random(i) * 10 ** ((i % 90) - 45)),
};

describe.each(['f32', 'f64'] as const)('into %s', (precision) => {
  const Floats = (precision === 'f64' ? Float64Array : Float32Array) as unknown as Float32ArrayConstructor;
  const bytes = (array: Float32Array | Float64Array) => new Uint8Array(array.buffer);
  const { low, high } = finiteBounds[precision];

  test.each(Object.entries(sources))('%s', (_, make) => {
    for (const length of lengths) {
      const from = make(length);
      for (const [least, most] of [
        [low, high],
        [-100, 100],
      ] as const) {
        // biome-ignore format: one line reads better
        const [got, expected] = [new Floats(length), new Floats(length)];
        expect(addon.take(from, got, least, most)).toBe(plainIntake.take(from, expected, least, most));
        expect(Buffer.compare(bytes(got), bytes(expected))).toBe(0);
      }
    }
  });

  test('a part of a larger buffer', () => {
    const from = Uint8Array.from({ length: 100 }, (_, i) => i).subarray(3, 70);
    const got = new Floats(67);
    expect(addon.take(from, got, 3, 69)).toBe(true);
    expect([...got]).toEqual([...from]);
    expect(addon.take(from, got, 3, 68)).toBe(false);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is never within', async (value) => {
    const array = new Floats(new SharedArrayBuffer(5000 * Floats.BYTES_PER_ELEMENT));
    const none = new Float64Array();
    for (const index of [0, 17, 4998, 4999]) {
      array.fill(1);
      expect(await addon.areWithin(array, 10, low, high, none)).toBe(true);
      array[index] = value;
      expect(addon.take(array, new Floats(5000), low, high)).toBe(false);
      expect(await addon.areWithin(array, 10, low, high, none)).toBe(false);
      expect(await plainIntake.areWithin(array, 10, low, high, none)).toBe(false);
    }
  });

  test.each([
    { rows: 1, columns: 1 },
    { rows: 3, columns: 40_000 },
    { rows: 50_000, columns: 3 },
    { rows: 300, columns: 1000 },
  ])('the statistics of $columns columns of $rows rows', async ({ rows, columns }) => {
    const array = new Floats(new SharedArrayBuffer(rows * columns * Floats.BYTES_PER_ELEMENT));
    const random = new RandomNumbers(rows);
    for (let i = 0; i < array.length; i++) array[i] = 10 * ((i % columns) % 50) + random.next();
    array[0] = -1e6; // far from the others
    const index = Uint32Array.from({ length: Math.max(1, rows - 2) }, (_, i) => (7 * i + 1) % rows);
    for (const used of [undefined, index]) {
      for (const moments of [false, true]) {
        const found = await addon.measure(array, columns, used?.length ?? rows, used, moments);
        const plain = await plainIntake.measure(array, columns, used?.length ?? rows, used, moments);
        expect(found.length).toBe((moments ? 4 : 2) * columns);
        const off = found.findIndex((value, i) => Math.abs(value - (plain[i] as number)) > 1e-10 * Math.max(1, Math.abs(value)));
        expect(off, `${found[off]} for ${plain[off]}`).toBe(-1);
        const rowOf = (i: number) => used?.[i] ?? i;
        const last = Array.from({ length: used?.length ?? rows }, (_, i) => array[rowOf(i) * columns + columns - 1] as number);
        expect(found[columns - 1]).toBe(last.reduce((a, b) => Math.min(a, b)));
        expect(found[2 * columns - 1]).toBe(last.reduce((a, b) => Math.max(a, b)));
      }
    }
  });

  test('categories', async () => {
    const array = new Floats(new SharedArrayBuffer(30_000 * Floats.BYTES_PER_ELEMENT)).fill(2);
    const groups = categoryNumbers([{ first: 1, count: 2, categories: 3 }]);
    const verdicts = async () => Promise.all([addon, plainIntake].map((intake) => intake.areWithin(array, 4, low, high, groups)));
    expect(await verdicts()).toEqual([true, true]);
    for (const wrong of [3, 0.5, -1]) {
      array.fill(2)[29_998] = wrong;
      expect(await verdicts()).toEqual([false, false]);
      array[29_999] = array[29_998];
      array[29_998] = 0;
      expect(await verdicts()).toEqual([true, true]);
    }
  });
});

test('doubles that no float holds are not within', () => {
  const { low, high } = finiteBounds.f32;
  const verdict = (value: number) => addon.take(Float64Array.of(value), new Float32Array(1), low, high);
  expect([3.4028235677973362e38, 3.4028235677973366e38, 1e39].map(verdict)).toEqual([true, false, false]);
});

describe('the addon refuses', () => {
  const floats = new Float32Array(4);
  const none = new Float64Array();
  const refused: Record<string, () => unknown> = {
    'arrays of different lengths': () => addon.take(new Uint8Array(3), floats, 0, 1),
    'other arrays': () => addon.take(new BigInt64Array(4) as never, floats, 0, 1),
    'what is no array': () => addon.take({ length: 4 } as never, floats, 0, 1),
    integers: () => addon.take(floats, new Int32Array(4) as never, 0, 1),
    'bounds that are not finite': () => addon.take(floats, floats, 0, Number.POSITIVE_INFINITY),
    'columns of no rows': () => addon.areWithin(floats, 3, 0, 1, none),
    'categories beyond the columns': () => addon.areWithin(floats, 2, 0, 1, Float64Array.of(1, 2, 3)),
    'too many categories': () => addon.areWithin(floats, 2, 0, 1, Float64Array.of(0, 1, 2 ** 25)),
    'statistics of rows that are not there': () => addon.measure(floats, 2, 3, undefined, true),
    'statistics of a row that is not there': () => addon.measure(floats, 2, 1, Uint32Array.of(2), true),
    'statistics of no rows': () => addon.measure(floats, 2, 0, undefined, false),
    'room for no floats': () => addon.prepare(new Int8Array(4) as never),
  };
  test.each(Object.entries(refused))('%s', (_, call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_INTERNAL' }));
  });
});
