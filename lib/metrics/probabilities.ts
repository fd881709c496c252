import type { Pieces } from '../event-loop';
import { log } from './elementary';
import { atOnce, type ScorePairs, type Settings, weightOf } from './input';

/*
 * Metrics of predicted probabilities.
 */

/** Probabilities stay this far from 0 and 1, as in scikit-learn. */
const least = Number.EPSILON;

/** Calls `visit` for each row, and gives the sum of their weights. */
function* visitingRows({ rows, columns, weights }: ScorePairs, visit: (row: number, weight: number) => void): Pieces<number> {
  let total = 0;
  const rowsAtOnce = Math.ceil(atOnce / columns);
  for (let row = 0; row < rows; row++) {
    const weight = weightOf(weights, row);
    visit(row, weight);
    total += weight;
    if (row % rowsAtOnce === 0) yield;
  }
  return total;
}

function* meanOverRows(pairs: ScorePairs, value: (row: number) => number): Pieces<number> {
  let sum = 0;
  const total = yield* visitingRows(pairs, (row, weight) => {
    sum += weight * value(row);
  });
  return sum / total;
}

const clipped = (p: number): number => Math.min(Math.max(p, least), 1 - least);

/** The mean of -log(probability of the true class). Each row is divided by its sum. */
export function logLoss(pairs: ScorePairs): Pieces<number> {
  const { actual, scores, columns } = pairs;
  return meanOverRows(pairs, (row) => {
    if (columns === 1) {
      const p = clipped(scores[row] as number);
      return -log(actual[row] === 1 ? p : 1 - p);
    }
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += clipped(scores[row * columns + column] as number);
    return -log(clipped(scores[row * columns + (actual[row] as number)] as number) / sum);
  });
}

/** G. W. Brier, "Verification of forecasts expressed in terms of probability", 1950; with two classes, of the positive one alone. */
export function brier(pairs: ScorePairs): Pieces<number> {
  const { actual, scores, columns } = pairs;
  const error = (row: number, column: number, positive: number): number =>
    ((scores[row * columns + column] as number) - Number(actual[row] === positive)) ** 2;
  return meanOverRows(pairs, (row) => {
    if (columns <= 2) return error(row, columns - 1, 1);
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += error(row, column, column);
    return sum;
  });
}

/**
 * C. Guo et al., "On calibration of modern neural networks", 2017: samples are put into bins of equal width by the probability of the
 * predicted class; the mean over the bins of |accuracy - mean probability|.
 */
export function* expectedCalibrationError(pairs: ScorePairs, { bins = 15 }: Settings): Pieces<number> {
  const { actual, scores, columns } = pairs;
  /** The weighted number of right ones less that of expected ones. */
  const surplus = new Float64Array(bins);
  const total = yield* visitingRows(pairs, (row, weight) => {
    let best = 0;
    let confidence = scores[row * columns] as number;
    if (columns === 1) {
      best = Number(confidence > 0.5);
      confidence = Math.max(confidence, 1 - confidence);
    }
    for (let column = 1; column < columns; column++) {
      const p = scores[row * columns + column] as number;
      if (p > confidence) [best, confidence] = [column, p];
    }
    const bin = Math.min(Math.max(Math.ceil(confidence * bins) - 1, 0), bins - 1);
    surplus[bin] = (surplus[bin] as number) + weight * (Number(best === actual[row]) - confidence);
  });
  return surplus.reduce((sum, value) => sum + Math.abs(value), 0) / total;
}
