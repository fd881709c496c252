import { askingFor, describe } from '../../errors';
import type { Pieces } from '../../event-loop';
import { badModel } from '../state';

/* The element types of NumPy, and the arrays that hold them as numbers. */

/** The arrays that files are read into. */
export type NpyData = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

type Data = { readonly BYTES_PER_ELEMENT: number } & (new (buffer: ArrayBufferLike, offset?: number, length?: number) => NpyData);

interface ElementType {
  /** The bytes of an element in the file. */
  size: number;
  Data: Data;
  /** Where the elements of `Data` are others than the file's: one of them. */
  read?(view: DataView, offset: number, littleEndian: boolean, name: string): number;
}

const same = (Data: Data): ElementType => ({ size: Data.BYTES_PER_ELEMENT, Data });

/** By kind and size. */
const types: Readonly<Record<string, ElementType>> = {
  f4: same(Float32Array),
  f8: same(Float64Array),
  i1: same(Int8Array),
  u1: same(Uint8Array),
  i2: same(Int16Array),
  u2: same(Uint16Array),
  i4: same(Int32Array),
  u4: same(Uint32Array),
  b1: same(Uint8Array),
  f2: { size: 2, Data: Float32Array, read: (view, offset, littleEndian) => halfToNumber(view.getUint16(offset, littleEndian)) },
  i8: { size: 8, Data: Float64Array, read: (view, offset, littleEndian, name) => safe(view.getBigInt64(offset, littleEndian), name) },
  u8: { size: 8, Data: Float64Array, read: (view, offset, littleEndian, name) => safe(view.getBigUint64(offset, littleEndian), name) },
};

/** Why other kinds are not read. */
const others: Readonly<Record<string, string>> = {
  O: 'Python objects, which only Python reads: save arrays of numbers, with allow_pickle=False',
  U: 'text: save the index of each text in a list of them',
  S: 'text: save the index of each text in a list of them',
  c: 'complex numbers: save the real and the imaginary parts as two arrays',
  M: 'dates: save them as numbers, x.astype("float64")',
  m: 'durations: save them as numbers, x.astype("float64")',
};

export interface Elements extends ElementType {
  littleEndian: boolean;
}

/** The meaning of `descr`. */
export function elementsOf(descr: string, name: string): Elements {
  const [, order, kind = '', size] = /^([<>|=])([a-zA-Z?])(\d{0,4})/.exec(descr) ?? [];
  const type = order === undefined || descr.length > 8 ? undefined : types[`${kind}${size}`];
  if (type !== undefined && (order === '<' || order === '>' || type.size === 1)) return { ...type, littleEndian: order !== '>' };
  const why = others[kind];
  throw badModel(name, why === undefined ? `has the element type ${describe(descr)}: floats, integers and bool are read` : `holds ${why}`);
}

/** NumPy's name for the elements of an array of the class `kind`. */
export function descrOf(kind: string): string {
  return (
    { Float32Array: '<f4', Float64Array: '<f8', Int8Array: '|i1', Uint8Array: '|u1', Uint8ClampedArray: '|u1' }[kind] ??
    `<${kind.startsWith('U') ? 'u' : 'i'}${kind.includes('16') ? 2 : 4}`
  );
}

/** The number of elements that are converted at a time: less than a millisecond. */
const atOnce = 2 ** 14;

/** The elements in `bytes`, all of them: a view where they can be read in place. */
export function* readElements(
  { size, Data, read, littleEndian }: Elements,
  bytes: Uint8Array,
  length: number,
  name: string,
): Pieces<NpyData> {
  const inPlace = read === undefined && (littleEndian || size === 1) && bytes.byteOffset % size === 0;
  if (inPlace) return new Data(bytes.buffer, bytes.byteOffset, length);
  const data = new Data(askingFor(length * Data.BYTES_PER_ELEMENT, () => new ArrayBuffer(length * Data.BYTES_PER_ELEMENT)));
  if (read !== undefined) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let index = 0; index < length; index++) {
      data[index] = read(view, index * size, littleEndian, name);
      if (index % atOnce === 0) yield;
    }
    return data;
  }
  const target = new Uint8Array(data.buffer);
  target.set(bytes);
  if (littleEndian || size === 1) return data;
  for (let index = 0; index < length; index++) {
    target.subarray(index * size, (index + 1) * size).reverse();
    if (index % atOnce === 0) yield;
  }
  return data;
}

/** The same elements row by row, where the first index changes fastest in `data`. */
export function* toRowMajor(data: NpyData, shape: readonly number[]): Pieces<NpyData> {
  const copy = askingFor(data.byteLength, () => data.slice());
  const indices = shape.map(() => 0);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  let from = 0;
  for (let index = 0; index < data.length; index++) {
    copy[index] = data[from] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis] as number;
      indices[axis] = (indices[axis] as number) + 1;
      if (indices[axis] !== shape[axis]) break;
      from -= (strides[axis] as number) * (shape[axis] as number);
      indices[axis] = 0;
    }
    if (index % atOnce === 0) yield;
  }
  return copy;
}

/** A number of half precision from its bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function safe(value: bigint, name: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw badModel(name, `has ${value}, which no JavaScript number holds exactly: save it as float64`);
}
