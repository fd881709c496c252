import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, NeuralNetwork, readNpz, toNpz, writeNpz } from '../../lib';
import { bytesOf, format, goldens, kindsOfNpz } from './npy-goldens';

// .npz files against NumPy's own (goldens/make-npy.py), and hostile ones.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-npy-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('npz', () => {
  test.each(kindsOfNpz)('%s by NumPy', async (kind) => {
    const found = await readNpz(bytesOf(goldens.npz[kind]));
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
    expect(Object.keys(found)).toEqual(Object.keys(goldens.npz.arrays));
    for (const [name, { data, shape }] of Object.entries(found)) {
      expect({ shape, values: [...data] }).toEqual(goldens.npz.arrays[name]);
    }
  });

  test.each([false, true])('the parameters of a network come back, compressed: %s', async (compress) => {
    const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(40, 'relu'), dense(2)] });
    const named = nn.layers.flatMap(({ parameters }, i) =>
      Object.entries(parameters).map(([key, tensor]) => [`${i}.${key}`, tensor] as const),
    );
    const file = await toNpz(Object.fromEntries(named), { compress });
    const found = await readNpz(file);
    expect(found).toEqual(Object.fromEntries(named.map(([key, { data, shape }]) => [key, { data, shape: [...shape] }])));
    expect(await toNpz(Object.fromEntries(named), { compress })).toEqual(file);
  });

  test('Python reads ours', async (context) => {
    const script = `import numpy, sys, zipfile
assert zipfile.ZipFile(sys.argv[1]).testzip() is None
for name, array in numpy.load(sys.argv[1]).items(): print(name, array.dtype, array.shape, array.tolist())`;
    const python = (...args: string[]) => spawnSync(process.platform === 'win32' ? 'python' : 'python3', args, { encoding: 'utf8' });
    if (python('-c', 'import numpy').status !== 0) context.skip();
    for (const compress of [false, true]) {
      const place = path.join(folder, `python-${compress}.npz`);
      await writeNpz(place, { 'a/é': { data: Float32Array.of(1, 2.5), shape: [1, 2] }, b: Int8Array.of(-1) }, { compress });
      const { stdout, stderr } = spawnSync('python3', ['-c', script, place], {
        encoding: 'utf8',
        env: { ...process.env, PYTHONUTF8: '1' },
      });
      expect(stderr).toBe('');
      expect(stdout.trim().split(/\r?\n/)).toEqual(['a/é float32 (1, 2) [[1.0, 2.5]]', 'b int8 (1,) [-1]']);
    }
  });

  test('options that do not exist, and what is no array', async () => {
    await expect(toNpz({ a: [1] }, { compressed: true } as never)).rejects.toThrow(/did you mean "compress"/);
    await expect(toNpz([1] as never)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_TYPE' });
    await expect(toNpz({ a: 'b' } as never)).rejects.toThrow(/^arrays\["a"\] must be a typed array/);
    await expect(readNpz(bytesOf(goldens.bomb), { maxBytes: 0 })).rejects.toMatchObject({ code: 'ERR_CHAINRULE_VALUE' });
  });
});

