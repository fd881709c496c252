import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ChainruleError } from '../../errors';
import type { Pieces } from '../../event-loop';
import { badModel } from '../state';
import { type NumberType, type PackedNumbers, planningNumbers, readingNumbers, readNumber } from './numbers';
import { memoryOf } from './read/tensors';
import { type FieldType, type MessageName, messages, type OnnxModel, type OnnxTensor } from './schema';

/*
 * Bytes into messages. The reader of Protobuf's library checks each length; here is what keeps a small file from becoming large in memory: a
 * field of two bytes may be an object of a hundred. Memory is counted before it is used, and may be some times the file.
 */

/** How deep messages may be in messages. The tensor of an attribute of a node is four deep. */
const deepest = 8;

/** Fields that are read at a time: a tenth of a millisecond. */
const fieldsAtOnce = 2 ** 8;

/** Bytes of objects: three times the file, and 5 MiB. Some 6,000 dense layers with activations take as much. */
const objectsOf = (file: number): number => 5 * 2 ** 20 + 3 * file;

/** Bytes that V8 takes: a message with a few fields, a list, a place in a long one while it grows, a text without its letters, a view. */
const sizes = { message: 120, list: 56, place: 40, text: 40, view: 110 };

/** Longer lists grow by more places than they need. */
const shortList = 8;
/** The bytes of packed numbers that are read at once: most are the dimensions of a tensor. */
const fewBytes = 32;

/** The model in a file; `name` is what it is called in errors. The bytes of tensors are views of `bytes`. `objects` is the most memory of all others. */
export function* decodingModel(bytes: Uint8Array, name: string, objects: number = objectsOf(bytes.length)): Pieces<OnnxModel> {
  const decoder: Decoder = { reader: new BinaryReader(bytes), fields: 0, left: objects, name };
  try {
    return yield* message('model', decoder, bytes.length, 0);
  } catch (error) {
    if (error instanceof ChainruleError) throw error;
    throw badModel(name, `is damaged, or no ONNX file: ${(error as Error).message}`, error);
  }
}

interface Decoder {
  /** Of all messages: those inside another end where that one says. */
  reader: BinaryReader;
  fields: number;
  /** The bytes of objects that are left. */
  left: number;
  name: string;
}

/** Counts bytes of memory that are about to be used. */
function use(decoder: Decoder, bytes: number): void {
  decoder.left -= bytes;
  if (decoder.left < 0) throw badModel(decoder.name, 'has too many small fields: they would take far more memory than the file');
}

function* message(type: MessageName, decoder: Decoder, end: number, depth: number): Pieces<object> {
  const { reader, name } = decoder;
  if (depth > deepest) throw badModel(name, `has messages in more than ${deepest} others`);
  use(decoder, sizes.message);
  const read: Record<string, unknown> = {};
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    if (++decoder.fields % fieldsAtOnce === 0) yield;
    const field = Object.hasOwn(messages[type], number) ? messages[type][number] : undefined;
    if (field === undefined) reader.skip(wire, number);
    else {
      const [key, kind] = field;
      const of = typeof kind === 'string' ? kind : kind[0];
      const isPacked = of !== kind && wire === WireType.LengthDelimited && isNumber(of);
      // Only long work is a generator: each takes as much memory as a message.
      if (isPacked) read[key] = yield* packed(decoder, of, read[key] as Listed | undefined, type === 'attribute');
      else {
        const value = isMessage(of) ? yield* message(of, decoder, endOf(decoder, wire), depth + 1) : scalar(decoder, of, wire);
        read[key] = of === kind ? value : listed(decoder, value, read[key] as Listed | undefined);
      }
    }
    if (reader.pos > end) throw badModel(name, 'is damaged, or no ONNX file: a field is longer than the message that it is in');
  }
  if (type === 'tensor') use(decoder, memoryOf(read as OnnxTensor));
  return read;
}

/** The values of a field that is repeated. */
type Listed = unknown[] | PackedNumbers;

/** The numbers of a field that are packed, behind those before. `isCopied`: they become an array once more. */
function* packed(decoder: Decoder, type: NumberType, before: Listed | undefined, isCopied: boolean): Pieces<Listed> {
  if (before === undefined && !isCopied) {
    const few = fewNumbers(decoder, type);
    if (few !== undefined) return few;
  }
  const bytes = decoder.reader.bytes();
  const plan = yield* planningNumbers(bytes, type);
  const { count, Kind } = plan;
  // An array may be twice its bytes in the file.
  const more = Math.max(0, count * Kind.BYTES_PER_ELEMENT - 2 * bytes.length);
  use(decoder, sizes.message + sizes.view + more + (isCopied && type === 'int' ? sizes.place * count : 0));
  const numbers = yield* readingNumbers(bytes, type, plan);
  if (before === undefined) return numbers;
  use(decoder, sizes.place * count);
  const all = growing(decoder, before);
  for (const number of numbers) all.push(number);
  return all;
}

/** Few packed numbers, which need no array of their own kind. */
function fewNumbers(decoder: Decoder, type: NumberType): number[] | undefined {
  const { reader } = decoder;
  const begin = reader.pos;
  const end = reader.uint32() + reader.pos;
  if (end - reader.pos > fewBytes) {
    reader.pos = begin;
    return undefined;
  }
  use(decoder, sizes.list + 8 * (end - reader.pos));
  const numbers: number[] = [];
  while (reader.pos < end) numbers.push(readNumber(reader, type));
  if (reader.pos > end) throw badModel(decoder.name, 'is damaged, or no ONNX file: a number is longer than the field that it is in');
  // Without the places that it has grown by.
  return numbers.slice();
}

/** A list with one more value. */
function listed(decoder: Decoder, value: unknown, before: Listed | undefined): unknown[] {
  if (before === undefined || (Array.isArray(before) && before.length < shortList)) {
    use(decoder, before === undefined ? sizes.list : 8);
    return before === undefined ? [value] : [...before, value];
  }
  use(decoder, sizes.place);
  const all = growing(decoder, before);
  all.push(value);
  return all;
}

function growing(decoder: Decoder, before: Listed | undefined): unknown[] {
  if (before === undefined) return [];
  if (Array.isArray(before)) return before;
  use(decoder, sizes.place * before.length);
  return Array.from(before);
}

const isNumber = (type: FieldType): type is NumberType => type === 'int' || type === 'float' || type === 'double';
const isMessage = (type: FieldType): type is MessageName => Object.hasOwn(messages, type);

const wires: Partial<Record<FieldType, WireType>> = { int: WireType.Varint, float: WireType.Bit32, double: WireType.Bit64 };

function check({ name }: Decoder, type: FieldType, wire: WireType): void {
  if (wire !== (wires[type] ?? WireType.LengthDelimited)) throw badModel(name, 'has a field of the wrong type');
}

/** Where the message ends that begins behind its length. */
function endOf(decoder: Decoder, wire: WireType): number {
  check(decoder, 'bytes', wire);
  const length = decoder.reader.uint32();
  return decoder.reader.pos + length;
}

function scalar(decoder: Decoder, type: FieldType, wire: WireType): unknown {
  check(decoder, type, wire);
  const { reader } = decoder;
  if (isNumber(type)) return readNumber(reader, type);
  const begin = reader.pos;
  const length = reader.uint32();
  use(decoder, type === 'text' ? sizes.text + length : sizes.view);
  reader.pos = begin;
  return type === 'text' ? reader.string(true) : reader.bytes();
}
