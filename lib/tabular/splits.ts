import { describe } from '../errors';
import type { Pieces } from '../event-loop';
import { orderOf } from '../metrics/ordering';
import { permuting, streams } from '../splits/permutation';
import { taking } from '../splits/strata';
import type { Table } from '../table/table';
import { visiting } from './features';
import { labelsOf } from './target';
import { wrongData } from './wrong-data';

/** How rows are split: at random (classes by their shares), with all rows of a group on one side, or in the order of time. */
export type SplitOptions = 'random' | { group: string } | { time: string };

/** Parts of a table, as its row numbers in ascending order. */
export interface Parts {
  train: Uint32Array;
  validation: Uint32Array;
  test: Uint32Array;
}

/** The rows of a table that are split, with the class of each row of the table if there are classes. */
interface Source {
  table: Table;
  rows: Uint32Array;
  classes: Int32Array | undefined;
  seed: number;
}

/** Below this number of rows none are split off for validation. */
const fewestForValidation = 10;

/** Splits rows for testing off, and then rows for validation. A share of 0 takes none. */
export function* splitting(source: Source, split: SplitOptions, test: number, validation: number): Pieces<Parts> {
  const take = takerOf(source, split);
  const none = new Uint32Array(0);
  const outer = test === 0 ? { rest: source.rows, taken: none } : yield* take(source.rows, test, 0);
  const enough = validation > 0 && outer.rest.length >= fewestForValidation;
  const inner = enough ? yield* take(outer.rest, validation, 1) : { rest: outer.rest, taken: none };
  return { train: inner.rest, validation: inner.taken, test: outer.taken };
}

/** Takes a share of rows away; `step` tells draws apart. */
type Taker = (rows: Uint32Array, share: number, step: number) => Pieces<{ rest: Uint32Array; taken: Uint32Array }>;

function takerOf({ table, classes, seed }: Source, split: SplitOptions): Taker {
  if (split === 'random') return (rows, share, step) => atRandom(rows, share, classes, seed, step);
  if ('group' in split) {
    const labelOf = labelsOf(table.column(split.group));
    return (rows, share, step) => byGroup(rows, share, (row) => labelOf(row) ?? '', seed, step, split.group);
  }
  const column = table.column(split.time);
  if (!('values' in column) || column.values === undefined) {
    throw wrongData(`split.time must name a column of dates or numbers; ${describe(split.time)} was read as ${column.type}`);
  }
  const { values } = column;
  return (rows, share) => byTime(rows, share, values, split.time);
}

/** Whole rows for a share: at least one, and at least one stays. */
const rowsOf = (share: number, rows: number): number => Math.min(rows - 1, Math.ceil(rows * share));

function* atRandom(rows: Uint32Array, share: number, classes: Int32Array | undefined, seed: number, step: number) {
  const order = yield* permuting(rows.length, seed, streams.split, step);
  let ofRows: Int32Array | undefined;
  if (classes !== undefined) {
    ofRows = new Int32Array(rows.length);
    yield* visiting(rows, (row, index) => {
      (ofRows as Int32Array)[index] = classes[row] as number;
    });
  }
  const parts = yield* taking(order, rowsOf(share, rows.length), ofRows);
  const isTaken = new Uint8Array(rows.length);
  yield* visiting(parts.test, (index) => {
    isTaken[index] = 1;
  });
  if (ofRows !== undefined) yield* keepingEveryClass(isTaken, ofRows);
  return yield* collecting(rows, isTaken);
}

/** A class of which all rows are taken gets one of them back: what is not trained on cannot be predicted. */
function* keepingEveryClass(isTaken: Uint8Array, classes: Int32Array): Pieces<void> {
  /** The last taken row of each class; -1: it has one that stays. */
  const last: number[] = [];
  yield* visiting(classes, (label, index) => {
    if (isTaken[index] === 0) last[label] = -1;
    else if (last[label] !== -1) last[label] = index;
  });
  for (const index of last) {
    if (index >= 0) isTaken[index] = 0;
  }
}

function* byGroup(rows: Uint32Array, share: number, groupOf: (row: number) => string, seed: number, step: number, name: string) {
  const groups = new Map<string, number[]>();
  for (const [index, row] of rows.entries()) {
    const group = groupOf(row);
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [index]);
    else members.push(index);
  }
  if (groups.size < 2) throw wrongData(`split.group must name a column of at least two groups in each part; ${describe(name)} has too few`);
  const order = yield* permuting(groups.size, seed, streams.split, step);
  const all = [...groups.values()];
  const isTaken = new Uint8Array(rows.length);
  let left = rowsOf(share, rows.length);
  for (const index of order.subarray(1)) {
    if (left <= 0) break;
    const members = all[index] as number[];
    for (const member of members) isTaken[member] = 1;
    left -= members.length;
  }
  return yield* collecting(rows, isTaken);
}

function* byTime(rows: Uint32Array, share: number, times: Float64Array, name: string) {
  const ofRows = Float64Array.from(rows, (row) => times[row] as number);
  const missing = ofRows.findIndex(Number.isNaN);
  if (missing >= 0)
    throw wrongData(`split.time must name a column without missing values; ${describe(name)} has none in row ${rows[missing]}`);
  const order = yield* orderOf(ofRows);
  const isTaken = new Uint8Array(rows.length);
  for (const index of order.subarray(rows.length - rowsOf(share, rows.length))) isTaken[index] = 1;
  return yield* collecting(rows, isTaken);
}

function* collecting(rows: Uint32Array, isTaken: Uint8Array): Pieces<{ rest: Uint32Array; taken: Uint32Array }> {
  let count = 0;
  yield* visiting(isTaken, (is) => {
    count += is;
  });
  const [rest, taken] = [new Uint32Array(rows.length - count), new Uint32Array(count)];
  let [nextRest, nextTaken] = [0, 0];
  yield* visiting(rows, (row, index) => {
    if (isTaken[index] === 1) taken[nextTaken++] = row;
    else rest[nextRest++] = row;
  });
  return { rest, taken };
}

/** How rows were split, in words. */
export function wordsOf(split: SplitOptions, isOfClasses: boolean): string {
  if (split === 'random') return isOfClasses ? 'at random, each class by its share' : 'at random';
  return 'group' in split ? `at random, with all rows of one ${split.group} on one side` : `by ${split.time}: the last rows`;
}
