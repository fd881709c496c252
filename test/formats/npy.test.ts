import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, NeuralNetwork, type NpyLike, readNpy, readNpz, toNpy, writeNpy, writeNpz } from '../../lib';
import { bytesOf, type Case, format, goldens } from './npy-goldens';

// .npy files against NumPy's own (goldens/make-npy.py), and hostile ones.

const aCase = (name: string) => goldens.cases.find((golden) => golden.name === name) as Case;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-npy-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The arrays that elements are read into. */
const arrays: Record<string, string> = {
  ...{ f4: 'Float32Array', f8: 'Float64Array', i1: 'Int8Array', u1: 'Uint8Array', i2: 'Int16Array', u2: 'Uint16Array', i4: 'Int32Array' },
  ...{ u4: 'Uint32Array', f2: 'Float32Array', i8: 'Float64Array', u8: 'Float64Array', b1: 'Uint8Array' },
};

describe('reading', () => {
  test.each(goldens.cases)('$name', async ({ name, file, shape, values }) => {
    const array = await readNpy(bytesOf(file));
    expect(array.shape).toEqual(shape);
    expect([...array.data]).toEqual(values);
    const type = /^[<>](..)$/.exec(name)?.[1];
    if (type !== undefined) expect(array.data.constructor.name).toBe(arrays[type]);
  });

  test.each(goldens.refused)('$name: refused, with what to do', async ({ file }) => {
    await expect(readNpy(bytesOf(file))).rejects.toEqual(format(/^bytes (holds .*: save |has 9007199254740993, .*: save it as float64)/));
  });

  test('from a path, a URL, and bytes that are a part of others', async () => {
    const { file, values } = aCase('<f8');
    const place = path.join(folder, 'x.npy');
    await writeFile(place, bytesOf(file));
    expect([...(await readNpy(place)).data]).toEqual(values);
    const around = Buffer.concat([Buffer.alloc(3), bytesOf(file)]);
    const { data } = await readNpy(around.subarray(3));
    around.fill(0);
    expect([...data]).toEqual(values);
    await expect(readNpy(path.join(folder, 'nothing.npy'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readNpy(folder)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_VALUE' });
    await expect(readNpy(7 as never)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_TYPE' });
  });

  test('arrays are what networks take', async () => {
    const nn = new NeuralNetwork({ inputSize: 5, layers: [dense(2)] });
    const x = await readNpy(bytesOf(aCase('>i2').file));
    expect(nn.predict(x).shape).toEqual([3, 2]);
  });
});

describe('writing', () => {
  test.each(['<f4', '<f8', '<i1', '<u1', '<i2', '<u2', '<i4', '<u4', 'one dimension', 'three dimensions', 'no elements'])(
    '%s: the bytes of NumPy',
    async (name) => {
      const { file } = aCase(name);
      expect(Buffer.from(toNpy(await readNpy(bytesOf(file)))).toString('base64')).toBe(file);
    },
  );

  test.each<[string, NpyLike, number[], number[]]>([
    ['rows of numbers', [[1, 2.5], [3, 4]], [2, 2], [1, 2.5, 3, 4]], // biome-ignore format: one row a case
    ['numbers', [1, 2, 3], [3], [1, 2, 3]],
    ['no numbers', [], [0], []],
    ['a typed array', Uint8ClampedArray.of(1, 255), [2], [1, 255]],
    ['values that are not finite', Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY), [2], [Number.NaN, Number.POSITIVE_INFINITY]],
    ['a tensor of onnxruntime', { data: Float32Array.of(1, 2), dims: [2, 1] }, [2, 1], [1, 2]],
    ['three dimensions', { data: Int16Array.of(1, 2, 3, 4), shape: [1, 2, 2] }, [1, 2, 2], [1, 2, 3, 4]],
  ])('%s', async (_, array, shape, values) => {
    const again = await readNpy(toNpy(array));
    expect([again.shape, [...again.data]]).toEqual([shape, values]);
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /^array must be a typed array, rows of numbers, or \{ data, shape \}, got undefined$/],
    ['a text', ['1', '2'], /array/],
    ['a shape that does not fit', { data: [1, 2, 3], shape: [2, 2] }, /^array\.shape \[2, 2\] needs 4 values, got 3$/],
    ['big integers', BigInt64Array.of(1n), /^array must be a typed array of numbers/],
    ['ragged rows', [[1, 2], [3]], /array\[1\]/],
  ])('%s: refused', (_, array, message) => {
    expect(() => toNpy(array as never)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_CHAINRULE_(TYPE|SHAPE)$/) }));
    expect(() => toNpy(array as never)).toThrow(message);
  });

  test('files are whole, and nothing is left beside them', async () => {
    const place = path.join(folder, 'written', 'w.npy');
    await expect(writeNpy(place, [1])).rejects.toMatchObject({ code: 'ENOENT' });
    const files = path.join(folder, 'files');
    await mkdir(files);
    await writeNpy(path.join(files, 'w.npy'), [1, 2]);
    await writeNpz(path.join(files, 'w.npz'), { a: [1], b: [[2]] }, { compress: true });
    expect((await readdir(files)).sort()).toEqual(['w.npy', 'w.npz']);
    expect([...(await readNpy(path.join(files, 'w.npy'))).data]).toEqual([1, 2]);
    expect(Object.keys(await readNpz(path.join(files, 'w.npz')))).toEqual(['a', 'b']);
  });
});

