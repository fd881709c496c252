import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ChainruleError } from '../../errors';
import type { Pieces } from '../../event-loop';
import { badModel } from '../state';
import { type FieldType, type MessageName, messages, type OnnxModel } from './schema';

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
    read[key] ??= [];
    const list = read[key] as unknown[];
    if (wire === WireType.LengthDelimited && isNumeric(kind[0])) yield* packed(reader.bytes(), kind[0], list as number[], left);
    else list.push(yield* value(reader, kind[0], wire, left, depth));
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

function* packed(bytes: Uint8Array, type: FieldType, into: number[], left: Left): Pieces<void> {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    if (--left.numbers < 0) throw badModel(left.name, `has more than ${mostNumbers} numbers outside the bytes of its tensors`);
    into.push(numeral(reader, type));
    if (into.length % numbersAtOnce === 0) yield;
  }
}
