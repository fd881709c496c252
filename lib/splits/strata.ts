import { atOnce, type Pieces } from '../event-loop';

const rowsAtOnce = 2 ** 13;

/**
 * How many rows of each class are among `taken`: as near to their shares as whole numbers can be, the largest remainders rounded up, of equal
 * ones those of the first classes. A class keeps a row on the other side, if it has two.
 */
export function sharesOf(counts: readonly number[], taken: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count * taken) / total);
  const shares = exact.map(Math.floor);
  let left = taken - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = [...counts.keys()].sort((a, b) => remainder(exact, b) - remainder(exact, a) || a - b);
  for (const index of byRemainder) {
    if (left === 0 || (shares[index] as number) + 1 >= (counts[index] as number)) continue;
    shares[index] = (shares[index] as number) + 1;
    left--;
  }
  return shares;
}

const remainder = (exact: readonly number[], index: number): number => (exact[index] as number) % 1;

/** Two parts of the rows, each in ascending order. */
export interface Parts {
  train: Uint32Array;
  test: Uint32Array;
}

/**
 * Takes `taken` of the rows for the second part, the first ones of a random order; with classes, of each its share, and further rows only where
 * the shares leave some to be taken.
 */
export function* taking(order: Uint32Array, taken: number, classes?: Int32Array): Pieces<Parts> {
  const isTaken = new Uint8Array(order.length);
  let left = taken;
  if (classes !== undefined) {
    const counts: number[] = [];
    // Entries of an iterator would be an array for each row.
    for (let index = 0; index < classes.length; index++) {
      const label = classes[index] as number;
      counts[label] = (counts[label] ?? 0) + 1;
      if (index % rowsAtOnce === 0) yield;
    }
    const shares = sharesOf(
      Array.from(counts, (count = 0) => count),
      taken,
    );
    for (let index = 0; index < order.length; index++) {
      const row = order[index] as number;
      const label = classes[row] as number;
      if ((shares[label] as number) > 0) {
        isTaken[row] = 1;
        shares[label] = (shares[label] as number) - 1;
        left--;
      }
      if (index % rowsAtOnce === 0) yield;
    }
  }
  for (const row of order) {
    if (left === 0) break;
    if (isTaken[row] === 1) continue;
    isTaken[row] = 1;
    left--;
  }
  yield;
  return yield* collecting(isTaken, taken);
}

function* collecting(isTaken: Uint8Array, taken: number): Pieces<Parts> {
  const parts = { train: new Uint32Array(isTaken.length - taken), test: new Uint32Array(taken) };
  let [train, test] = [0, 0];
  for (const [row, is] of isTaken.entries()) {
    if (is === 1) parts.test[test++] = row;
    else parts.train[train++] = row;
    if (row % rowsAtOnce === 0) yield;
  }
  return parts;
}

/** The parts in which a row is on the test side where `isTest` says so. */
export function partsWhere(rows: number, isTest: (row: number) => boolean): Parts {
  const isTaken = Uint8Array.from({ length: rows }, (_, row) => Number(isTest(row)));
  const taken = isTaken.reduce((sum, is) => sum + is, 0);
  return atOnce(collecting(isTaken, taken));
}
