import { ChainruleError, outOfMemory } from '../errors';
import type { FloatArray } from '../native';
import type { Address, Exports } from './exports';

/** A typed array that goes in or out. */
export type Numbers = FloatArray | Int32Array;

type View<T extends Numbers> = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => T;

/** Kinds of `Failure` in native/wasm/module.cpp. */
const none = 0;
const memory = 1;

const failureBytes = 8;
const failureMessage = 16;

/** Addresses have 32 bits. */
const mostBytes = 2 ** 32 - 1;

/** The module's memory. It moves when it grows, which any call may bring about: no view of it outlives a call. */
export class Memory {
  readonly #exports: Exports;
  readonly #failure: Address;
  #view: DataView;

  constructor(exports: Exports) {
    this.#exports = exports;
    this.#failure = exports.failure() >>> 0;
    this.#view = new DataView(exports.memory.buffer);
  }

  /** Throws what went wrong in the call that has this result, if anything did. */
  checked<T>(result: T): T {
    if (this.#view.buffer !== this.#exports.memory.buffer) this.#view = new DataView(this.#exports.memory.buffer);
    const kind = this.#view.getInt32(this.#failure, true);
    if (kind !== none) throw this.#error(kind);
    return result;
  }

  /** As the addon's guard.cpp has it. */
  #error(kind: number): Error {
    this.#view.setInt32(this.#failure, none, true);
    if (kind === memory) return outOfMemory(this.#view.getFloat64(this.#failure + failureBytes, true));
    return new ChainruleError('ERR_CHAINRULE_INTERNAL', this.text(this.#failure + failureMessage));
  }

  /** Memory of the module's for `bytes` bytes; it is released by `release`. */
  allocate(bytes: number): Address {
    const address = bytes > mostBytes ? 0 : this.#exports.allocate(Math.max(bytes, 1)) >>> 0;
    if (address === 0) throw outOfMemory(bytes);
    return address;
  }

  release(address: Address): void {
    this.#exports.release(address);
  }

  /** Writes an array at an address. */
  write(array: Numbers, address: Address): void {
    this.#at(array, address).set(array);
  }

  /** Fills an array with what is at an address. */
  read(array: Numbers, address: Address): void {
    array.set(this.#at(array, address));
  }

  #at<T extends Numbers>(array: T, address: Address): T {
    const Kind = (array instanceof Int32Array
      ? Int32Array
      : array instanceof Float32Array
        ? Float32Array
        : Float64Array) as unknown as View<T>;
    return new Kind(this.#exports.memory.buffer, address, array.length);
  }

  /** The text that ends with a zero at an address. ASCII. */
  text(address: Address): string {
    const bytes = new Uint8Array(this.#exports.memory.buffer, address);
    return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
  }

  /** Calls `body` with memory that is released afterwards. */
  borrowing<T>(body: (borrowed: Borrowed) => T): T {
    const borrowed = new Borrowed(this);
    try {
      return body(borrowed);
    } finally {
      borrowed.release();
    }
  }
}

/** Pieces of the module's memory that are released together. */
export class Borrowed {
  readonly #memory: Memory;
  #addresses: Address[] = [];

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  room(bytes: number): Address {
    const address = this.#memory.allocate(bytes);
    this.#addresses.push(address);
    return address;
  }

  copy(array: Numbers): Address {
    const address = this.room(array.byteLength);
    this.#memory.write(array, address);
    return address;
  }

  /** All of it is somebody else's now. */
  give(): void {
    this.#addresses = [];
  }

  release(): void {
    for (const address of this.#addresses) this.#memory.release(address);
    this.#addresses = [];
  }
}
