import type { MatrixLike } from './data/matrix';
import { readingAnyMatrix } from './data/rows';
import { readTensor } from './data/tensors';
import { type NumericArray, plainView, typedArrayKind } from './data/typed-arrays';
import { wrongShape, wrongType } from './errors';
import { atOnce, inSlices, type Pieces } from './event-loop';
import { decodingNpy, encodingNpy, type NpyArray } from './formats/npy/npy';
import { decodeNpz, encodeNpz } from './formats/npy/npz';
import { writeWhole } from './formats/write-whole';
import type { ModelBytes } from './model';
import { boolean, checkPath, integer, isArray, isRevoked, object, record, withDefault } from './options/check';
import { bytesFrom } from './source-bytes';

/*
 * NumPy's files. Arrays of floats, integers and bools are read, in any order of bytes and elements; those of objects, texts and structures
 * are refused by name. Files are written whole or not at all.
 */

/** An array of any number of dimensions: a typed array or an array of numbers (one dimension), rows of numbers, or `{ data, shape }`. */
export type NpyLike = MatrixLike;

/** The options of `readNpz`. */
export interface ReadNpzOptions {
  /** The most bytes of all arrays together, decompressed. Default 2^30. */
  maxBytes?: number;
}

/** The options of `writeNpz` and `toNpz`. */
export interface WriteNpzOptions {
  /** Whether the arrays are compressed, as by `numpy.savez_compressed`. Default false. */
  compress?: boolean;
}

const checkReading = record<Required<ReadNpzOptions>>(
  { maxBytes: withDefault(integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), 2 ** 30) },
  { bare: true },
);
const checkWriting = record<Required<WriteNpzOptions>>({ compress: withDefault(boolean, false) }, { bare: true });

/**
 * The array of a file that `numpy.save` wrote, which `fit`, `predict` and the rest take: `{ data, shape }`.
 *
 * `data` has the type of the file's elements. float16 becomes `Float32Array`, int64 and uint64 become `Float64Array`, bool `Uint8Array`.
 *
 * @param source The name of a file, a file: URL, or a whole file in memory.
 * @throws (rejects with) `ERR_CHAINRULE_FORMAT` if it is damaged or something else, or the system's error if it cannot be read.
 */
export async function readNpy(source: string | URL | ModelBytes): Promise<NpyArray> {
  const { bytes, name } = await bytesFrom(source);
  return inSlices(decodingNpy(bytes, name));
}

/**
 * All arrays of a file that `numpy.savez` or `numpy.savez_compressed` wrote, by their names. Decompression is off the main thread.
 *
 * @throws (rejects with) the same as `readNpy`; also `ERR_CHAINRULE_FORMAT` for more than `maxBytes`.
 */
export async function readNpz(source: string | URL | ModelBytes, options: ReadNpzOptions = {}): Promise<Record<string, NpyArray>> {
  const { maxBytes } = checkReading(options, 'options');
  const { bytes, name } = await bytesFrom(source);
  return decodeNpz(bytes, name, maxBytes);
}

/** A file as `numpy.save` writes it, in memory. Numbers in arrays of JavaScript become float64. */
export function toNpy(array: NpyLike): Uint8Array {
  return atOnce(encoding(array, 'array'));
}

/** Writes such a file, whole or not at all. Typed arrays are copied before the call returns; numbers in arrays are read in slices. */
export async function writeNpy(path: string | URL, array: NpyLike): Promise<void> {
  const file = checkPath(path, 'path');
  await writeWhole(file, [await inSlices(encoding(array, 'array'))]);
}

/**
 * A file as `numpy.savez` writes it, in memory: several arrays by their names. The parameters of a layer are such arrays. They are read as by
 * `writeNpy`.
 *
 * @throws (rejects with) a TypeError or RangeError for anything but arrays, and for 4 GiB or more.
 */
export async function toNpz(arrays: Readonly<Record<string, NpyLike>>, options: WriteNpzOptions = {}): Promise<Uint8Array> {
  const { compress } = checkWriting(options, 'options');
  const files = Object.entries(object(arrays, 'arrays')).map(
    async ([name, array]): Promise<[string, Uint8Array]> => [name, await inSlices(encoding(array, `arrays[${JSON.stringify(name)}]`))],
  );
  return encodeNpz(await Promise.all(files), compress);
}

/** Writes such a file, whole or not at all. */
export async function writeNpz(
  path: string | URL,
  arrays: Readonly<Record<string, NpyLike>>,
  options: WriteNpzOptions = {},
): Promise<void> {
  const file = checkPath(path, 'path');
  await writeWhole(file, [await toNpz(arrays, options)]);
}

/** An .npy file. Its elements are copied. */
function* encoding(value: unknown, name: string): Pieces<Uint8Array> {
  const { data, shape, ours } = yield* reading(value, name);
  return yield* encodingNpy(data, typedArrayKind(data) as string, shape, ours);
}

interface Elements {
  data: NumericArray;
  shape: readonly number[];
  /** Whether nobody else has the memory. */
  ours: boolean;
}

function* reading(value: unknown, name: string): Pieces<Elements> {
  if (typedArrayKind(value) !== undefined) return yield* readingVector(value, name);
  if (isArray(value)) {
    if (value.length === 0 || typeof value[0] === 'number') return yield* readingVector(value, name);
    const { data, rows, columns } = yield* readingAnyMatrix(value, name);
    return { data, shape: [rows, columns], ours: true };
  }
  if (typeof value !== 'object' || value === null || isRevoked(value)) throw wrongType(name, expected, value);
  const { data, shape } = readTensor(value, name, expected);
  const { data: values, ours } = yield* readingVector(data, `${name}.data`);
  const count = shape.reduce((product, size) => product * size, 1);
  if (values.length !== count) throw wrongShape(`${name}.shape [${shape.join(', ')}] needs ${count} values, got ${values.length}`);
  return { data: values, shape, ours };
}

const expected = 'a typed array, rows of numbers, or { data, shape }';

function* readingVector(value: unknown, name: string): Pieces<Elements> {
  if (typedArrayKind(value) !== undefined) {
    const data = plainView(value, name);
    return { data: typedArrayKind(data) === 'Float16Array' ? Float32Array.from(data) : data, shape: [data.length], ours: false };
  }
  if (!isArray(value)) throw wrongType(name, expected, value);
  const { data, rows } = yield* readingAnyMatrix(value, name, 1);
  return { data, shape: [rows], ours: true };
}
