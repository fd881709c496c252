import { ChainruleTypeError, describe } from '../errors';
import { isCallable, isRevoked } from '../options/check';
import type { Part } from './foreign';
import { typedArrayKind } from './typed-arrays';

/** One kind of element: what other libraries call it, the integer arrays that hold it as numbers, and how to convert it from others. */
interface ElementType {
  names: readonly string[];
  arrays: readonly string[];
  /** The replacement to write where an integer array holds its bits; `d` is the data. */
  instead(d: string): string;
}

const view = (array: string, bytes: number) => (d: string) =>
  `new ${array}(${d}.buffer, ${d}.byteOffset, ${d}.byteLength${bytes === 1 ? '' : ` / ${bytes}`})`;

/**
 * Names of NumPy (`f4`: bytes), safetensors (`F32`: bits), ONNX, TensorFlow.js, PyTorch and stdlib. Arrays of floats hold every one of them
 * as numbers, and so do arrays of JavaScript; an array of integers holds those that list it.
 */
const elementTypes: readonly ElementType[] = [
  {
    names: ['float16', 'half', 'f2', 'F16'],
    arrays: [],
    instead: (d) => `Float32Array.from(new Float16Array(${d}.buffer, ${d}.byteOffset, ${d}.length)), or export float32`,
  },
  {
    names: ['bfloat16', 'bf16', 'BF16'],
    arrays: [],
    instead: (d) => `new Float32Array(Uint32Array.from(${d}, (bits) => bits << 16).buffer)`,
  },
  { names: ['float32', 'float', 'single', 'f4', 'F32'], arrays: [], instead: view('Float32Array', 4) },
  { names: ['float64', 'double', 'f8', 'F64'], arrays: [], instead: view('Float64Array', 8) },
  { names: ['int8', 'i1', 'I8'], arrays: ['Int8Array'], instead: view('Int8Array', 1) },
  { names: ['uint8', 'u1', 'U8'], arrays: ['Uint8Array', 'Uint8ClampedArray'], instead: view('Uint8Array', 1) },
  { names: ['uint8c', 'uint8clamped', 'uint8_clamped'], arrays: ['Uint8ClampedArray', 'Uint8Array'], instead: view('Uint8Array', 1) },
  { names: ['int16', 'short', 'i2', 'I16'], arrays: ['Int16Array'], instead: view('Int16Array', 2) },
  { names: ['uint16', 'u2', 'U16'], arrays: ['Uint16Array'], instead: view('Uint16Array', 2) },
  { names: ['int32', 'int', 'i4', 'I32'], arrays: ['Int32Array'], instead: view('Int32Array', 4) },
  { names: ['uint32', 'u4', 'U32'], arrays: ['Uint32Array'], instead: view('Uint32Array', 4) },
  { names: ['int64', 'long', 'bigint', 'i8', 'I64'], arrays: [], instead: (d) => `Float64Array.from(${d}, Number) of a BigInt64Array` },
  { names: ['uint64', 'biguint64', 'u8', 'U64'], arrays: [], instead: (d) => `Float64Array.from(${d}, Number) of a BigUint64Array` },
  {
    names: ['bool', 'boolean', 'b1', '?', 'BOOL'],
    arrays: ['Uint8Array', 'Int8Array', 'Uint8ClampedArray'],
    instead: view('Uint8Array', 1),
  },
];

const byName = new Map(elementTypes.flatMap((type) => type.names.map((name) => [name, type] as const)));

/** They say nothing about the elements. */
const silent = new Set(['generic', 'array', 'number', 'numeric', 'any', '']);

/** Which words of `type` are about elements: it may as well be `'matrix'`. */
const elementWord = /^[<>|=]?(b?float|q?u?int|big|complex|bool|string|half|double|single|long|short)/i;

/** Refuses a tensor whose `dtype` or `type` says that the values of `data` mean something else. */
export function checkElementType(part: Part, data: unknown, name: string): void {
  const kind = typedArrayKind(data);
  for (const key of ['dtype', 'type']) {
    const given = textOf(part(key));
    if (given === undefined || silent.has(given) || (key === 'type' && !elementWord.test(given))) continue;
    const plain = given.replace(/^(torch|np|numpy|jnp|tf)\./, '').replace(/^[<>|=]/, '');
    const known = byName.get(plain) ?? byName.get(plain.toLowerCase());
    if (known === undefined) throw otherType(name, key, given, data, 'is not supported: convert the values to numbers');
    if (kind === undefined || kind.startsWith('Big')) continue; // plain numbers; and those that are no numbers are refused where they are read
    if (given.startsWith('>') && !given.endsWith('1')) {
      throw otherType(name, key, given, data, 'has its bytes in the other order (big-endian): swap them with b.swap32() or DataView');
    }
    if (!kind.startsWith('Float') && !known.arrays.includes(kind)) {
      throw otherType(name, key, given, data, `is not what this array holds as numbers: convert it, as ${known.instead(`${name}.data`)}`);
    }
  }
}

/** The name of an element type: a string, or an object that stands for one, as stdlib has it. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || isRevoked(value)) return undefined;
  try {
    const { toString: method } = value as { toString?: unknown };
    if (!isCallable(method) || method === Object.prototype.toString) return undefined;
    const text: unknown = Reflect.apply(method, value, []);
    return typeof text === 'string' && !text.startsWith('[object') ? text : undefined;
  } catch {
    return undefined; // it names no type
  }
}

function otherType(name: string, key: string, given: string, data: unknown, reason: string): ChainruleTypeError {
  return new ChainruleTypeError('ERR_CHAINRULE_TYPE', `${name}.${key} ${describe(given)} with ${describe(data)} as ${name}.data ${reason}`);
}
