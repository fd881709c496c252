import { limit, type Scaling, scaled } from './scaling';

/*
 * The position of a number among those to train on: between two quantiles it is linear. A network tells numbers apart by their distance, and
 * most columns crowd at few places. Quantiles that are equal count once, as in piecewise linear encoding (Gorishniy, Rubachev & Babenko 2022):
 * otherwise a column of many zeros would have little room for the rest.
 */

/** Different scaled numbers in ascending order, two at least: the quantiles of a column. */
export type Quantiles = readonly number[];

/** The most steps between quantiles. */
export const mostSteps = 256;
const fewestSteps = 10;
/** Rows for each step, where there are few. */
const rowsOfStep = 30;
/** Digits that a file has of a quantile. */
const precision = 1e6;

/** Positions reach from -`reach` to `reach`: their deviation is that of evenly spaced numbers, 1. */
export const reach: number = Math.sqrt(3);
/** The share of the scaled number in what a network gets: how far apart numbers are tells something, too. */
export const shareOfScaled = 0.3;

/** The quantiles of `count` values, of which `at` has the one with each index in ascending order; undefined where all of them are equal. */
export function quantilesOf(at: (index: number) => number, count: number, scaling: Scaling): Quantiles | undefined {
  const steps = Math.min(mostSteps, Math.max(fewestSteps, Math.floor(count / rowsOfStep)));
  const quantiles: number[] = [];
  for (let step = 0; step <= steps; step++) {
    const value = at(Math.round((step / steps) * (count - 1)));
    const quantile = Math.round(scaled(value, scaling) * precision) / precision;
    if (quantiles.length === 0 || quantile > (quantiles.at(-1) as number)) quantiles.push(quantile);
  }
  return quantiles.length < 2 ? undefined : quantiles;
}

/** A number that was scaled, as the network gets it: its position, and some of the number itself. */
export function positioned(value: number, quantiles: Quantiles): number {
  return shareOfScaled * value + (1 - shareOfScaled) * reach * (2 * positionOf(value, quantiles) - 1);
}

/** From 0 to 1. */
function positionOf(value: number, quantiles: Quantiles): number {
  const last = quantiles.length - 1;
  if (value <= (quantiles[0] as number)) return 0;
  if (value >= (quantiles[last] as number)) return 1;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((quantiles[middle] as number) <= value) low = middle;
    else high = middle;
  }
  const from = quantiles[low] as number;
  return (low + (value - from) / ((quantiles[high] as number) - from)) / last;
}

/** Whether numbers could be quantiles: for files. */
export const areQuantiles = (numbers: readonly number[]): boolean =>
  numbers.length >= 2 &&
  numbers.length <= mostSteps + 1 &&
  numbers.every((value, index) => Math.abs(value) <= limit && (index === 0 || value > (numbers[index - 1] as number)));
