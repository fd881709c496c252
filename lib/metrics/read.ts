import { toAnyMatrix } from '../data/rows';
import { readTensor } from '../data/tensors';
import { checkFinite, plainView, typedArrayKind } from '../data/typed-arrays';
import { type ChainruleRangeError, wrongOption, wrongShape, wrongType, wrongValue } from '../errors';
import type { FloatArray } from '../native';
import { type Check, isArray, isRevoked, lengthOf } from '../options/check';
import type { ClassPairs, LabelPairs, NumberPairs, ScorePairs, Weights } from './input';

/*
 * Plain arrays of the user's -> the input of the metrics. Each value is read once.
 */

/** The name or number of a class. */
export type ClassLabel = number | string;

/** Classes, one for each sample: an array, a typed array, or `{ data, shape: [rows] }`. */
export type ClassesLike = ArrayLike<ClassLabel> | { readonly data: ArrayLike<number>; readonly shape: ArrayLike<number> };

const aMatrix = 'an array or a matrix (rows of numbers, or { data, shape })';

/** The vector in a value; undefined where it is a matrix of several columns. */
function vectorOf(value: unknown, name: string): ArrayLike<unknown> | undefined {
  if (typedArrayKind(value) !== undefined) return plainView(value, name);
  if (isArray(value)) {
    const first = value[0];
    return isArray(first) || typedArrayKind(first) !== undefined ? onlyColumn(value, name) : value;
  }
  if (typeof value !== 'object' || value === null || isRevoked(value)) throw wrongType(name, aMatrix, value);
  const { data, shape } = readTensor(value, name, aMatrix);
  if (shape.length > 2) throw wrongShape(`${name}.shape must be [rows] or [rows, columns], got [${shape.join(', ')}]`);
  if (shape.length === 2 && shape[1] !== 1) return undefined;
  const vector = vectorOf(data, `${name}.data`);
  if (vector === undefined || lengthOf(vector, `${name}.data`) !== shape[0]) {
    throw wrongShape(`${name}.data must have ${shape[0]} values for shape [${shape.join(', ')}]`);
  }
  return vector;
}

/** `[[1], [0], …]` */
function onlyColumn(value: readonly unknown[], name: string): FloatArray | undefined {
  const { data, columns } = toAnyMatrix(value, name);
  return columns === 1 ? data : undefined;
}

/** Numbers in rows, all of them finite. */
function readNumbers(value: unknown, name: string): { data: FloatArray; rows: number; columns: number } {
  const vector = vectorOf(value, name);
  const { data, rows, columns } = vector === undefined ? toAnyMatrix(value, name) : toAnyMatrix(vector, name, 1);
  if (rows === 0) throw noRows(name);
  checkFinite(data, columns, name);
  return { data, rows, columns };
}

const noRows = (name: string): ChainruleRangeError => wrongShape(`${name} must have at least one row, got none`);

export function readWeights(value: unknown, rows: number): Weights {
  if (value === undefined) return undefined;
  const { data, columns } = readNumbers(value, 'options.sampleWeight');
  if (columns !== 1 || data.length !== rows) throw wrongShape(`options.sampleWeight must have ${rows} values, got ${data.length}`);
  const negative = data.findIndex((weight) => weight < 0);
  if (negative >= 0) throw wrongValue(`options.sampleWeight[${negative}]`, 'a number of at least 0', data[negative]);
  if (data.every((weight) => weight === 0)) throw wrongValue('options.sampleWeight', 'weights that are not all 0', 0);
  return data as Float64Array;
}

const aClass = 'a class: a whole number or a name';

/** The classes of all samples. */
export function readClasses(value: unknown, name: string): ClassLabel[] {
  const vector = vectorOf(value, name);
  if (vector === undefined) {
    throw wrongOption(`${name} must have one class for each sample, got rows of several values: toClasses(${name}) gives their classes`);
  }
  const length = lengthOf(vector, name);
  if (length === 0) throw noRows(name);
  const classes: ClassLabel[] = []; // not made at once: a proxy of an array may claim any length
  for (let i = 0; i < length; i++) classes.push(readClass(vector[i], `${name}[${i}]`));
  return classes;
}

const readClass: Check<ClassLabel> = (value, name) => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') throw wrongType(name, aClass, value);
  if (Number.isSafeInteger(value)) return value;
  const error = wrongValue(name, aClass, value);
  if (Number.isFinite(value)) error.message += '; toClasses gives the classes of probabilities';
  throw error;
};

/** Labels as a list, each of them once. */
export const checkLabels: Check<readonly ClassLabel[]> = (value, name) => {
  const labels = readClasses(value, name);
  if (new Set(labels).size !== labels.length) throw wrongValue(name, 'labels that all differ', labels);
  return labels;
};

export const checkLabel: Check<ClassLabel> = readClass;

/** Numbers before names, each kind ascending. */
const ascending = (a: ClassLabel, b: ClassLabel): number =>
  typeof a === typeof b ? (a < b ? -1 : Number(a > b)) : typeof a === 'number' ? -1 : 1;

interface ClassOptions {
  average?: string | undefined;
  labels?: readonly ClassLabel[] | undefined;
  positive?: ClassLabel | undefined;
  sampleWeight?: unknown;
}

