import type { Pieces } from '../event-loop';
import { measuring, type Pairs } from '../metrics/formulas';
import { type MetricName, metricRows } from '../options/metrics';
import { permuting, streams } from '../splits/permutation';
import type { Target } from './target';

/*
 * Figures of predictions beside the truth, each with its spread over rows.
 */

/** A figure, and its standard error. Null: not defined on these rows. */
export interface Figure {
  value: number | null;
  spread: number | null;
}

/** Figures by the names of their metrics. */
export type Figures = Record<string, Figure>;

/** Predictions for some rows beside the truth. */
export interface Judged {
  /** Numbers, or indices of classes. */
  truth: Float64Array | Int32Array;
  /** Numbers; of classes the index of the likeliest. */
  predicted: Float64Array | Int32Array;
  /** Of classes: row by row, a probability for each. */
  probabilities?: Float64Array;
  weights?: Float64Array | undefined;
}

/** The figures of a task, the most important first. */
export const figureNames: Readonly<Record<Target['kind'], readonly MetricName[]>> = {
  regression: ['rmse', 'mae', 'r2'],
  classes: ['accuracy', 'balancedAccuracy', 'f1', 'rocAuc', 'logLoss'],
};

/** How often a part of the rows is drawn to see how much a figure varies, and of how many rows at the most. */
const draws = 100;
const mostRowsOfDraw = 1000;

/**
 * Figures with their standard errors: the deviation over random halves of the rows, drawn without replacement (the delete-half jackknife). Of
 * many rows smaller parts are drawn, and the deviation is scaled.
 */
export function* measuringFigures(judged: Judged, target: Target, names: readonly MetricName[], seed: number): Pieces<Figures> {
  const { truth } = judged;
  const rows = truth.length;
  const figures: Figures = {};
  for (const name of names) figures[name] = { value: yield* measuringOne(judged, target, name), spread: null };
  const taken = Math.min(mostRowsOfDraw, Math.floor(rows / 2));
  if (taken === 0) return figures;
  const scale = Math.sqrt(taken / (rows - taken));
  const drawn: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  const ofOrder = Math.floor(rows / taken);
  let order: Uint32Array = new Uint32Array(0);
  for (let draw = 0; draw < draws; draw++) {
    // A random order is cut into as many parts as it has.
    const first = (draw % ofOrder) * taken;
    if (first === 0) order = yield* permuting(rows, seed, streams.split, draw);
    const part = takeRows(judged, order.subarray(first, first + taken));
    yield;
    for (const name of names) {
      const value = yield* measuringOne(part, target, name);
      if (value !== null) drawn[name]?.push(value);
    }
  }
  for (const name of names) {
    const values = drawn[name] as number[];
    const figure = figures[name] as Figure;
    if (figure.value !== null && values.length > 1) figure.spread = deviationOf(values) * scale;
  }
  return figures;
}

/** One figure; null where it is not defined. */
export function* measuringOne(judged: Judged, target: Target, name: MetricName): Pieces<number | null> {
  const { value } = yield* measuring(name, pairsOf(judged, target, name), {});
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function pairsOf({ truth, predicted, probabilities, weights }: Judged, target: Target, name: MetricName): Pairs {
  const rows = truth.length;
  if (target.kind === 'regression') return { kind: 'numbers', actual: truth, predicted, rows, columns: 1, weights };
  const classes = target.classes.length;
  if (needsClasses(name)) {
    const actual = truth as Int32Array;
    const labels = occurring(actual, predicted as Int32Array);
    const positive = classes === 2 ? 1 : undefined;
    return { kind: 'classes', actual, predicted: predicted as Int32Array, classes: Math.max(2, classes), labels, positive, weights };
  }
  const all = probabilities as Float64Array;
  if (classes !== 2) return { kind: 'scores', actual: truth, scores: all, rows, columns: classes, independent: false, weights };
  const scores = Float64Array.from(truth, (_, row) => all[2 * row + 1] as number);
  return { kind: 'scores', actual: truth, scores, rows, columns: 1, independent: false, weights };
}

const needsClasses = (name: MetricName): boolean =>
  !['scores', 'probabilities', 'numbers'].includes(metricRows[name].needs) && name !== 'topKAccuracy';

function occurring(actual: Int32Array, predicted: Int32Array): number[] {
  const seen = new Set<number>(actual);
  for (const index of predicted) seen.add(index);
  return [...seen].sort((a, b) => a - b);
}

/** The same of some of the rows. */
export function takeRows({ truth, predicted, probabilities, weights }: Judged, rows: Uint32Array): Judged {
  const classes = probabilities === undefined ? 0 : probabilities.length / truth.length;
  const pick = (from: Judged['truth']): Judged['truth'] =>
    from instanceof Int32Array
      ? Int32Array.from(rows, (row) => from[row] as number)
      : Float64Array.from(rows, (row) => from[row] as number);
  const part: Judged = { truth: pick(truth), predicted: pick(predicted), weights: weights && (pick(weights) as Float64Array) };
  if (probabilities !== undefined) {
    part.probabilities = new Float64Array(rows.length * classes);
    for (const [index, row] of rows.entries()) {
      part.probabilities.set(probabilities.subarray(row * classes, (row + 1) * classes), index * classes);
    }
  }
  return part;
}

/** The sample standard deviation. */
export function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1));
}
