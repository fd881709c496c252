import { notANumber } from './data/advice';
import type { MatrixLike } from './data/matrix';
import { toAnyMatrix } from './data/rows';
import { readTensor } from './data/tensors';
import { type NumericArray, plainView, typedArrayKind } from './data/typed-arrays';
import { wrongShape, wrongType } from './errors';
import { inSlices } from './event-loop';
import { decodingNpy, encodeNpy, type NpyArray } from './formats/npy/npy';
import { decodeNpz, encodeNpz } from './formats/npy/npz';
import { writeWhole } from './formats/write-whole';
import type { ModelBytes } from './model';
import { boolean, type Check, checkPath, elements, integer, isArray, isRevoked, object, record, withDefault } from './options/check';
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
  return encode(array, 'array');
}

/** Writes such a file, whole or not at all. */
export async function writeNpy(path: string | URL, array: NpyLike): Promise<void> {
  const file = checkPath(path, 'path');
  await writeWhole(file, [encode(array, 'array')]);
}

/**
 * A file as `numpy.savez` writes it, in memory: several arrays by their names. The parameters of a layer are such arrays.
 *
 * @throws (rejects with) a TypeError or RangeError for anything but arrays, and for 4 GiB or more.
 */
export async function toNpz(arrays: Readonly<Record<string, NpyLike>>, options: WriteNpzOptions = {}): Promise<Uint8Array> {
  const { compress } = checkWriting(options, 'options');
  const files = Object.entries(object(arrays, 'arrays')).map(([name, array]): [string, Uint8Array] => [
    name,
    encode(array, `arrays[${JSON.stringify(name)}]`),
  ]);
  return encodeNpz(files, compress);
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
function encode(value: unknown, name: string): Uint8Array {
  const { data, shape } = read(value, name);
  return encodeNpy(data, typedArrayKind(data) as string, shape);
}

function read(value: unknown, name: string): { data: NumericArray; shape: readonly number[] } {
  if (typedArrayKind(value) !== undefined) return vector(value, name);
  if (isArray(value)) {
    if (value.length === 0 || typeof value[0] === 'number') return vector(value, name);
    const { data, rows, columns } = toAnyMatrix(value as MatrixLike, name);
    return { data, shape: [rows, columns] };
  }
  if (typeof value !== 'object' || value === null || isRevoked(value)) throw wrongType(name, expected, value);
  const { data, shape } = readTensor(value, name, expected);
  const { data: values } = vector(data, `${name}.data`);
  const count = shape.reduce((product, size) => product * size, 1);
  if (values.length !== count) throw wrongShape(`${name}.shape [${shape.join(', ')}] needs ${count} values, got ${values.length}`);
  return { data: values, shape };
}

const numeric: Check<number> = (element, name) => {
  if (typeof element !== 'number') throw notANumber(name, 'a number', element);
  return element;
};

const expected = 'a typed array, rows of numbers, or { data, shape }';

function vector(value: unknown, name: string): { data: NumericArray; shape: readonly number[] } {
  if (!isArray(value)) {
    if (typedArrayKind(value) === undefined) throw wrongType(name, expected, value);
    const data = plainView(value, name);
    return { data: typedArrayKind(data) === 'Float16Array' ? Float32Array.from(data) : data, shape: [data.length] };
  }
  const data = Float64Array.from(elements(value, name, 'an array of numbers', numeric));
  return { data, shape: [data.length] };
}
