import type { Pieces } from '../event-loop';
import { log } from './elementary';
import { atOnce, meanOf, type Note, type NumberPairs, quotient, type Settings, weightOf } from './input';
import { orderOf } from './ordering';

/*
 * Metrics of numbers. With several columns, each is measured by itself, and the metric is their mean.
 */

/** The weighted mean over the samples of each column's `value`. */
function* meansOf(
  { actual, predicted, columns, weights }: NumberPairs,
  value: (actual: number, predicted: number, column: number) => number,
): Pieces<number[]> {
  const sums = new Float64Array(columns);
  let total = 0;
  for (let i = 0; i < actual.length; i++) {
    const column = i % columns;
    const weight = weightOf(weights, (i - column) / columns);
    sums[column] = (sums[column] as number) + weight * value(actual[i] as number, predicted[i] as number, column);
    if (column === 0) total += weight;
    if (i % atOnce === 0) yield;
  }
  return Array.from(sums, (sum) => sum / total);
}

type Measure = (pairs: NumberPairs, settings: Settings, note: Note) => Pieces<number>;

const meanError = (error: (actual: number, predicted: number, settings: Settings) => number): Measure =>
  function* (pairs, settings) {
    return meanOf(yield* meansOf(pairs, (actual, predicted) => error(actual, predicted, settings)));
  };

const squared = (actual: number, predicted: number): number => (actual - predicted) * (actual - predicted);

export const mse: Measure = meanError(squared);

export const mae: Measure = meanError((actual, predicted) => Math.abs(actual - predicted));

export const rmse: Measure = function* (pairs) {
  return meanOf((yield* meansOf(pairs, squared)).map(Math.sqrt));
};

/** As in scikit-learn, a target of 0 counts as 2^-52: the metric is for targets away from 0. */
export const mape: Measure = meanError((actual, predicted) => Math.abs(actual - predicted) / Math.max(Math.abs(actual), Number.EPSILON));

/** R. Koenker and G. Bassett, "Regression quantiles", 1978. */
export const pinball: Measure = meanError((actual, predicted, { quantile = 0.5 }) => {
  const error = actual - predicted;
  return error >= 0 ? quantile * error : (quantile - 1) * error;
});

/** The median of each column's absolute errors; with weights, the first error at which half of the weight is reached. */
export const medianAbsoluteError: Measure = function* ({ actual, predicted, rows, columns, weights }) {
  const medians: number[] = [];
  for (let column = 0; column < columns; column++) {
    const errors = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const at = row * columns + column;
      errors[row] = Math.abs((actual[at] as number) - (predicted[at] as number));
      if (row % atOnce === 0) yield;
    }
    const order = yield* orderOf(errors);
    medians.push(weights === undefined ? middle(errors, order) : weightedMiddle(errors, order, weights));
  }
  return meanOf(medians);
};

function middle(values: Float64Array, order: Uint32Array): number {
  const at = (index: number): number => values[order[index] as number] as number;
  const upper = Math.floor(order.length / 2);
  return order.length % 2 === 1 ? at(upper) : (at(upper - 1) + at(upper)) / 2;
}

function weightedMiddle(values: Float64Array, order: Uint32Array, weights: Float64Array): number {
  let total = 0;
  for (const row of order) total += weights[row] as number;
  let sum = 0;
  for (const row of order) {
    sum += weights[row] as number;
    if (sum >= total / 2) return values[row] as number;
  }
  return values[order.at(-1) as number] as number;
}

/** 1 less the squared error over the variance of the targets. */
export const r2: Measure = function* (pairs, _, note) {
  const means = yield* meansOf(pairs, (actual) => actual);
  const errors = yield* meansOf(pairs, squared);
  const variances = yield* meansOf(pairs, (actual, __, column) => squared(actual, means[column] as number));
  if (pairs.rows < 2) {
    note('there is one sample only');
    return Number.NaN;
  }
  const isConstant = yield* areConstant(pairs);
  const ratios = errors.map((error, column) =>
    quotient(error, isConstant[column] === true ? 0 : (variances[column] as number), note, 'the targets are constant'),
  );
  return meanOf(ratios.map((ratio) => 1 - ratio));
};

/** The variance of a constant column need not come out as 0. */
function* areConstant({ actual, columns }: NumberPairs): Pieces<boolean[]> {
  const constant = new Array<boolean>(columns).fill(true);
  for (let i = columns; i < actual.length; i++) {
    if (actual[i] !== actual[i % columns]) constant[i % columns] = false;
    if (i % atOnce === 0) yield;
  }
  return constant;
}

/** A deviance: `unit` for each sample, where targets and predictions are in its domain. */
const deviance = (
  unit: (actual: number, predicted: number) => number,
  domain: (actual: number, predicted: number) => boolean,
  needs: string,
) =>
  function* (pairs: NumberPairs, _: Settings, note: Note): Pieces<number> {
    let isIn = true;
    const means = yield* meansOf(pairs, (actual, predicted) => {
      isIn &&= domain(actual, predicted);
      return 2 * unit(actual, predicted);
    });
    if (!isIn) note(`it needs ${needs}`);
    return isIn ? meanOf(means) : Number.NaN;
  };

export const poissonDeviance: Measure = deviance(
  (actual, predicted) => (actual === 0 ? 0 : actual * log(actual / predicted)) - actual + predicted,
  (actual, predicted) => actual >= 0 && predicted > 0,
  'targets of 0 or more and predictions above 0',
);

export const gammaDeviance: Measure = deviance(
  (actual, predicted) => log(predicted / actual) + actual / predicted - 1,
  (actual, predicted) => actual > 0 && predicted > 0,
  'targets and predictions above 0',
);
