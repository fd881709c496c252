import type { Pieces } from '../../event-loop';
import { badModel } from '../state';
import { descrOf, elementsOf, type NpyData, readElements, toRowMajor } from './elements';
import { readNpyHeader, writeNpyHeader } from './header';

/** An array of an .npy or .npz file: its elements row by row, and its shape. */
export interface NpyArray {
  data: NpyData;
  shape: number[];
}

/** The array in a whole file; `name` is what the file is called in errors. `data` may be a view of `bytes`. */
export function* decodingNpy(bytes: Uint8Array, name: string): Pieces<NpyArray> {
  const { descr, columnMajor, shape, length, start } = readNpyHeader(bytes, name);
  const elements = elementsOf(descr, name);
  const [found, wanted] = [bytes.length - start, length * elements.size];
  if (found < wanted) throw badModel(name, `is cut short: its elements have ${wanted} bytes, ${found} are there`);
  if (found > wanted)
    throw badModel(name, `is damaged, or holds several arrays: its elements have ${wanted} bytes, but ${found} are there`);
  const data = yield* readElements(elements, bytes.subarray(start), length, name);
  return { data: columnMajor && shape.length > 1 ? yield* toRowMajor(data, shape) : data, shape };
}

/** A whole file. `kind` is the name of the class of `data`. */
export function encodeNpy(data: ArrayBufferView, kind: string, shape: readonly number[]): Uint8Array {
  const header = writeNpyHeader(descrOf(kind), shape);
  const file = new Uint8Array(header.length + data.byteLength);
  file.set(header);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return file;
}
