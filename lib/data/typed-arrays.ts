import { askingFor, ChainruleTypeError, describe, wrongType, wrongValue } from '../errors';
import type { FloatArray } from '../native';
import { maxCount } from '../options/check';
import type { Precision } from '../options/network';

/** Any typed array of numbers. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

type View = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => NumericArray;

/** The element types that are converted to numbers without loss of meaning. */
const views: Record<string, View | undefined> = {
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float16Array: (globalThis as { Float16Array?: View }).Float16Array,
};

/*
 * The engine's own getters: they see through subclasses, proxies and overridden properties, and work for arrays of other realms.
 */
const prototype: object = Object.getPrototypeOf(Uint8Array.prototype);
const ownKind = getter<string | undefined>(Symbol.toStringTag);
const ownBuffer = getter<ArrayBufferLike>('buffer');
const ownOffset = getter<number>('byteOffset');
const ownLength = getter<number>('length');
const ownResizable = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'resizable')?.get;

function getter<T>(key: PropertyKey): (value: unknown) => T {
  const get = Object.getOwnPropertyDescriptor(prototype, key)?.get as () => T;
  return (value) => get.call(value);
}

/** `'Float32Array'` and so on for a true typed array, undefined for anything else. */
export function typedArrayKind(value: unknown): string | undefined {
  return ownKind(value);
}

/** Whether an object has a typed array's methods, which fail for it if it is a proxy of one. */
export function looksTyped(value: object): boolean {
  return value instanceof TypedArray;
}

const TypedArray: abstract new () => object = Object.getPrototypeOf(Uint8Array);

/** The number of elements of a true typed array, whatever its class or its own properties say. */
export function typedArrayLength(array: NumericArray): number {
  return ownLength(array);
}

/** The same as `memoryView` for numbers: a `Buffer` is refused. */
export function plainView(value: unknown, name: string): NumericArray {
  if (typedArrayKind(value) === 'Uint8Array' && isBuffer(value)) throw bytesOfSomething(name, value);
  return memoryView(value, name);
}

/** A plain view of the memory of a typed array, whatever its class does; throws where that memory could vanish or is not numeric. */
export function memoryView(value: unknown, name: string): NumericArray {
  const kind = typedArrayKind(value) ?? '';
  const View = views[kind];
  if (View === undefined) throw notNumeric(value, kind, name);
  const buffer = ownBuffer(value);
  if (isResizable(buffer)) {
    throw new ChainruleTypeError('ERR_CHAINRULE_TYPE', `${name} must have a buffer of fixed length, got a resizable one`);
  }
  try {
    return new View(buffer, ownOffset(value), ownLength(value));
  } catch {
    throw detached(name);
  }
}

/** The memory of `name` was transferred to another thread. */
export function detached(name: string): ChainruleTypeError {
  return new ChainruleTypeError('ERR_CHAINRULE_TYPE', `${name} must have a buffer, got a detached one (it was transferred elsewhere)`);
}

function notNumeric(value: unknown, kind: string, name: string): ChainruleTypeError {
  const error = wrongType(name, 'a typed array of numbers', value);
  if (kind.startsWith('Big'))
    error.message += `; convert it: Float64Array.from(${name}, Number), or Int32Array.from(${name}, Number) for class indices`;
  return error;
}

/** A Node.js `Buffer` is a `Uint8Array`, but most often the bytes of other numbers. */
const { Buffer: NodeBuffer } = globalThis as { Buffer?: { isBuffer?(value: unknown): boolean } };

function isBuffer(value: unknown): boolean {
  return NodeBuffer?.isBuffer?.(value) === true;
}

function bytesOfSomething(name: string, value: unknown): ChainruleTypeError {
  return new ChainruleTypeError(
    'ERR_CHAINRULE_TYPE',
    `${name} must be numbers, got ${describe(value)} bytes; view what they are: ` +
      `new Float32Array(b.buffer, b.byteOffset, b.length / 4) for floats, or new Uint8Array(b) for bytes`,
  );
}

