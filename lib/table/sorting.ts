import type { Pieces } from '../event-loop';
import { byRanges } from './pieces';

/** Elements that are sorted at once. */
const runLength = 1 << 8;

type Compare = (a: number, b: number) => number;
type Typed = Int32Array | Float64Array;

/** The numbers in the order of `compare`: runs are sorted, then pairs of runs are merged. */
export function* sorted<T extends Typed>(Type: new (from: ArrayLike<number>) => T, list: ArrayLike<number>, compare: Compare): Pieces<T> {
  if (list.length <= runLength) return new Type(list).sort(compare) as T;
  let [from, to] = [new Type(list), new Type(list)];
  for (let begin = 0; begin < from.length; begin += runLength) {
    from.subarray(begin, begin + runLength).sort(compare);
    yield;
  }
  for (let length = runLength; length < from.length; length *= 2) {
    for (let begin = 0; begin < from.length; begin += 2 * length) yield* merge(from, to, begin, length, compare);
    [from, to] = [to, from];
  }
  return from;
}

/** Merges the run of `length` numbers at `begin` with the one after it. */
function* merge(from: Typed, to: Typed, begin: number, length: number, compare: Compare): Pieces<void> {
  const middle = Math.min(begin + length, from.length);
  const last = Math.min(middle + length, from.length);
  let [left, right] = [begin, middle];
  yield* byRanges(last - begin, (first, end) => {
    for (let at = begin + first; at < begin + end; at++) {
      const isLeft = right === last || (left < middle && compare(from[left] as number, from[right] as number) <= 0);
      to[at] = from[isLeft ? left++ : right++] as number;
    }
  });
}