/** Two lists of classes as indices; `labels` are those that figures are of. */
export function readClassPairs(
  actual: unknown,
  predicted: unknown,
  { average, labels, positive, sampleWeight }: ClassOptions,
): { pairs: ClassPairs; labels: readonly ClassLabel[] } {
  const [there, found] = [readClasses(actual, 'actual'), readClasses(predicted, 'predicted')];
  if (found.length !== there.length) throw wrongShape(`predicted must have ${there.length} classes like actual, got ${found.length}`);
  const occurring = [...new Set([...there, ...found])].sort(ascending);
  const all = [...new Set([...occurring, ...(labels ?? [])])].sort(ascending);
  const indices = new Map(all.map((label, index) => [label, index]));
  const indexOf = (label: ClassLabel): number => indices.get(label) as number;
  const reported = labels ?? occurring;
  const positiveAt = positiveIndex(occurring, positive, indices, all.length);
  if (average === 'binary' && positiveAt === undefined) {
    throw wrongOption('options.average "binary" needs options.positive, as the classes are not 0 and 1');
  }
  const pairs: ClassPairs = {
    kind: 'classes',
    actual: Int32Array.from(there, indexOf),
    predicted: Int32Array.from(found, indexOf),
    classes: all.length,
    labels: reported.map(indexOf),
    positive: positiveAt,
    weights: readWeights(sampleWeight, there.length),
  };
  return { pairs, labels: reported };
}

/** The positive class: the one that is given, or 1 where there are 0 and 1 alone. Beyond all classes: it does not occur. */
function positiveIndex(
  occurring: readonly ClassLabel[],
  positive: ClassLabel | undefined,
  indices: ReadonlyMap<ClassLabel, number>,
  classes: number,
): number | undefined {
  if (positive === undefined && !occurring.every((label) => label === 0 || label === 1)) return undefined;
  return indices.get(positive ?? 1) ?? classes;
}

/** Rows of 0 and 1, one for each of several labels; undefined where `value` has classes. */
function readIndicators(value: unknown, name: string): { data: FloatArray; rows: number; columns: number } | undefined {
  if (vectorOf(value, name) !== undefined) return undefined;
  const matrix = readNumbers(value, name);
  const wrong = matrix.data.findIndex((element) => element !== 0 && element !== 1);
  if (wrong >= 0) {
    throw wrongValue(
      `${name} at row ${Math.floor(wrong / matrix.columns)}, column ${wrong % matrix.columns}`,
      '0 or 1',
      matrix.data[wrong],
    );
  }
  return matrix;
}

/** Rows of 0 and 1 on both sides; undefined where there are classes. */
export function readLabelPairs(actual: unknown, predicted: unknown, sampleWeight: unknown): LabelPairs | undefined {
  const there = readIndicators(actual, 'actual');
  if (there === undefined) return undefined;
  const found = readIndicators(predicted, 'predicted');
  const { data, rows, columns } = there;
  if (found?.rows !== rows || found.columns !== columns) throw wrongShape(`predicted must have shape [${rows}, ${columns}] like actual`);
  return { kind: 'labels', actual: data, predicted: found.data, columns, weights: readWeights(sampleWeight, rows) };
}

/** Scores, and the classes from 0 (with one column: 0 and 1), or several labels for each sample. */
export function readScorePairs(
  actual: unknown,
  predicted: unknown,
  { sampleWeight, several, bounded }: { sampleWeight?: unknown; several: boolean; bounded: boolean },
): ScorePairs {
  const { data: scores, rows, columns } = readNumbers(predicted, 'predicted');
  const outside = bounded ? scores.findIndex((score) => score < 0 || score > 1) : -1;
  if (outside >= 0) {
    throw wrongValue(`predicted at row ${Math.floor(outside / columns)}, column ${outside % columns}`, 'a probability', scores[outside]);
  }
  const weights = readWeights(sampleWeight, rows);
  const labels = several ? readIndicators(actual, 'actual') : undefined;
  if (labels !== undefined) {
    if (labels.rows !== rows || labels.columns !== columns) throw wrongShape(`actual must have shape [${rows}, ${columns}] like predicted`);
    return { kind: 'scores', actual: labels.data, scores, rows, columns, independent: true, weights };
  }
  const classes = readClasses(actual, 'actual');
  if (classes.length !== rows) throw wrongShape(`actual must have ${rows} classes, one for each row of predicted, got ${classes.length}`);
  const count = Math.max(columns, 2);
  const wrong = classes.findIndex((label) => !(typeof label === 'number' && label >= 0 && label < count));
  if (wrong >= 0)
    throw wrongValue(`actual[${wrong}]`, `a class index from 0 to ${count - 1}, as predicted has its columns`, classes[wrong]);
  return { kind: 'scores', actual: Int32Array.from(classes as number[]), scores, rows, columns, independent: false, weights };
}

export function readNumberPairs(actual: unknown, predicted: unknown, sampleWeight: unknown): NumberPairs {
  const [there, found] = [readNumbers(actual, 'actual'), readNumbers(predicted, 'predicted')];
  const { rows, columns } = there;
  if (found.rows !== rows || found.columns !== columns) {
    throw wrongShape(`predicted must have shape [${rows}, ${columns}] like actual, got [${found.rows}, ${found.columns}]`);
  }
  return { kind: 'numbers', actual: there.data, predicted: found.data, rows, columns, weights: readWeights(sampleWeight, rows) };
}
