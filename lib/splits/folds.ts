import { type NumericArray, typedArrayKind, typedArrayLength } from '../data/typed-arrays';
import { wrongOption, wrongShape, wrongValue } from '../errors';
import { atOnce } from '../event-loop';
import { type ClassesLike, type ClassLabel, readClasses } from '../metrics/read';
import { boolean, type Check, integer, isArray, number, optional, record, withDefault } from '../options/check';
import { permuting, streams } from './permutation';
import { type Parts, partsWhere, taking } from './strata';

/*
 * Splits of rows as lists of their indices. Semantics and parameters are scikit-learn's.
 */

/** Rows to train on and rows to test with: each list ascends. As `rows` of samples they copy nothing. */
export interface Split {
  train: Uint32Array;
  test: Uint32Array;
}

/** A number of rows, or an array that has as many elements. */
export type RowCount = number | readonly unknown[] | NumericArray;

/** The options of `kFold` and `stratifiedKFold`. */
export interface FoldOptions {
  /** The number of folds, at least 2. Default 5. */
  folds?: number;
  /** Whether rows are drawn in a random order first. Default false: neighbours stay together. */
  shuffle?: boolean;
  /** The source of the random order: a whole number, 0 or more. Default 0. */
  seed?: number;
}

/** The options of `timeSeriesSplit`. */
export interface TimeSeriesOptions {
  /** The number of folds, at least 2. Default 5. */
  folds?: number;
  /** Rows left out between training and test. Default 0. */
  gap?: number;
  /** The most rows to train on: the latest ones. Default: all. */
  maxTrainSize?: number;
  /** Rows of each test. Default: the rows divided by `folds + 1`. */
  testSize?: number;
}

/** The options of `trainTestSplit`. */
export interface TrainTestOptions {
  /** The share of rows to test with, above 0 and below 1. Default 0.25. */
  testSize?: number;
  /** Whether the rows are drawn at random; false: the last ones. Default true. */
  shuffle?: boolean;
  /** The source of the random order. Default 0. */
  seed?: number;
  /** A class for each row: each is on both sides by its share. */
  stratify?: ClassesLike;
}

const folds = withDefault(integer({ min: 2 }), 5);
const seed = withDefault(integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), 0);
const checkFolds = record<{ folds: number; shuffle: boolean; seed: number }>({ folds, shuffle: withDefault(boolean, false), seed });
const checkGroups = record<{ folds: number }>({ folds });
const checkSeries = record<{ folds: number; gap: number; maxTrainSize?: number | undefined; testSize?: number | undefined }>({
  folds,
  gap: withDefault(integer({ min: 0 }), 0),
  maxTrainSize: optional(integer({ min: 1 })),
  testSize: optional(integer({ min: 1 })),
});

const checkTrainTest = record<{ testSize: number; shuffle: boolean; seed: number; stratify?: readonly ClassLabel[] | undefined }>({
  testSize: withDefault(number({ above: 0, below: 1 }), 0.25),
  shuffle: withDefault(boolean, true),
  seed,
  stratify: optional(readClasses),
});

const count = integer({ min: 1 });

const checkRows: Check<number> = (value, name) => {
  if (typedArrayKind(value) !== undefined) return count(typedArrayLength(value as NumericArray), `${name}.length`);
  return isArray(value) ? count(value.length, `${name}.length`) : count(value, name);
};

const orderOf = (rows: number, seed: number): Uint32Array => atOnce(permuting(rows, seed, streams.split));

/** Folds by the number of each row's. */
function foldsOf(foldOfRow: ArrayLike<number>, folds: number): Split[] {
  return Array.from({ length: folds }, (_, fold): Parts => partsWhere(foldOfRow.length, (row) => foldOfRow[row] === fold));
}

function checkEnough(rows: number, folds: number, what: string): void {
  if (folds > rows) throw wrongValue('options.folds', `at most ${rows}, the number of ${what}`, folds);
}

/** The sizes of folds that differ by one at the most, the larger ones first. */
const sizeOfFold = (rows: number, folds: number, fold: number): number => Math.floor(rows / folds) + Number(fold < rows % folds);

/**
 * Splits rows into folds. Each fold is the test once, and all others are trained on then.
 *
 * @throws TypeError or RangeError if an option is wrong, or there are more folds than rows.
 */
export function kFold(rows: RowCount, options: FoldOptions = {}): Split[] {
  const total = checkRows(rows, 'rows');
  const { folds, shuffle, seed } = checkFolds(options, 'options');
  checkEnough(total, folds, 'rows');
  const order = shuffle ? orderOf(total, seed) : undefined;
  const foldOfRow = new Uint32Array(total);
  let next = 0;
  for (let fold = 0; fold < folds; fold++) {
    for (const end = next + sizeOfFold(total, folds, fold); next < end; next++) foldOfRow[order?.[next] ?? next] = fold;
  }
  return foldsOf(foldOfRow, folds);
}

/**
 * The same with each class in every fold by its share.
 *
 * @param labels A class for each row: whole numbers or names.
 * @throws TypeError or RangeError if an argument is wrong, or there are more folds than rows of the largest class.
 */
