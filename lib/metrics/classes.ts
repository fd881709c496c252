import type { Pieces } from '../event-loop';
import { atOnce, type ClassPairs, type LabelPairs, meanOf, type Note, quotient, type ScorePairs, type Settings, weightOf } from './input';

/*
 * Metrics of predicted classes. Names and definitions are scikit-learn's.
 */

/** Weighted counts of each class. */
interface Counts {
  /** Samples of the class that were predicted as it. */
  right: Float64Array;
  predicted: Float64Array;
  actual: Float64Array;
}

function add(to: Float64Array, index: number, weight: number): void {
  to[index] = (to[index] as number) + weight;
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

const countsOf = (classes: number): Counts => ({
  right: new Float64Array(classes),
  predicted: new Float64Array(classes),
  actual: new Float64Array(classes),
});

function* counting({ actual, predicted, classes, weights }: ClassPairs): Pieces<Counts> {
  const counts = countsOf(classes);
  for (let row = 0; row < actual.length; row++) {
    const [is, said] = [actual[row] as number, predicted[row] as number];
    const weight = weightOf(weights, row);
    add(counts.actual, is, weight);
    add(counts.predicted, said, weight);
    if (is === said) add(counts.right, is, weight);
    if (row % atOnce === 0) yield;
  }
  return counts;
}

function* countingLabels({ actual, predicted, columns, weights }: LabelPairs): Pieces<Counts> {
  const counts = countsOf(columns);
  for (let i = 0; i < actual.length; i++) {
    const column = i % columns;
    const weight = weightOf(weights, (i - column) / columns);
    if (actual[i] === 1) add(counts.actual, column, weight);
    if (predicted[i] === 1) add(counts.predicted, column, weight);
    if (actual[i] === 1 && predicted[i] === 1) add(counts.right, column, weight);
    if (i % atOnce === 0) yield;
  }
  return counts;
}

export function* accuracy(pairs: ClassPairs): Pieces<number> {
  const { right, actual } = yield* counting(pairs);
  return sumOf(right) / sumOf(actual);
}

/** The mean recall of the classes that occur; `adjusted`: 0 for a guess, 1 for all right. */
export function* balancedAccuracy(pairs: ClassPairs, { adjusted = false }: Settings, note: Note): Pieces<number> {
  const { right, actual } = yield* counting(pairs);
  const recalls: number[] = [];
  for (const [index, count] of actual.entries()) if (count > 0) recalls.push((right[index] as number) / count);
  const score = meanOf(recalls);
  if (!adjusted) return score;
  const guess = 1 / recalls.length;
  return quotient(score - guess, 1 - guess, note, 'there is one class only');
}

/** The two sides that precision, recall and their means are quotients of. */
interface Quotients {
  dividend: (right: number) => number;
  divisor: (predicted: number, actual: number) => number;
  /** The reason why it is not defined for a class. */
  undefinedFor: (label: string) => string;
}

const precisions: Quotients = {
  dividend: (right) => right,
  divisor: (predicted) => predicted,
  undefinedFor: (label) => `${label} is never predicted`,
};

const recalls: Quotients = {
  dividend: (right) => right,
  divisor: (_, actual) => actual,
  undefinedFor: (label) => `${label} does not occur`,
};

/** C. J. van Rijsbergen, "Information Retrieval", 1979: (1 + b²) right / (b² actual + predicted). */
const fScores = (beta: number): Quotients => ({
  dividend: (right) => (1 + beta * beta) * right,
  divisor: (predicted, actual) => beta * beta * actual + predicted,
  undefinedFor: (label) => `${label} neither occurs nor is predicted`,
});

function* averaged(pairs: ClassPairs | LabelPairs, of: Quotients, settings: Settings, note: Note): Pieces<number | number[]> {
  const counts = yield* pairs.kind === 'classes' ? counting(pairs) : countingLabels(pairs);
  const isOfClasses = pairs.kind === 'classes';
  const labels = isOfClasses ? pairs.labels : Array.from({ length: pairs.columns }, (_, column) => column);
  const positive = isOfClasses ? pairs.positive : undefined;
  const { average = positive === undefined ? 'macro' : 'binary', zeroDivision } = settings;
  const whole = (right: number, predicted: number, actual: number, label: string, otherwise: number): number => {
    const divisor = of.divisor(predicted, actual);
    if (divisor !== 0) return of.dividend(right) / divisor;
    if (zeroDivision !== undefined) return zeroDivision;
    note(`${of.undefinedFor(label)}${Number.isNaN(otherwise) ? '' : `, and counts as ${otherwise}`}`);
    return otherwise;
  };
  const one = (label: number, otherwise: number): number => {
    const of = [counts.right, counts.predicted, counts.actual].map((values) => values[label] ?? 0) as [number, number, number];
    return whole(...of, `class ${label}`, otherwise);
  };
  if (average === 'binary') return one(positive as number, Number.NaN);
  if (average === 'none') return labels.map((label) => one(label, Number.NaN));
  const sums = [counts.right, counts.predicted, counts.actual].map((values) =>
    labels.reduce((sum, label) => sum + (values[label] as number), 0),
  ) as [number, number, number];
  if (average === 'micro') return whole(...sums, 'no class', Number.NaN);
  // As in scikit-learn: a class for which it is not defined counts as 0, and with NaN not at all.
  const values = labels.map((label) => one(label, 0));
  const supports = labels.map((label) => (average === 'weighted' ? (counts.actual[label] as number) : 1));
  const defined = supports.map((support, index) => (Number.isNaN(values[index]) ? 0 : support));
  if (defined.some((weight) => weight > 0)) return meanOf(values, defined);
  if (zeroDivision === undefined) note('no class that it is an average of occurs');
  return zeroDivision ?? Number.NaN;
}

export function precision(pairs: ClassPairs | LabelPairs, settings: Settings, note: Note): Pieces<number | number[]> {
  return averaged(pairs, precisions, settings, note);
}

export function recall(pairs: ClassPairs | LabelPairs, settings: Settings, note: Note): Pieces<number | number[]> {
  return averaged(pairs, recalls, settings, note);
}

export function fBeta(pairs: ClassPairs | LabelPairs, settings: Settings, note: Note): Pieces<number | number[]> {
  return averaged(pairs, fScores(settings.beta ?? 1), settings, note);
}

/** J. Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", 2004. */
export function* mcc(pairs: ClassPairs, _: Settings, note: Note): Pieces<number> {
  const { right, predicted, actual } = yield* counting(pairs);
  const samples = sumOf(actual);
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
  const both = sumOf(right) * samples - dot(actual, predicted);
  const [ofActual, ofPredicted] = [actual, predicted].map((counts) => samples * samples - dot(counts, counts)) as [number, number];
  const reason = ofActual === 0 ? 'there is one class only' : 'one class only is predicted';
  return quotient(both, Math.sqrt(ofActual * ofPredicted), note, reason);
}

/** J. Cohen, "A coefficient of agreement for nominal scales", 1960. */
export function* cohenKappa(pairs: ClassPairs, { weights: kind }: Settings, note: Note): Pieces<number> {
  const { predicted, actual } = yield* counting(pairs);
  const samples = sumOf(actual);
  const cost = (a: number, b: number): number =>
    kind === undefined ? Number(a !== b) : kind === 'linear' ? Math.abs(a - b) : (a - b) ** 2;
  let [observed, expected] = [0, 0];
  for (let row = 0; row < pairs.actual.length; row++) {
    observed += weightOf(pairs.weights, row) * cost(pairs.actual[row] as number, pairs.predicted[row] as number);
    if (row % atOnce === 0) yield;
  }
  for (const [a, count] of actual.entries()) {
    for (let b = 0; b < predicted.length && count > 0; b++) expected += (count * (predicted[b] as number) * cost(a, b)) / samples;
    yield;
  }
  const ratio = quotient(observed, expected, note, 'one class only occurs and is predicted');
  return 1 - ratio;
}

/** The share of samples whose class is among the `k` that have the largest scores; of equal scores, the last one is larger. */
export function* topKAccuracy({ actual, scores, rows, columns, weights }: ScorePairs, { k = 2 }: Settings): Pieces<number> {
  let [right, total] = [0, 0];
  const rowsAtOnce = Math.ceil(atOnce / columns);
  for (let row = 0; row < rows; row++) {
    const first = row * columns;
    const own = actual[row] as number;
    const score = scores[first + own] as number;
    let before = 0;
    for (let column = 0; column < columns; column++) {
      const other = scores[first + column] as number;
      if (other > score || (other === score && column > own)) before++;
    }
    const weight = weightOf(weights, row);
    if (before < k) right += weight;
    total += weight;
    if (row % rowsAtOnce === 0) yield;
  }
  return right / total;
}
