import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { wrongValue } from '../../errors';
import { concatenated } from '../concatenated';
import { type FieldType, type MessageName, messages, type OnnxModel } from './schema';

/*
 * Messages into bytes. The length of a message stands before it, so that its parts are collected first; the bytes of tensors are copied once.
 */

/** Protobuf's readers take no more. */
const mostBytes = 2 ** 31 - 1;

/** Bytes in parts. */
interface Parts {
  parts: Uint8Array[];
  length: number;
}

export function encodeModel(model: OnnxModel): Uint8Array {
  return concatenated(encodedParts(model));
}

/** The same, but in parts that follow each other: the bytes of tensors are not copied. */
export function encodedParts(model: OnnxModel): readonly Uint8Array[] {
  const { parts, length } = message('model', model);
  if (length > mostBytes) throw wrongValue('the ONNX file', `of at most ${mostBytes} bytes`, length);
  return parts;
}

function message(name: MessageName, value: object): Parts {
  const written: Parts = { parts: [], length: 0 };
  for (const [number, [key, type]] of Object.entries(messages[name])) {
    const found = (value as Record<string, unknown>)[key];
    if (found === undefined || (Array.isArray(found) && found.length === 0)) continue;
    if (typeof type === 'string') append(written, Number(number), type, found);
    else if (isNumeric(type[0])) append(written, Number(number), 'bytes', packed(type[0], found as number[]));
    else for (const element of found as unknown[]) append(written, Number(number), type[0], element);
  }
  return written;
}

const isNumeric = (type: FieldType): boolean => type === 'int' || type === 'float' || type === 'double';

function packed(type: FieldType, values: readonly number[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const value of values) number(writer, type, value);
  return writer.finish();
}

function number(writer: BinaryWriter, type: FieldType, value: number): void {
  if (type === 'int') writer.int64(value);
  else if (type === 'float') writer.float(value);
  else writer.double(value);
}

function append(to: Parts, field: number, type: FieldType, value: unknown): void {
  const writer = new BinaryWriter();
  if (isNumeric(type)) {
    number(writer.tag(field, type === 'int' ? WireType.Varint : type === 'float' ? WireType.Bit32 : WireType.Bit64), type, value as number);
    add(to, [writer.finish()]);
    return;
  }
  writer.tag(field, WireType.LengthDelimited);
  if (type === 'text') {
    add(to, [writer.string(value as string).finish()]);
    return;
  }
  const { parts, length } =
    type === 'bytes'
      ? { parts: [value as Uint8Array], length: (value as Uint8Array).length }
      : message(type as MessageName, value as object);
  add(to, [writer.uint32(length).finish(), ...parts]);
}

function add(to: Parts, parts: readonly Uint8Array[]): void {
  for (const part of parts) {
    to.parts.push(part);
    to.length += part.length;
  }
}