export function stratifiedKFold(labels: ClassesLike, options: FoldOptions = {}): Split[] {
  const classes = encoded(readClasses(labels, 'labels'));
  const { folds, shuffle, seed } = checkFolds(options, 'options');
  const counts = countsOf(classes);
  checkEnough(
    counts.reduce((most, count) => Math.max(most, count), 0),
    folds,
    'rows of the largest class',
  );
  // The rows sorted by class are dealt out to the folds one by one.
  const dealt = counts.map(() => new Uint32Array(folds));
  let place = 0;
  for (const [label, count] of counts.entries()) {
    const ofLabel = dealt[label] as Uint32Array;
    for (let i = 0; i < count; i++, place++) ofLabel[place % folds] = (ofLabel[place % folds] as number) + 1;
  }
  const order = shuffle ? orderOf(classes.length, seed) : classes.map((_, row) => row);
  const foldOfRow = new Uint32Array(classes.length);
  for (const row of order) {
    const left = dealt[classes[row] as number] as Uint32Array;
    const fold = left.findIndex((rows) => rows > 0);
    left[fold] = (left[fold] as number) - 1;
    foldOfRow[row] = fold;
  }
  return foldsOf(foldOfRow, folds);
}

/** Classes numbered in the order in which they occur first. */
function encoded(labels: readonly ClassLabel[]): number[] {
  const numbers = new Map<ClassLabel, number>();
  return labels.map((label) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });
}

function countsOf(classes: readonly number[]): number[] {
  const counts: number[] = [];
  for (const label of classes) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/**
 * The same with all rows of a group in one fold: rows of one patient or one machine are never on both sides. The largest groups are put into
 * the smallest folds first.
 *
 * @param groups A group for each row: whole numbers or names.
 * @throws TypeError or RangeError if an argument is wrong, or there are more folds than groups.
 */
export function groupKFold(groups: ClassesLike, options: Pick<FoldOptions, 'folds'> = {}): Split[] {
  const given = readClasses(groups, 'groups');
  const { folds } = checkGroups(options, 'options');
  const ascending = [...new Set(given)].sort((a, b) => (a < b ? -1 : 1));
  checkEnough(ascending.length, folds, 'groups');
  const indices = new Map(ascending.map((group, index) => [group, index]));
  const groupOfRow = given.map((group) => indices.get(group) as number);
  const sizes = countsOf(groupOfRow);
  // Of equal sizes the last group first, as in scikit-learn.
  const bySize = [...sizes.keys()].sort((a, b) => (sizes[b] as number) - (sizes[a] as number) || b - a);
  const filled = new Array<number>(folds).fill(0);
  const foldOfGroup = new Uint32Array(sizes.length);
  for (const group of bySize) {
    const fold = filled.indexOf(Math.min(...filled));
    filled[fold] = (filled[fold] as number) + (sizes[group] as number);
    foldOfGroup[group] = fold;
  }
  return foldsOf(
    groupOfRow.map((group) => foldOfGroup[group] as number),
    folds,
  );
}

/**
 * Splits rows in the order of time: each test follows the rows that are trained on.
 *
 * @throws TypeError or RangeError if an option is wrong, or there are too few rows.
 */
export function timeSeriesSplit(rows: RowCount, options: TimeSeriesOptions = {}): Split[] {
  const total = checkRows(rows, 'rows');
  const { folds, gap, maxTrainSize = total, testSize = Math.floor(total / (folds + 1)) } = checkSeries(options, 'options');
  const first = total - folds * testSize;
  if (first - gap <= 0 || testSize === 0) {
    throw wrongShape(`rows must be more than folds * testSize + gap = ${folds * testSize + gap}, and at least folds + 1, got ${total}`);
  }
  const range = (begin: number, end: number): Uint32Array => Uint32Array.from({ length: end - begin }, (_, index) => begin + index);
  return Array.from({ length: folds }, (_, fold) => {
    const begin = first + fold * testSize;
    const end = begin - gap;
    return { train: range(Math.max(0, end - maxTrainSize), end), test: range(begin, begin + testSize) };
  });
}

/**
 * One split at random, or of the last rows.
 *
 * @throws TypeError or RangeError if an option is wrong, or a side would have no row.
 */
export function trainTestSplit(rows: RowCount, options: TrainTestOptions = {}): Split {
  const total = checkRows(rows, 'rows');
  const { testSize, shuffle, seed, stratify } = checkTrainTest(options, 'options');
  const taken = Math.ceil(total * testSize);
  if (taken >= total) throw wrongValue('options.testSize', `small enough to leave a row to train on (of ${total})`, testSize);
  if (!shuffle) {
    if (stratify !== undefined) throw wrongOption('options.stratify needs shuffle: the last rows are taken as they come');
    return partsWhere(total, (row) => row >= total - taken);
  }
  if (stratify !== undefined && stratify.length !== total) {
    throw wrongShape(`options.stratify must have ${total} classes, one for each row, got ${stratify.length}`);
  }
  const classes = stratify && Int32Array.from(encoded(stratify));
  return atOnce(taking(orderOf(total, seed), taken, classes));
}
