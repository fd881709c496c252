import type { Pieces } from '../event-loop';
import { rowsAtOnce } from './features';

/*
 * Rows to test with that are also trained on: figures from them say how well a model remembers.
 */

/** How many of the `test` rows have the same input and target as one of the `train` rows. `x` has all rows, `width` numbers each. */
export function* countingDuplicates(
  x: Float32Array,
  width: number,
  y: Float32Array | Int32Array,
  train: Uint32Array,
  test: Uint32Array,
): Pieces<number> {
  const words = new Int32Array(x.buffer, x.byteOffset, x.length);
  const targets = new Int32Array(y.buffer, y.byteOffset, y.length);
  const hashOf = (row: number): number => {
    let hash = Math.imul(targets[row] as number, 0x9e3779b1);
    for (let i = row * width; i < (row + 1) * width; i++) hash = Math.imul(hash ^ (words[i] as number), 0x85ebca6b) ^ (hash >>> 13);
    return hash;
  };
  const alike = (a: number, b: number): boolean => {
    for (let i = 0; i < width; i++) if (words[a * width + i] !== words[b * width + i]) return false;
    return targets[a] === targets[b];
  };
  /** Rows with the same hash are a list: the last one is here, and each has the one before it. */
  const last = new Map<number, number>();
  const before = new Int32Array(train.length);
  for (const [index, row] of train.entries()) {
    const hash = hashOf(row);
    before[index] = last.get(hash) ?? -1;
    last.set(hash, index);
    if (index % rowsAtOnce === 0) yield;
  }
  let found = 0;
  for (const [index, row] of test.entries()) {
    let at = last.get(hashOf(row)) ?? -1;
    // Equal rows are neighbours in the list, so that a long one is of other rows only by rare chance.
    for (let steps = 0; at >= 0 && steps < 64; steps++) {
      if (alike(row, train[at] as number)) {
        found++;
        break;
      }
      at = before[at] as number;
    }
    if (index % rowsAtOnce === 0) yield;
  }
  return found;
}
