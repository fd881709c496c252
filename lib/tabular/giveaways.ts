import type { Pieces } from '../event-loop';
import { orderOf } from '../metrics/ordering';

/*
 * Columns that give the target away: each alone is asked for the target of rows that it has not seen, from the rows to train on whose value
 * is the nearest. Such a column is often a consequence of the target, which no one knows in time.
 */

/** The values of one column, and the target, in two lists of rows. A category's value is its code; NaN or a negative code is missing. */
interface Question {
  values: ArrayLike<number>;
  isCategory: boolean;
  train: Uint32Array;
  test: Uint32Array;
  /** The target of each row of the table: a number or the index of a class. */
  y: ArrayLike<number>;
  isOfClasses: boolean;
}

/** The part of the variance, or of the errors of the most frequent class, that a column has to explain. */
const nearlyAll = { regression: 0.999, classes: 0.98 };
/** Rows that are enough to tell. */
const mostRows = 2000;

/** The share of the target that a column explains: 0 is what a constant explains, 1 is all. */
export function* explaining({ values, isCategory, train, test, y, isOfClasses }: Question): Pieces<number> {
  const seen = thin(train);
  const asked = thin(test);
  const known = Float64Array.from(seen, (row) => values[row] as number);
  const order = yield* orderOf(known.map((value) => (Number.isNaN(value) ? -Infinity : value)));
  const groups = isOfClasses ? groupClasses(known, order, seen, y) : groupNumbers(known, order, seen, y);
  yield;
  const answers = Float64Array.from(asked, (row) => answerFor(values[row] as number, groups, isCategory));
  const truth = Float64Array.from(asked, (row) => y[row] as number);
  return isOfClasses ? explainedErrors(truth, answers) : explainedVariance(truth, answers);
}

/** Whether such a share means that the column gives the target away. */
export const givesAway = (explained: number, isOfClasses: boolean): boolean =>
  explained >= (isOfClasses ? nearlyAll.classes : nearlyAll.regression);

function thin(rows: Uint32Array): Uint32Array {
  const step = Math.ceil(rows.length / mostRows);
  return step <= 1 ? rows : rows.filter((_, index) => index % step === 0);
}

/** Different values in ascending order, and the answer for each. */
interface Groups {
  values: number[];
  answers: number[];
}

/** Calls `close` behind each run of equal values. */
function eachGroup(known: Float64Array, order: Uint32Array, add: (index: number) => void, close: (value: number) => void): void {
  for (const [place, index] of order.entries()) {
    add(index);
    const next = order[place + 1];
    if (next === undefined || !Object.is(known[next], known[index])) close(known[index] as number);
  }
}

function groupNumbers(known: Float64Array, order: Uint32Array, rows: Uint32Array, y: ArrayLike<number>): Groups {
  const groups: Groups = { values: [], answers: [] };
  let [sum, count] = [0, 0];
  const add = (index: number): void => {
    sum += y[rows[index] as number] as number;
    count++;
  };
  eachGroup(known, order, add, (value) => {
    groups.values.push(Number.isNaN(value) ? -Infinity : value);
    groups.answers.push(sum / count);
    [sum, count] = [0, 0];
  });
  return groups;
}

function groupClasses(known: Float64Array, order: Uint32Array, rows: Uint32Array, y: ArrayLike<number>): Groups {
  const groups: Groups = { values: [], answers: [] };
  let counts = new Map<number, number>();
  const add = (index: number): void => {
    const label = y[rows[index] as number] as number;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  };
  eachGroup(known, order, add, (value) => {
    groups.values.push(Number.isNaN(value) ? -Infinity : value);
    groups.answers.push([...counts].reduce((best, one) => (one[1] > best[1] ? one : best))[0]);
    counts = new Map();
  });
  return groups;
}

/** The answer of the nearest value; of a category that was not seen, none. */
function answerFor(value: number, { values, answers }: Groups, isCategory: boolean): number {
  const wanted = Number.isNaN(value) ? -Infinity : value;
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  if (values[low] === wanted) return answers[low] as number;
  if (isCategory) return Number.NaN;
  const before = values[low - 1];
  const isNearer = before !== undefined && wanted - before < (values[low] as number) - wanted;
  return answers[isNearer ? low - 1 : low] as number;
}

function explainedVariance(truth: Float64Array, answers: Float64Array): number {
  const mean = truth.reduce((sum, value) => sum + value, 0) / truth.length;
  let [errors, variance] = [0, 0];
  for (const [index, value] of truth.entries()) {
    const answer = answers[index] as number;
    errors += (value - (Number.isNaN(answer) ? mean : answer)) ** 2;
    variance += (value - mean) ** 2;
  }
  return variance === 0 ? 0 : 1 - errors / variance;
}

function explainedErrors(truth: Float64Array, answers: Float64Array): number {
  const counts = new Map<number, number>();
  for (const label of truth) counts.set(label, (counts.get(label) ?? 0) + 1);
  const others = truth.length - Math.max(...counts.values());
  const wrong = truth.reduce((sum, label, index) => sum + (answers[index] === label ? 0 : 1), 0);
  return others === 0 ? 0 : 1 - wrong / others;
}
