import { deflateRaw, inflateRaw } from 'node:zlib';
import { wrongValue } from '../../errors';
import { inSlices } from '../../event-loop';
import { concatenated } from '../concatenated';
import { badModel } from '../state';
import { summing } from './crc';
import { decodingNpy, type NpyArray } from './npy';
import { most32, readDirectory, type ZipEntry } from './zip-directory';
import { type NewEntry, sum, writeZip } from './zip-writer';

/* .npz files: ZIP files whose entries are .npy files. */

const ending = '.npy';

/** All arrays in a whole file, by their names; `name` is what the file is called in errors. `mostBytes` is the limit of all together. */
export async function decodeNpz(bytes: Uint8Array, name: string, mostBytes: number): Promise<Record<string, NpyArray>> {
  const entries = readDirectory(bytes, name);
  const total = entries.reduce((bytes, { size }) => bytes + size, 0);
  if (total > mostBytes) {
    throw badModel(
      name,
      `becomes ${total} bytes when it is decompressed: at most ${mostBytes} are read, or as many as the option maxBytes says`,
    );
  }
  const arrays: [string, NpyArray][] = [];
  for (const entry of entries) {
    const called = `${name}: ${entry.name}`;
    if (!entry.name.endsWith(ending)) throw badModel(called, 'is no array: its name does not end in ".npy"');
    const contents = await contentsOf(bytes, entry, called);
    if ((await inSlices(summing(contents))) !== entry.crc) throw badModel(called, 'is damaged: its contents do not match its checksum');
    arrays.push([entry.name.slice(0, -ending.length), await inSlices(decodingNpy(contents, called))]);
  }
  return Object.fromEntries(arrays);
}

async function contentsOf(bytes: Uint8Array, { deflated, begin, compressed, size }: ZipEntry, called: string): Promise<Uint8Array> {
  const packed = bytes.subarray(begin, begin + compressed);
  if (!deflated) return packed;
  const { contents, read } = await inflate(packed, size, called);
  if (contents.length !== size || read !== compressed) {
    throw badModel(called, `is damaged: it becomes ${contents.length} bytes of ${read}, where it says ${size} of ${compressed}`);
  }
  return contents;
}

/** At most `size` bytes. `read` is how many of the compressed ones they took. */
function inflate(packed: Uint8Array, size: number, called: string): Promise<{ contents: Uint8Array; read: number }> {
  return new Promise((resolve, reject) => {
    const options = { maxOutputLength: Math.max(size, 1), info: true };
    inflateRaw(packed, options, (error, result) => {
      const { buffer, engine } = (result ?? {}) as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } };
      if (error === null) resolve({ contents: buffer, read: engine.bytesWritten });
      else reject(badModel(called, `is damaged: it does not decompress to the ${size} bytes that it says`, error));
    });
  });
}

const longestName = 0xffff;
const mostEntries = 0xffff - 1;

/** A whole file of whole .npy files by their names. */
export async function encodeNpz(files: readonly (readonly [name: string, file: Uint8Array])[], compress: boolean): Promise<Uint8Array> {
  if (files.length > mostEntries) throw wrongValue('arrays', `at most ${mostEntries} arrays`, files.length);
  const entries: NewEntry[] = [];
  for (const [key, file] of files) {
    const name = new TextEncoder().encode(`${key}${ending}`);
    if (name.length > longestName) throw wrongValue('arrays', `by names of at most ${longestName} bytes`, key);
    const crc = await inSlices(summing(file));
    entries.push({ name, deflated: compress, crc, bytes: compress ? await deflate(file) : file, size: file.length });
  }
  const pieces = writeZip(entries);
  const length = sum(pieces);
  if (length >= most32 || entries.some(({ size }) => size >= most32)) {
    throw wrongValue('arrays', 'of less than 4 GiB together, or written as .npy files', length);
  }
  return concatenated(pieces);
}

function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => deflateRaw(bytes, (error, result) => (error === null ? resolve(result) : reject(error))));
}
