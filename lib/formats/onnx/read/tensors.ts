import { askingFor } from '../../../errors';
import type { Pieces } from '../../../event-loop';
import type { FloatArray } from '../../../native';
import { badModel } from '../../state';
import { elementTypes, type OnnxTensor } from '../schema';
import { type Constant, constant, product, type Texts } from './values';

/** Bytes that are in files beside the model, by their names. */
export type ExternalData = (name: string) => Uint8Array | undefined;

/** The most elements of a tensor: as many as a network's parameters may be. */
const mostElements = 2 ** 31 - 1;

export const mostDimensions = 32;

interface Element {
  bytes: number;
  read(view: DataView, offset: number): number;
  /** The field that has the values where there are no bytes. */
  list: 'floats' | 'doubles' | 'ints' | 'longs' | 'unsigned';
  /** Of a value in that field. */
  from?(value: number): number;
}

const half = (bits: number): number => {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

const upper = new Float32Array(1);
const upperBits = new Uint32Array(upper.buffer);
const brain = (bits: number): number => {
  upperBits[0] = bits << 16;
  return upper[0] as number;
};

const elements: Readonly<Record<number, Element>> = {
  [elementTypes.float]: { bytes: 4, read: (view, at) => view.getFloat32(at, true), list: 'floats' },
  [elementTypes.double]: { bytes: 8, read: (view, at) => view.getFloat64(at, true), list: 'doubles' },
  [elementTypes.float16]: { bytes: 2, read: (view, at) => half(view.getUint16(at, true)), list: 'ints', from: half },
  [elementTypes.bfloat16]: { bytes: 2, read: (view, at) => brain(view.getUint16(at, true)), list: 'ints', from: brain },
  [elementTypes.uint8]: { bytes: 1, read: (view, at) => view.getUint8(at), list: 'ints' },
  [elementTypes.int8]: { bytes: 1, read: (view, at) => view.getInt8(at), list: 'ints' },
  [elementTypes.bool]: { bytes: 1, read: (view, at) => view.getUint8(at), list: 'ints' },
  [elementTypes.uint16]: { bytes: 2, read: (view, at) => view.getUint16(at, true), list: 'ints' },
  [elementTypes.int16]: { bytes: 2, read: (view, at) => view.getInt16(at, true), list: 'ints' },
  [elementTypes.int32]: { bytes: 4, read: (view, at) => view.getInt32(at, true), list: 'ints' },
  [elementTypes.uint32]: { bytes: 4, read: (view, at) => view.getUint32(at, true), list: 'unsigned' },
  [elementTypes.int64]: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)), list: 'longs' },
  [elementTypes.uint64]: { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)), list: 'unsigned' },
};

/** Elements that are converted at a time, and bytes that are copied: a fifth of a millisecond. */
const elementsAtOnce = 2 ** 14;
const bytesAtOnce = 2 ** 18;

/** The values of a tensor in a file called `file`. */
export function* readingTensor(tensor: OnnxTensor, file: string, external: ExternalData): Pieces<Constant | Texts> {
  const { dims: given = [], type = 0, name = '' } = tensor;
  const fail = (problem: string): Error => badModel(file, `has a tensor ${JSON.stringify(name.slice(0, 60))} ${problem}`);
  if (given.length > mostDimensions) throw fail(`of ${given.length} dimensions`);
  const dims = Array.from(given);
  const length = product(dims);
  if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0) || length > mostElements) throw fail(`of the shape [${dims.join(', ')}]`);
  if (type === elementTypes.text) {
    const { texts = [] } = tensor;
    if (texts.length !== length) throw fail(`of ${length} texts that has ${texts.length}`);
    return { kind: 'texts', dims, texts };
  }
  const element = elements[type];
  if (element === undefined) throw fail(`of the element type ${type}, which is not read`);
  const bytes = tensor.location === 1 ? externalBytes(tensor, external, fail) : tensor.raw;
  if (bytes === undefined) {
    const values = tensor[element.list] ?? [];
    if (values.length !== length) throw fail(`of ${length} elements that has ${values.length}`);
    if (values instanceof Float64Array || values instanceof Float32Array) return constant(values, dims);
    const { from = (value) => value } = element;
    return constant(yield* converting(arrayFor(element, length), (index) => from(values[index] as number)), dims);
  }
  if (bytes.length !== length * element.bytes) throw fail(`of ${length * element.bytes} bytes that has ${bytes.length}`);
  const data = yield* dataOf(bytes, length, type, element);
  if (bytes.length !== length * element.bytes) throw fail('whose bytes became fewer while they were read');
  return constant(data, dims);
}

/** Single precision has every number of two bytes. */
const convertedBytes = ({ bytes }: Element): number => (bytes <= 2 ? 4 : 8);

const arrayFor = (element: Element, length: number): FloatArray =>
  askingFor(length * convertedBytes(element), () => (convertedBytes(element) === 4 ? new Float32Array(length) : new Float64Array(length)));

/** Bytes of memory that a tensor takes beyond twice those in the file: whole numbers of one byte become others. */
export function memoryOf({ type = 0, raw, floats, doubles, ints, longs, unsigned }: OnnxTensor): number {
  const element = elements[type];
  const isSame = type === elementTypes.float || type === elementTypes.double;
  if (element === undefined || (isSame && raw !== undefined)) return 0;
  const inBytes = raw === undefined ? 0 : (raw.length / element.bytes) * convertedBytes(element) - 2 * raw.length;
  const lists = [floats, doubles, ints, longs, unsigned].map((list) => {
    if (list === undefined || (isSame && !Array.isArray(list))) return 0;
    return list.length * (convertedBytes(element) - (Array.isArray(list) ? 0 : list.BYTES_PER_ELEMENT));
  });
  return Math.max(0, inBytes, ...lists);
}

function* dataOf(bytes: Uint8Array, length: number, type: number, element: Element): Pieces<FloatArray> {
  const { bytes: size, read } = element;
  const Same = type === elementTypes.float ? Float32Array : type === elementTypes.double ? Float64Array : undefined;
  if (Same === undefined) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return yield* converting(arrayFor(element, length), (index) => read(view, index * size));
  }
  const data = askingFor(bytes.length, () => new Same(length));
  const target = new Uint8Array(data.buffer);
  for (let copied = 0; copied < target.length; copied += bytesAtOnce) {
    target.set(bytes.subarray(copied, Math.min(copied + bytesAtOnce, target.length)), copied);
    yield;
  }
  return data;
}

function* converting(data: FloatArray, at: (index: number) => number): Pieces<FloatArray> {
  for (let i = 0; i < data.length; i++) {
    data[i] = at(i);
    if (i % elementsAtOnce === elementsAtOnce - 1) yield;
  }
  return data;
}

function externalBytes({ external = [] }: OnnxTensor, data: ExternalData, fail: (problem: string) => Error): Uint8Array {
  const entry = (wanted: string): string | undefined => external.find(({ key }) => key === wanted)?.value;
  const place = entry('location') ?? '';
  const bytes = data(place);
  const shown = JSON.stringify(place.slice(0, 100));
  if (bytes === undefined) throw fail(`in the file ${shown}, which is not there: give its bytes as the option externalData`);
  const offset = Number(entry('offset') ?? 0);
  const length = Number(entry('length') ?? bytes.length - offset);
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0 || offset + length > bytes.length) {
    throw fail(`outside the ${bytes.length} bytes of ${shown}`);
  }
  return bytes.subarray(offset, offset + length);
}
