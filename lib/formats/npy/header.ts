import { describe } from '../../errors';
import { maxCount } from '../../options/check';
import { badModel } from '../state';

/*
 * The header of an .npy file: a Python dictionary with the element type, the order of the elements and the shape.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

export interface NpyHeader {
  /** As NumPy writes it: `<f4`, `|u1`. */
  descr: string;
  /** Whether the first index changes fastest. */
  columnMajor: boolean;
  shape: number[];
  /** The number of elements. */
  length: number;
  /** The byte at which they begin. */
  start: number;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** The magic bytes and the version; the length of the dictionary follows. */
const versionLength = magic.length + 2;
/** More than any dictionary needs that describes no structure. */
const longestDictionary = 2 ** 16;
/** The data begin at a multiple of it, in files of NumPy and ours. */
const alignment = 64;
const mostDimensions = 32;

/** Reads the header of a whole file; `name` is what the file is called in errors. */
export function readNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  if (!magic.every((byte, index) => bytes[index] === byte))
    throw badModel(name, 'is not an .npy file: it does not begin with "\\x93NUMPY"');
  const major = bytes[magic.length] as number;
  if (major !== 1 && major !== 2 && major !== 3) throw badModel(name, `has the .npy version ${describe(major)}; versions 1 to 3 are read`);
  const begin = versionLength + (major === 1 ? 2 : 4);
  if (bytes.length < begin) throw badModel(name, 'is cut short in its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, begin);
  const size = major === 1 ? view.getUint16(versionLength, true) : view.getUint32(versionLength, true);
  if (size > longestDictionary) throw badModel(name, `has a header of ${size} bytes: at most ${longestDictionary} are read`);
  const start = begin + size;
  if (start > bytes.length) throw badModel(name, 'is cut short in its header');
  const text = String.fromCharCode(...bytes.subarray(begin, start));
  return { ...readDictionary(text, name), start };
}

/** `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order. */
function readDictionary(text: string, name: string): Omit<NpyHeader, 'start'> {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) throw badModel(name, 'is damaged: its header is no dictionary');
  const values = new Map<string, string>();
  // A string, True or False, a list of structures, or a tuple of whole numbers, which Python 2 wrote with an L.
  const entry = /\s*(['"])(\w{1,32})\1\s*:\s*('[^']*'|"[^"]*"|True|False|\[.*\]|\([\d\sL,]*\))\s*(?:,|$)\s*/sy;
  let end = 0;
  while (end < body.trimEnd().length) {
    entry.lastIndex = end;
    const [, , key, value] = entry.exec(body) ?? [];
    if (key === undefined || value === undefined || values.has(key))
      throw badModel(name, 'is damaged: its header is no dictionary of arrays');
    values.set(key, value);
    end = entry.lastIndex;
  }
  const [descr, order, shape] = ['descr', 'fortran_order', 'shape'].map((key) => values.get(key));
  if (values.size !== 3 || descr === undefined || !/^(True|False)$/.test(order ?? '') || !shape?.startsWith('(')) {
    throw badModel(name, 'is damaged: its header needs "descr", "fortran_order" and "shape"');
  }
  if (descr.startsWith('[')) throw badModel(name, 'holds structures with named fields: save each field as an array of its own');
  return { descr: descr.slice(1, -1), columnMajor: order === 'True', ...readShape(shape, name) };
}

function readShape(text: string, name: string): { shape: number[]; length: number } {
  const sizes = text
    .slice(1, -1)
    .split(',')
    .map((size) => size.trim());
  if (sizes.at(-1) === '') sizes.pop();
  if (!sizes.every((size) => /^\d{1,16}L?$/.test(size)) || sizes.length > mostDimensions) {
    throw badModel(name, `is damaged: its shape is ${describe(text)}`);
  }
  const shape = sizes.map((size) => Number.parseInt(size, 10));
  // Every size, as one of 0 elements might hide others that are too large.
  const length = shape.reduce((product, size) => product * size, 1);
  if (!(length <= maxCount) || shape.some((size) => size > maxCount)) {
    throw badModel(name, `has the shape [${shape.join(', ')}]: at most ${maxCount} elements are read`);
  }
  return { shape, length };
}

/** The bytes up to the elements, which lie row by row: the same as NumPy writes. */
export function writeNpyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  // NumPy leaves room for a first size of 21 digits.
  const room = shape.length === 0 ? 0 : 21 - String(shape[0]).length;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }${' '.repeat(room)}`;
  const before = versionLength + 2;
  const start = Math.ceil((before + dictionary.length + 1) / alignment) * alignment;
  const text = `${dictionary.padEnd(start - before - 1)}\n`;
  const header = new Uint8Array(start);
  header.set([...magic, 1, 0]);
  new DataView(header.buffer).setUint16(versionLength, text.length, true);
  for (let index = 0; index < text.length; index++) header[before + index] = text.charCodeAt(index);
  return header;
}
