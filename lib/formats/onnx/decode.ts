import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { askingFor, ChainruleError } from '../../errors';
import type { Pieces } from '../../event-loop';
import { badModel } from '../state';
import { type FieldType, type MessageName, messages, type Numbers, type OnnxModel } from './schema';

/*
 * Bytes into messages. The reader of Protobuf's library checks each length; here is what keeps a small file from becoming large in memory.
 */

/** The most fields of a file, and the most numbers that are not in the bytes of a tensor. Models of layers have some thousands. */
const mostFields = 2 ** 20;
const mostNumbers = 2 ** 24;

/** How deep messages may be in messages. The tensor of an attribute of a node is four deep. */
const deepest = 8;

/** Fields, and packed numbers, that are read at a time: a tenth of a millisecond. */
const fieldsAtOnce = 2 ** 8;
const numbersAtOnce = 2 ** 13;

/** The model in a file; `name` is what it is called in errors. The bytes of tensors are views of `bytes`. */
export function* decodingModel(bytes: Uint8Array, name: string): Pieces<OnnxModel> {
  const left = { fields: mostFields, numbers: mostNumbers, name };
  try {
    return yield* message('model', bytes, left, 0);
  } catch (error) {
    if (error instanceof ChainruleError) throw error;
    throw badModel(name, `is damaged, or no ONNX file: ${(error as Error).message}`, error);
  }
}

interface Left {
  fields: number;
  numbers: number;
  name: string;
}

function* message(type: MessageName, bytes: Uint8Array, left: Left, depth: number): Pieces<object> {
  if (depth > deepest) throw badModel(left.name, `has messages in more than ${deepest} others`);
  const read: Record<string, unknown> = {};
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (--left.fields < 0) throw badModel(left.name, `has more than ${mostFields} fields`);
    if (left.fields % fieldsAtOnce === 0) yield;
    const field = Object.hasOwn(messages[type], number) ? messages[type][number] : undefined;
    if (field === undefined) {
      reader.skip(wire, number);
      continue;
    }
    const [key, kind] = field;
    if (typeof kind === 'string') {
      read[key] = yield* value(reader, kind, wire, left, depth);
      continue;
    }
    if (wire === WireType.LengthDelimited && isNumeric(kind[0])) {
      read[key] = yield* packed(reader.bytes(), kind[0], read[key] as Numbers | undefined, left);
      continue;
    }
    if (!Array.isArray(read[key])) read[key] = Array.from((read[key] as Numbers | undefined) ?? []);
    (read[key] as unknown[]).push(yield* value(reader, kind[0], wire, left, depth));
  }
  return read;
}

const isNumeric = (type: FieldType): boolean => type === 'int' || type === 'float' || type === 'double';

const wires: Partial<Record<FieldType, WireType>> = { int: WireType.Varint, float: WireType.Bit32, double: WireType.Bit64 };

function* value(reader: BinaryReader, type: FieldType, wire: WireType, left: Left, depth: number): Pieces<unknown> {
  if (wire !== (wires[type] ?? WireType.LengthDelimited)) throw badModel(left.name, 'has a field of the wrong type');
  if (isNumeric(type)) return numeral(reader, type);
  if (type === 'text') return reader.string(true);
  const bytes = reader.bytes();
  return type === 'bytes' ? bytes : yield* message(type as MessageName, bytes, left, depth + 1);
}

function numeral(reader: BinaryReader, type: FieldType): number {
  if (type === 'int') return Number(reader.int64());
  return type === 'float' ? reader.float() : reader.double();
}

/** The numbers of a field whose earlier ones have been read. Where their number is known, they get an array that need not grow. */
function* packed(bytes: Uint8Array, type: FieldType, before: Numbers | undefined, left: Left): Pieces<Numbers> {
  const size = { int: 0, float: 4, double: 8 }[type as 'int'];
  const isWhole = before === undefined && size > 0 && bytes.length % size === 0;
  const listed = Array.isArray(before) ? before : Array.from(before ?? []);
  const numbers = isWhole ? askingFor((8 * bytes.length) / size, () => new Float64Array(bytes.length / size)) : listed;
  const reader = new BinaryReader(bytes);
  for (let count = listed.length; reader.pos < reader.len; count++) {
    if (--left.numbers < 0) throw badModel(left.name, `has more than ${mostNumbers} numbers outside the bytes of its tensors`);
    numbers[count] = numeral(reader, type);
    if (count % numbersAtOnce === 0) yield;
  }
  return numbers;
}