/** Not in a browser, unless its page is isolated; WebAssembly has a copy of everything anyway. */
const hasSharedMemory = typeof SharedArrayBuffer !== 'undefined';
const ownByteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')?.get;
const ownSharedLength = hasSharedMemory ? Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength')?.get : undefined;

/** The engine's own answer: neither another realm's class nor a changed prototype deceives it. */
function isSharedBuffer(buffer: ArrayBufferLike): boolean {
  // An error made and caught takes longer than a small prediction, so each kind of buffer is asked for its own property first.
  if (buffer instanceof ArrayBuffer && has(ownByteLength, buffer)) return false;
  return has(ownSharedLength, buffer);
}

/** Whether a buffer has a property of the engine's own. */
function has(get: (() => unknown) | undefined, buffer: ArrayBufferLike): boolean {
  try {
    return get?.call(buffer) !== undefined;
  } catch {
    return false;
  }
}

function isResizable(buffer: ArrayBufferLike): boolean {
  if (hasSharedMemory && buffer instanceof SharedArrayBuffer && isSharedBuffer(buffer)) return Reflect.get(buffer, 'growable') === true;
  try {
    return ownResizable?.call(buffer) === true;
  } catch {
    return Reflect.get(buffer, 'growable') === true;
  }
}

/** Whether the addon may read this memory in place for as long as it likes. */
export function isShared(array: NumericArray): boolean {
  return isSharedBuffer(ownBuffer(array));
}

type FloatArrayClass = { readonly BYTES_PER_ELEMENT: number } & (new (memory: ArrayBufferLike | number) => FloatArray);

export const floatArrays: Record<Precision, FloatArrayClass> = { f32: Float32Array, f64: Float64Array, bf16: Float32Array };

/** New memory of our own. It is shared memory, which the addon reads in place instead of copying it, as it cannot be detached. */
export function newMemory(bytes: number): ArrayBufferLike {
  return askingFor(bytes, () => (hasSharedMemory ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)));
}

/** An array in such memory. */
export function allocate(precision: Precision, length: number): FloatArray {
  const Floats = floatArrays[precision];
  return new Floats(newMemory(length * Floats.BYTES_PER_ELEMENT));
}

/** A new array for the user to keep. */
export function newArray(precision: Precision, length: number): FloatArray {
  const Floats = floatArrays[precision];
  return askingFor(length * Floats.BYTES_PER_ELEMENT, () => new Floats(length));
}

/** A new array of class indices for the user to keep. */
export function newLabels(length: number): Int32Array {
  return askingFor(length * Int32Array.BYTES_PER_ELEMENT, () => new Int32Array(length));
}

/** A new array of the same type as another. */
export function similarArray(array: NumericArray, length: number): NumericArray {
  const Kind = array.constructor as { readonly BYTES_PER_ELEMENT: number } & (new (length: number) => NumericArray);
  return askingFor(length * Kind.BYTES_PER_ELEMENT, () => new Kind(length));
}

/** The number of elements of a matrix, if it is one that can be held. */
export function elementCount(name: string, rows: number, columns: number): number {
  const count = rows * columns;
  if (count > maxCount) throw wrongValue(name, `a matrix of at most ${maxCount} elements`, count);
  return count;
}

/** Refuses NaN and infinities. A finite number times 0 is 0, anything else is NaN, and NaN stays in a sum. */
export function checkFinite(data: FloatArray, columns: number, name: string): void {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += (data[i] as number) * 0;
  if (sum === 0) return;
  const index = data.findIndex((value) => !Number.isFinite(value));
  const value = data[index] ?? Number.NaN;
  const limit = data instanceof Float32Array && !Number.isNaN(value) ? ' in f32 (up to 3.4e38)' : '';
  throw wrongValue(`${name} at ${place(index, columns)}`, `a finite number${limit}`, value);
}

/** Where an element is, for messages. */
export function place(index: number, columns: number): string {
  return `row ${Math.floor(index / columns)}, column ${index % columns}`;
}
