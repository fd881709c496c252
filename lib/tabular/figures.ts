import type { Pieces } from '../event-loop';
import { measuring, type Pairs } from '../metrics/formulas';
import { type MetricName, metricRows } from '../options/metrics';
import { permuting, streams } from '../splits/permutation';
import type { Target } from './target';

/*
 * Figures of predictions beside the truth, each with its spread over rows.
 */

/** A figure, and how far it may be from that of other rows. */
export interface Figure {
  /** Null: not defined on these rows. */
  value: number | null;
  /** The standard error. Null: these rows do not tell, as the figure is the same for every half of them. */
  spread: number | null;
  /**
   * Of an accuracy of 0 or 1: the most or the least that it is on other rows, with 95 % confidence. It is an end of the interval of Clopper &
   * Pearson, whose approximation is the rule of three.
   */
  bound?: number;
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

/** Metrics that are the share of rows which are right. */
const sharesOfRows: readonly MetricName[] = ['accuracy', 'topKAccuracy'];
/** A bound is wrong for this share of all samples of rows. */
const risk = 0.05;
/** Spreads below this share of a figure are what rounding leaves of 0. */
const noise = 1e-9;

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
  const whole = pairing(judged, target);
  for (const name of names) figures[name] = withBound(name, yield* measuringPairs(whole, name), judged);
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
    const part = pairing(takeRows(judged, order.subarray(first, first + taken)), target);
    yield;
    for (const name of names) {
      const value = yield* measuringPairs(part, name);
      if (value !== null) drawn[name]?.push(value);
    }
  }
  for (const name of names) {
    const values = drawn[name] as number[];
    const figure = figures[name] as Figure;
    if (figure.value === null || values.length < 2) continue;
    const spread = deviationOf(values) * scale;
    if (spread > noise * Math.abs(figure.value)) figure.spread = spread;
  }
  return figures;
}

function withBound(name: MetricName, value: number | null, { truth, weights }: Judged): Figure {
  const figure: Figure = { value, spread: null };
  if (!sharesOfRows.includes(name) || (value !== 0 && value !== 1)) return figure;
  const least = risk ** (1 / (weights === undefined ? truth.length : effectiveRows(weights)));
  return { ...figure, bound: value === 1 ? least : 1 - least };
}

/** The number of equal rows that tell as much as these weighted ones (Kish 1965). */
function effectiveRows(weights: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const weight of weights) {
    sum += weight;
    squares += weight * weight;
  }
  return (sum * sum) / squares;
}

/** One figure; null where it is not defined. */
export const measuringOne = (judged: Judged, target: Target, name: MetricName): Pieces<number | null> =>
  measuringPairs(pairing(judged, target), name);

function* measuringPairs(pairs: Pairing, name: MetricName): Pieces<number | null> {
  const { value } = yield* measuring(name, pairs[inputOf(name)](), {});
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** The inputs of metrics, each made when it is first asked for. */
type Pairing = Readonly<Record<'classes' | 'scores' | 'numbers', () => Pairs>>;

function inputOf(name: MetricName): keyof Pairing {
  const { needs } = metricRows[name];
  if (needs === 'numbers') return 'numbers';
  return needs === 'classes' || needs === 'labels' ? 'classes' : 'scores';
}

function pairing({ truth, predicted, probabilities, weights }: Judged, target: Target): Pairing {
  const rows = truth.length;
  const count = target.kind === 'classes' ? target.classes.length : 0;
  return {
    numbers: () => ({ kind: 'numbers', actual: truth, predicted, rows, columns: 1, weights }),
    classes: once(() => {
      const [actual, said] = [truth as Int32Array, predicted as Int32Array];
      const positive = count === 2 ? 1 : undefined;
      const labels = occurring(actual, said, count);
      return { kind: 'classes', actual, predicted: said, classes: Math.max(2, count), labels, positive, weights };
    }),
    scores: once(() => {
      const all = probabilities as Float64Array;
      const common = { kind: 'scores', actual: truth, rows, independent: false, weights } as const;
      return count === 2 ? { ...common, scores: secondOf(all, rows), columns: 1 } : { ...common, scores: all, columns: count };
    }),
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The probabilities of the second of two classes. */
function secondOf(probabilities: Float64Array, rows: number): Float64Array {
  const second = new Float64Array(rows);
  for (let row = 0; row < rows; row++) second[row] = probabilities[2 * row + 1] as number;
  return second;
}

function occurring(actual: Int32Array, predicted: Int32Array, classes: number): number[] {
  const seen = new Uint8Array(classes);
  for (let row = 0; row < actual.length; row++) {
    seen[actual[row] as number] = 1;
    seen[predicted[row] as number] = 1;
  }
  const labels: number[] = [];
  for (let label = 0; label < classes; label++) if (seen[label] === 1) labels.push(label);
  return labels;
}

/** The same of some of the rows. */
function takeRows({ truth, predicted, probabilities, weights }: Judged, rows: Uint32Array): Judged {
  const part: Judged = {
    truth: pick(truth, rows),
    predicted: pick(predicted, rows),
    weights: weights && (pick(weights, rows) as Float64Array),
  };
  if (probabilities === undefined) return part;
  const classes = probabilities.length / truth.length;
  const picked = new Float64Array(rows.length * classes);
  for (let index = 0; index < rows.length; index++) {
    const from = (rows[index] as number) * classes;
    for (let i = 0; i < classes; i++) picked[index * classes + i] = probabilities[from + i] as number;
  }
  return { ...part, probabilities: picked };
}

function pick(values: Judged['truth'], rows: Uint32Array): Judged['truth'] {
  const picked = values instanceof Int32Array ? new Int32Array(rows.length) : new Float64Array(rows.length);
  for (let index = 0; index < rows.length; index++) picked[index] = values[rows[index] as number] as number;
  return picked;
}

/** The sample standard deviation. */
export function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1));
}
