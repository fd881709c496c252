import type { Pieces } from '../event-loop';

/** Elements of one piece: simple work on that many takes less than a millisecond. */
const pieceLength = 1 << 11;

/** Does something with `length` elements, a range of them at a time. */
export function* byRanges(length: number, work: (begin: number, end: number) => void): Pieces<void> {
  for (let begin = 0; begin < length; begin += pieceLength) {
    work(begin, Math.min(begin + pieceLength, length));
    yield;
  }
}

/** Whether all elements pass a test; no more are looked at once one does not. */
export function* every<T>(list: ArrayLike<T>, test: (value: T, index: number) => boolean): Pieces<boolean> {
  for (let index = 0; index < list.length; index++) {
    if (!test(list[index] as T, index)) return false;
    if (index % pieceLength === pieceLength - 1) yield;
  }
  return true;
}

/** The elements' values of a function. */
export function* numbersFor<T>(list: ArrayLike<T>, value: (element: T, index: number) => number): Pieces<Float64Array> {
  const values = new Float64Array(list.length);
  yield* byRanges(list.length, (begin, end) => {
    for (let index = begin; index < end; index++) values[index] = value(list[index] as T, index);
  });
  return values;
}
