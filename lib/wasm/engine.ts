import { ChainruleError } from '../errors';
import type { EventLoop } from '../event-loop';
import type { FloatArray, NativeNames, NativePrecision, NativeSamples, NativeSnapshot } from '../native';
import type { CustomLosses } from './custom-loss';
import type { Address, Exports } from './exports';
import type { Borrowed, Memory } from './memory';

/** The parts that everything here works with. */
export interface Engine {
  exports: Exports;
  memory: Memory;
  names: NativeNames;
  losses: CustomLosses;
  /** One for all: many short pieces of work are as long as a long one. */
  eventLoop: EventLoop;
}

const registry: FinalizationRegistry<() => void> = new FinalizationRegistry((release) => release());

/**
 * Frees the resources of an object when that is garbage. The registered value must not refer to the object. A function that replaces the
 * registry's own later does not see our objects.
 */
export const finalizers: Pick<typeof registry, 'register' | 'unregister'> = {
  register: registry.register.bind(registry),
  unregister: registry.unregister.bind(registry),
};

/** A private field, and no table of addresses: nothing that replaces built-ins can put another address in. */
class Snapshot {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  static addressOf(snapshot: object): Address {
    return #address in snapshot ? snapshot.#address : violated('not a snapshot');
  }
}

/** The snapshot at an address, as JavaScript's. */
export function adoptSnapshot({ exports }: Engine, address: Address): NativeSnapshot {
  const snapshot = new Snapshot(address);
  finalizers.register(snapshot, () => exports.snapshot_destroy(address));
  return snapshot as unknown as NativeSnapshot;
}

export const addressOf = (snapshot: NativeSnapshot): Address => Snapshot.addressOf(snapshot);

/** A value that TypeScript should have refused: a bug in the package, not in the user's code. */
export function violated(message: string): never {
  throw new ChainruleError('ERR_CHAINRULE_INTERNAL', message);
}

/** The first `count` elements of an array that must have at least those, of the type asked for. */
export function elements(array: FloatArray, count: number, bytesPerElement: number, name: string): FloatArray {
  if (array.BYTES_PER_ELEMENT !== bytesPerElement) violated(`${name} is an array of the wrong type`);
  if (array.length < count) violated(`${name} has ${array.length} elements instead of ${count}`);
  return array.length === count ? array : array.subarray(0, count);
}

/** Samples in the module's memory. */
export interface CopiedSamples {
  x: Address;
  y: Address;
  labelled: boolean;
  /** 0: none. */
  weights: Address;
  rows: number;
}

/** The sizes that samples must fit. */
export interface Shape {
  inputs: number;
  outputs: number;
  /** Columns of y, where it has values. */
  targets: number;
  precision: NativePrecision;
  bytesPerElement: number;
}

/** The rows that an index names: the module has a copy of its own anyway. */
export function chosen<T extends FloatArray | Int32Array>(array: T, index: Uint32Array | undefined, columns: number): T {
  if (index === undefined) return array;
  const Kind = array.constructor as new (length: number) => T;
  const copy = new Kind(index.length * columns);
  for (const [row, from] of index.entries()) copy.set(array.subarray(from * columns, (from + 1) * columns), row * columns);
  return copy;
}

export function copySamples(samples: NativeSamples, shape: Shape, borrowed: Borrowed): CopiedSamples {
  const { inputs, targets, bytesPerElement } = shape;
  const { rows, index } = samples;
  const x = chosen(samples.x, index, inputs);
  const y = chosen(samples.y, index, samples.y instanceof Int32Array ? 1 : targets);
  const weights = samples.weights && chosen(samples.weights, index, 1);
  const labelled = y instanceof Int32Array;
  if (labelled && y.length < rows) violated(`y has ${y.length} elements instead of ${rows}`);
  const values = labelled ? y.subarray(0, rows) : elements(y, rows * targets, bytesPerElement, 'y');
  return {
    x: borrowed.copy(elements(x, rows * inputs, bytesPerElement, 'x')),
    y: borrowed.copy(values),
    labelled,
    weights: weights === undefined ? 0 : borrowed.copy(elements(weights, rows, bytesPerElement, 'weights')),
    rows,
  };
}
