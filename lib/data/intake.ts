import { atOnce, inSlices, type Pieces } from '../event-loop';
import type { FloatArray, NativeIntake } from '../native';
import type { CategoryColumns } from '../options/inputs/walk';
import type { Precision } from '../options/network';
import { findNoCategory } from './categories';
import { measuringColumns } from './column-statistics';
import { allocate, type NumericArray, newArray } from './typed-arrays';

/*
 * Large arrays on their way in: copied, converted and checked by the addon, or here where there is none.
 */

/** The numbers that values must be within. Both are finite. */
export interface Bounds {
  low: number;
  high: number;
}

const largest = { f32: (2 - 2 ** -23) * 2 ** 127, f64: Number.MAX_VALUE };

const finite = { f32: { low: -largest.f32, high: largest.f32 }, f64: { low: -largest.f64, high: largest.f64 } };

/** The bounds of all finite numbers of a precision. */
export const finiteBounds: Record<Precision, Bounds> = { ...finite, bf16: finite.f32 };

/** The bounds of probabilities. */
export const unitBounds: Bounds = { low: 0, high: 1 };

/** With this number of values a loop here takes some 10 microseconds, and a call of the addon less. */
const large = 2 ** 14;

/** Whether `count` values are worth a call of the addon, or a turn of the event loop. */
export function isLarge(count: number): boolean {
  return count > large;
}

/** Values that are converted or checked between two looks at the clock: some 100 microseconds. */
export const valuesAtOnce: number = 2 ** 13;

/** The same in JavaScript: for WebAssembly, whose memory is elsewhere, and for comparison. */
export const plainIntake: NativeIntake = {
  prepare: () => {},
  release: () => {},
  take: (from, to, low, high) => {
    to.set(from);
    return atOnce(checking(to, to.length, low, high, new Float64Array()));
  },
  areWithin: (array, columns, low, high, categories) => inSlices(checking(array, columns, low, high, categories)),
  measure: (...samples) => inSlices(measuringColumns(...samples)),
};

function* checking(array: FloatArray, columns: number, low: number, high: number, categories: Float64Array): Pieces<boolean> {
  for (let begin = 0; begin < array.length; begin += valuesAtOnce) {
    if (!areBetween(array, begin, Math.min(array.length, begin + valuesAtOnce), low, high)) return false;
    yield;
  }
  const groups = groupsOf(categories);
  const rowsAtOnce = Math.ceil(valuesAtOnce / columns);
  for (let row = 0; groups.length > 0 && row < array.length / columns; row += rowsAtOnce) {
    const part = array.subarray(row * columns, (row + rowsAtOnce) * columns) as FloatArray;
    if (findNoCategory(part, part.length / columns, columns, groups) !== undefined) return false;
    yield;
  }
  return true;
}

function areBetween(array: FloatArray, begin: number, end: number, low: number, high: number): boolean {
  for (let i = begin; i < end; i++) {
    const value = array[i] as number;
    if (!(value >= low && value <= high)) return false;
  }
  return true;
}

const fieldsOfGroup = 3;

/** Columns of categories as the numbers that `areWithin` takes. */
export function categoryNumbers(groups: readonly CategoryColumns[]): Float64Array {
  return Float64Array.from(groups.flatMap(({ first, count, categories }) => [first, count, categories]));
}

function groupsOf(numbers: Float64Array): CategoryColumns[] {
  return Array.from({ length: numbers.length / fieldsOfGroup }, (_, index) => {
    const [first, count, categories] = numbers.subarray(index * fieldsOfGroup) as unknown as [number, number, number];
    return { first, count, categories };
  });
}

/** Memory for this number of values or more is prepared, and given back to the system when the call has ended. */
const worthGivingBack = 2 ** 20;

/**
 * New memory of our own for `count` values. It is shared memory, which the addon reads in place, but for the sizes between: V8 counts shared
 * memory as none and keeps much of it, and to copy less than 4 MB again takes less than a millisecond.
 */
export function newRoom(precision: Precision, count: number, intake: NativeIntake): FloatArray {
  if (isLarge(count) && count < worthGivingBack) return newArray(precision, count);
  const room = allocate(precision, count);
  if (count >= worthGivingBack) intake.prepare(room);
  return room;
}

/** Makes a call whose large memory is given back to the system when the call has ended, however it ends. */
export async function givingBack<Shape extends { intake?: NativeIntake | undefined }, Result>(
  shape: Shape,
  call: (shape: Shape) => Promise<Result>,
): Promise<Result> {
  const { intake = plainIntake } = shape;
  const rooms: FloatArray[] = [];
  const prepare = (room: FloatArray): void => {
    intake.prepare(room);
    rooms.push(room);
  };
  try {
    return await call({ ...shape, intake: { ...intake, prepare } });
  } finally {
    for (const room of rooms) intake.release(room);
  }
}

/** Whether the addon knows the element type; Float16Array is newer than it. */
export function isTakable(view: NumericArray): boolean {
  return !(Float16 !== undefined && view instanceof Float16);
}

const { Float16Array: Float16 } = globalThis as { Float16Array?: new () => object };