describe('hostile .npz files', () => {
  /** A file of two stored entries, and where its parts are. */
  async function file() {
    const bytes = Buffer.from(await toNpz({ a: [1, 2], b: [3] }));
    const end = bytes.length - 22;
    const directory = bytes.readUInt32LE(end + 16);
    const second = directory + 46 + bytes.readUInt16LE(directory + 28);
    return { bytes, end, directory, second };
  }
  type Parts = Awaited<ReturnType<typeof file>>;

  test.each<[string, (parts: Parts) => unknown, RegExp]>([
    ['nothing', () => new Uint8Array(), /is not an \.npz file/],
    ['cut short', ({ bytes }) => bytes.subarray(0, -1), /is not an \.npz file, or is cut short/],
    ['bytes behind it', ({ bytes }) => Buffer.concat([bytes, Buffer.alloc(1)]), /is not an \.npz file/],
    ['bytes before it', ({ bytes }) => Buffer.concat([Buffer.alloc(1), bytes]), /its directory does not end where it should/],
    [
      'an overlap',
      ({ bytes, directory, second }) => bytes.writeUInt32LE(bytes.readUInt32LE(directory + 42), second + 42),
      /"b\.npy" has two names/,
    ],
    ['one entry inside another', ({ bytes, second }) => bytes.writeUInt32LE(0xfffffff0, second + 42), /is not where it should be/],
    [
      'a size that is too large',
      ({ bytes, directory }) => [bytes.writeUInt32LE(1e9, directory + 20), bytes.writeUInt32LE(1e9, directory + 24)],
      /reaches beyond the entries/,
    ],
    ['two sizes', ({ bytes, directory }) => bytes.writeUInt32LE(1e9, directory + 24), /has two sizes/],
    [
      'a size that no compression gives',
      ({ bytes, directory }) => [bytes.writeUInt16LE(8, directory + 10), bytes.writeUInt32LE(4e9, directory + 24)],
      /144 bytes of "a\.npy" cannot become 4000000000/,
    ],
    ['no ZIP64', ({ bytes, directory }) => bytes.writeUInt32LE(0xffffffff, directory + 42), /an entry has no fields of ZIP64/],
    ['no ZIP64 directory', ({ bytes, end }) => bytes.writeUInt16LE(0xffff, end + 10), /it has no ZIP64 directory/],
    ['an encrypted entry', ({ bytes, directory }) => bytes.writeUInt16LE(1, directory + 8), /has an encrypted entry "a\.npy"/],
    ['another compression', ({ bytes, directory }) => bytes.writeUInt16LE(12, directory + 10), /compressed by method 12/],
    ['a name that is not UTF-8', ({ bytes, directory }) => bytes.writeUInt8(0xff, directory + 46), /is not UTF-8/],
    ['a name twice', ({ bytes, second }) => bytes.write('a', second + 46), /two entries "a\.npy"/],
    ['no array', ({ bytes, directory }) => [bytes.write('a.txt', directory + 46), bytes.write('a.txt', 30)], /a\.txt is no array/],
    ['a changed value', ({ bytes }) => bytes.writeUInt8(1, 30 + 5 + 128), /do not match its checksum/],
    ['more entries', ({ bytes, end }) => [bytes.writeUInt16LE(3, end + 8), bytes.writeUInt16LE(3, end + 10)], /its directory is cut short/],
    ['fewer entries', ({ bytes, end }) => [bytes.writeUInt16LE(1, end + 8), bytes.writeUInt16LE(1, end + 10)], /more bytes than entries/],
    ['several parts', ({ bytes, end }) => bytes.writeUInt16LE(1, end + 4), /one of several parts/],
  ])('%s', async (_, change, message) => {
    const parts = await file();
    const changed = change(parts);
    await expect(readNpz(changed instanceof Uint8Array ? changed : parts.bytes)).rejects.toEqual(format(message));
  });

  test('ZIP64 whose last record says so in each of its fields', async () => {
    const bytes = Buffer.from(bytesOf(goldens.npz.zip64));
    bytes.fill(255, bytes.length - 18, bytes.length - 2);
    expect(Object.keys(await readNpz(bytes))).toEqual(Object.keys(goldens.npz.arrays));
  });

  test.each<[string, (bytes: Buffer, end: number) => unknown, RegExp]>([
    ['a directory elsewhere', (bytes, end) => bytes.writeUInt8(1, end + 8), /its ZIP64 directory is not where it should be/],
    ['a directory behind 2^63', (bytes, end) => bytes.writeUInt8(255, end + 15), /it has a length or offset of 1837/],
    ['no locator', (bytes, end) => [bytes.writeUInt8(1, end), bytes.fill(255, end + 24, end + 40)], /it has no ZIP64 directory/],
    ['several parts', (bytes, end) => bytes.writeUInt8(1, end - 40), /one of several parts/],
    ['too many entries', (bytes, end) => [24, 32].map((at) => bytes.writeUInt8(9, end - 56 + at)), /its directory is cut short/],
    ['fewer bytes', (bytes, end) => bytes.writeUInt8(9, end - 56 + 40), /its directory does not end where it should/],
    ['a size behind 2^63', (bytes) => bytes.writeUInt8(255, extraOf(bytes) + 4 + 7), /it has a length or offset of/],
    ['a size behind the end', (bytes) => [7, 15].map((at) => bytes.writeUInt8(1, extraOf(bytes) + 1 + at)), /reaches beyond the entries/],
    ['too few fields', (bytes) => bytes.writeUInt16LE(8, extraOf(bytes) + 2), /too few fields of ZIP64/],
    ['fields that are cut short', (bytes) => bytes.writeUInt16LE(400, extraOf(bytes) + 2), /an entry has no fields of ZIP64/],
  ])('ZIP64, %s', async (_, change, message) => {
    const bytes = Buffer.from(bytesOf(goldens.npz.zip64));
    change(bytes, bytes.length - 22 - 20);
    await expect(readNpz(bytes)).rejects.toEqual(format(message));
  });

  /** The extra fields of the first entry in the directory. */
  function extraOf(bytes: Buffer): number {
    const directory = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    return directory + 46 + bytes.readUInt16LE(directory + 28);
  }

  test('two entries with the same bytes', async () => {
    const { bytes, directory, second } = await file();
    // The first one's contents reach over the second entry, whose header lies in them.
    const length = directory - (30 + 5);
    for (const field of [20, 24]) bytes.writeUInt32LE(length, directory + field);
    expect(bytes.readUInt32LE(second + 42)).toBeLessThan(30 + 5 + length);
    await expect(readNpz(bytes)).rejects.toEqual(format(/its entries overlap/));
  });

  test('a bomb', async () => {
    const bomb = bytesOf(goldens.bomb);
    expect(bomb.length).toBeLessThan(10_000);
    await expect(readNpz(bomb, { maxBytes: 2 ** 20 })).rejects.toEqual(format(/becomes 8388736 bytes .*: at most 1048576 are read/));
    expect((await readNpz(bomb)).zeros?.data).toHaveLength(2 ** 20);
  });

  test('an entry that becomes more than it says, or less, or has more bytes', async () => {
    const original = Buffer.from(await toNpz({ a: new Float32Array(1000) }, { compress: true }));
    const directory = original.readUInt32LE(original.length - 6);
    for (const [size, message] of [
      [4128 - 4, /does not decompress to the 4124 bytes/],
      [4128 + 4, /becomes 4128 bytes of \d+, where it says 4132/],
    ] as const) {
      const bytes = Buffer.from(original);
      bytes.writeUInt32LE(size, directory + 24);
      await expect(readNpz(bytes)).rejects.toEqual(format(message));
    }
  });
});

test('readFile of a file that is written gives what toNpz gives', async () => {
  const place = path.join(folder, 'same.npz');
  await writeNpz(place, { a: [1] });
  expect(new Uint8Array(await readFile(place))).toEqual(await toNpz({ a: [1] }));
});
