import type { MetricSettings } from '../options/metrics';

/*
 * The input of the metrics, once it is read and checked: of plain arrays or of a network's predictions.
 */

/** A weight for each sample; undefined: 1. */
export type Weights = Float64Array | undefined;

/** Classes by index. */
export interface ClassPairs {
  kind: 'classes';
  actual: Int32Array;
  predicted: Int32Array;
  /** The number of classes, some of which may not occur. */
  classes: number;
  /** The classes that averages go over, and that per-class figures are of. */
  labels: readonly number[];
  /** The class that `'binary'` averages are of; undefined: none. */
  positive: number | undefined;
  weights: Weights;
}

/** Several labels for each sample, which do not exclude each other: 1 or 0 in each column. */
export interface LabelPairs {
  kind: 'labels';
  actual: ArrayLike<number>;
  predicted: ArrayLike<number>;
  columns: number;
  weights: Weights;
}

/** A score for each class, or for the positive one alone: the more, the more likely. They may be probabilities. */
export interface ScorePairs {
  kind: 'scores';
  /** Class indices; with one column 1 or 0; of several labels 1 or 0 in each column. */
  actual: ArrayLike<number>;
  scores: ArrayLike<number>;
  rows: number;
  columns: number;
  /** Whether `actual` has several labels for each sample. */
  independent: boolean;
  weights: Weights;
}

export interface NumberPairs {
  kind: 'numbers';
  actual: ArrayLike<number>;
  predicted: ArrayLike<number>;
  rows: number;
  columns: number;
  weights: Weights;
}

/** Takes the reason why a metric is not defined on the data, or why a part of it counts as something. */
export type Note = (reason: string) => void;

export type Settings = Readonly<MetricSettings>;

/** Elements that are read between two looks at the clock. */
export const atOnce: number = 2 ** 13;

export const weightOf = (weights: Weights, row: number): number => (weights === undefined ? 1 : (weights[row] as number));

/** A quotient; what is divided by 0 is not defined. */
export function quotient(dividend: number, divisor: number, note: Note, reason: string): number {
  if (divisor !== 0) return dividend / divisor;
  note(reason);
  return Number.NaN;
}

/** The mean of figures of several classes or columns; with a weight for each where there are any. */
export function meanOf(values: readonly number[], weights?: readonly number[]): number {
  let [sum, total] = [0, 0];
  for (const [index, value] of values.entries()) {
    const weight = weights === undefined ? 1 : (weights[index] as number);
    if (weight === 0) continue;
    sum += value * weight;
    total += weight;
  }
  return sum / total;
}
