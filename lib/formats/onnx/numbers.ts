import { BinaryReader } from '@bufbuild/protobuf/wire';
import { askingFor } from '../../errors';
import type { Pieces } from '../../event-loop';

/* Numbers that stand one behind the other in a field, in an array of the narrowest kind that has them all. */

/** Numbers of one field. Packed ones have an array of their own kind. */
export type Numbers = number[] | PackedNumbers;
export type PackedNumbers = Uint16Array | Int32Array | Float32Array | Float64Array;

/** The types of numbers: a varint, and 4 or 8 bytes. */
export type NumberType = 'int' | 'float' | 'double';

/** Bytes that are looked at, and numbers that are read, at a time: a tenth of a millisecond. */
const bytesAtOnce = 2 ** 17;
const numbersAtOnce = 2 ** 13;

/** An array for the packed numbers in some bytes. */
interface NumberPlan {
  count: number;
  Kind: { new (length: number): PackedNumbers; readonly BYTES_PER_ELEMENT: number };
}

export function* planningNumbers(bytes: Uint8Array, type: NumberType): Pieces<NumberPlan> {
  if (type === 'float') return { count: Math.ceil(bytes.length / 4), Kind: Float32Array };
  if (type === 'double') return { count: Math.ceil(bytes.length / 8), Kind: Float64Array };
  const found: Varints = { count: 0, longest: 0, length: 0 };
  for (let begin = 0; begin < bytes.length; begin += bytesAtOnce) {
    countVarints(bytes.subarray(begin, begin + bytesAtOnce), found);
    yield;
  }
  // 7 bits a byte, and negative numbers have ten.
  return { count: found.count, Kind: found.longest <= 2 ? Uint16Array : found.longest <= 4 ? Int32Array : Float64Array };
}

interface Varints {
  count: number;
  longest: number;
  /** The bytes of the last one so far, if it has not ended. */
  length: number;
}

function countVarints(bytes: Uint8Array, found: Varints): void {
  let { count, longest, length } = found;
  for (let i = 0; i < bytes.length; i++) {
    length++;
    if ((bytes[i] as number) >= 0x80) continue;
    count++;
    if (length > longest) longest = length;
    length = 0;
  }
  Object.assign(found, { count, longest, length });
}

/** The packed numbers. Bytes that end in the middle of one are an error. */
export function* readingNumbers(bytes: Uint8Array, type: NumberType, { count, Kind }: NumberPlan): Pieces<PackedNumbers> {
  const numbers = askingFor(count * Kind.BYTES_PER_ELEMENT, () => new Kind(count));
  const reader = new BinaryReader(bytes);
  for (let at = 0; reader.pos < reader.len; at++) {
    numbers[at] = readNumber(reader, type);
    if (at % numbersAtOnce === 0) yield;
  }
  return numbers;
}

export function readNumber(reader: BinaryReader, type: NumberType): number {
  if (type === 'int') return Number(reader.int64());
  return type === 'float' ? reader.float() : reader.double();
}