describe('hostile .npy files', () => {
  const npy = (dictionary: string, data = 0, version = 1) => {
    const length = Buffer.alloc(version === 1 ? 2 : 4);
    if (version === 1) length.writeUInt16LE(dictionary.length);
    else length.writeUInt32LE(dictionary.length);
    return Buffer.concat([
      Buffer.from([0x93]),
      Buffer.from('NUMPY'),
      Buffer.from([version, 0]),
      length,
      Buffer.from(dictionary),
      Buffer.alloc(data),
    ]);
  };
  const dictionary = (shape: string, descr = "'<f4'") => `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`;

  test('what is made here is otherwise right', async () => {
    expect((await readNpy(npy(dictionary('(2, 1L)'), 8))).shape).toEqual([2, 1]);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /is not an \.npy file/],
    ['another file', Buffer.from('PK\x03\x04 and more'), /is not an \.npy file/],
    ['the magic alone', npy('').subarray(0, 8), /is cut short in its header/],
    ['version 9', npy(dictionary('(1,)'), 4, 9), /has the \.npy version 9/],
    ['a header that is cut short', npy(dictionary('(1,)')).subarray(0, 30), /is cut short in its header/],
    ['a header of 4 GB', Buffer.concat([npy('', 0, 2).subarray(0, 8), Buffer.alloc(4, 255)]), /has a header of 4294967295 bytes/],
    ['no dictionary', npy('[1, 2]'), /is no dictionary/],
    ['code in the dictionary', npy(dictionary("__import__('os')")), /is no dictionary of arrays/],
    ['a key twice', npy("{'shape': (1,), 'shape': (2,), 'descr': '<f4', 'fortran_order': False}"), /is no dictionary of arrays/],
    ['a key too few', npy("{'descr': '<f4', 'shape': (2,)}"), /needs "descr", "fortran_order" and "shape"/],
    ['a key too many', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), 'x': True}"), /needs "descr"/],
    ['an enormous shape', npy(dictionary('(2147483647, 2147483647)')), /at most 2147483647 elements/],
    ['a shape that overflows', npy(dictionary('(4294967296, 4294967296, 0)')), /at most 2147483647 elements/],
    ['a shape of many digits', npy(dictionary(`(${'9'.repeat(400)},)`)), /its shape is/],
    ['many dimensions', npy(dictionary(`(${'1,'.repeat(33)})`), 4), /its shape is/],
    [
      'more elements than there are',
      npy(dictionary('(2147483647,)'), 100),
      /is cut short: its elements have 8589934588 bytes, 100 are there/,
    ],
    ['fewer elements than there are', npy(dictionary('(1,)'), 5), /is damaged, or holds several arrays/],
    ['an unknown type', npy(dictionary('(1,)', "'<f16'"), 16), /has the element type "<f16"/],
    ['a type of 3 bytes', npy(dictionary('(1,)', "'<f3'"), 3), /has the element type "<f3"/],
    ['a type without an order', npy(dictionary('(1,)', "'|f4'"), 4), /has the element type/],
    ['a name in the prototype', npy(dictionary('(1,)', "'constructor'"), 4), /has the element type "constructor"/],
  ])('%s', async (_, bytes, message) => {
    await expect(readNpy(bytes)).rejects.toEqual(format(message));
  });
});
