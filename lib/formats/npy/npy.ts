import { askingFor } from '../../errors';
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

/** The number of bytes that are copied at a time, into memory that is new: less than a millisecond. */
const pieceLength = 2 ** 20;

/** A whole file. `kind` is the name of the class of `data`, which are copied at once unless they are `ours`. */
export function* encodingNpy(data: ArrayBufferView, kind: string, shape: readonly number[], ours: boolean): Pieces<Uint8Array> {
  const header = writeNpyHeader(descrOf(kind), shape);
  const length = header.length + data.byteLength;
  const file = askingFor(length, () => new Uint8Array(length));
  file.set(header);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const piece = ours ? pieceLength : Math.max(bytes.length, 1);
  for (let at = 0; at < bytes.length; at += piece) {
    file.set(bytes.subarray(at, at + piece), header.length + at);
    yield;
  }
  return file;
}
