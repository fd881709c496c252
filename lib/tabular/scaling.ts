import type { Pieces } from '../event-loop';
import { orderOf } from '../metrics/ordering';

/*
 * Robust scaling and smooth clipping, as RealMLP has it (Holzmüller, Grinsztajn & Steinwart 2024): (x - median) / interquartile range, and
 * then a curve that stays between -3 and 3.
 */

/** The number that is subtracted from a column's values, and the one that they are then multiplied with. */
export type Scaling = readonly [center: number, factor: number];

/** Values stay within this distance from 0. */
export const limit = 3;
/** From here on the curve is at its limit, in double precision too. */
export const far = 1e9;
/** Keeps a quotient finite, as in the reference. */
const tiny = 1e-30;

/** A value as the network gets it. */
export function scaled(value: number, scaling: Scaling): number {
  // Destructuring takes an iterator until this code is optimized.
  const factor = scaling[1];
  if (factor === 0) return 0;
  const distance = (value - scaling[0]) * factor;
  if (distance >= far) return limit;
  if (distance <= -far) return -limit;
  return distance / Math.sqrt(1 + (distance / limit) * (distance / limit));
}

/** The scaling of `count` values, of which `at` has the one with each index in ascending order. */
export function scalingOf(at: (index: number) => number, count: number): Scaling {
  const center = quantile(at, count, 0.5);
  const width = quantile(at, count, 0.75) - quantile(at, count, 0.25);
  const range = at(count - 1) - at(0);
  const factor = width !== 0 ? 1 / (width + tiny) : range === 0 ? 0 : 2 / range;
  return [center, Number.isFinite(factor) ? factor : 0];
}

/** Up to this many numbers are sorted at once, in a few milliseconds. */
const mostAtOnce = 2 ** 16;

/** Gives the number with each index in ascending order; none of them is NaN. */
export function* sorting(values: Float64Array): Pieces<(index: number) => number> {
  if (values.length <= mostAtOnce) {
    const sorted = values.slice().sort();
    return (index) => sorted[index] as number;
  }
  const order = yield* orderOf(values);
  return (index) => values[order[index] as number] as number;
}

/** The scaling of numbers, none of which is NaN. */
export function* scalingOfValues(values: Float64Array): Pieces<Scaling> {
  return scalingOf(yield* sorting(values), values.length);
}

/** The scaling of a few different values, in ascending order, each of which occurs `counts` times. */
export function scalingOfCounts(values: readonly number[], counts: readonly number[]): Scaling {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const at = (index: number): number => {
    let end = 0;
    for (const [place, count] of counts.entries()) {
      end += count;
      if (index < end) return values[place] as number;
    }
    return values.at(-1) as number;
  };
  return scalingOf(at, total);
}

/** Interpolates linearly, as NumPy's default does. */
function quantile(at: (index: number) => number, count: number, share: number): number {
  const place = share * (count - 1);
  const below = Math.floor(place);
  const low = at(below);
  const rest = place - below;
  return rest === 0 ? low : low + (at(below + 1) - low) * rest;
}
