import type { Pieces } from '../event-loop';
import { type Coder, type FeatureState, type Fitted, nothingIn, visiting } from './features';
import { positioned, type Quantiles, quantilesOf } from './position';
import { type Scaling, scalingOf, scalingOfCounts, sorting } from './scaling';

/** A column of numbers: the position among the numbers to train on, twice, and a mark where any was missing. */
export interface NumberState extends FeatureState {
  readonly type: 'number';
  /** Takes the place of missing numbers. */
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Absent where all numbers are equal, and in files of models that were trained without positions. */
  readonly quantiles?: Quantiles;
}

/** Facts about numbers before they are scaled. Infinite ones are left out. */
export interface Range {
  missing: number;
  mean: number;
  min: number;
  max: number;
  /** How many numbers there were. */
  finite: number;
}

export function* measuringRange(values: ArrayLike<number>, rows: ArrayLike<number>): Pieces<Range> {
  const range = { missing: 0, mean: 0, min: Infinity, max: -Infinity, finite: 0 };
  yield* visiting(rows, (row) => {
    const value = values[row] as number;
    if (Number.isNaN(value)) range.missing++;
    if (!Number.isFinite(value)) return;
    range.finite++;
    // A running mean: the sum of large numbers could overflow.
    range.mean += (value - range.mean) / range.finite;
    if (value < range.min) range.min = value;
    if (value > range.max) range.max = value;
  });
  return range;
}

/** The scaling of the mark for missing values. */
export const markScaling = (missing: number, rows: number): Scaling => scalingOfCounts([-1, 1], [rows - missing, missing]);

/** Fits a feature to the values in `rows`. */
export function* fittingNumber(name: string, values: ArrayLike<number>, rows: ArrayLike<number>): Pieces<Fitted<NumberState>> {
  const { missing, mean, min, max, finite } = yield* measuringRange(values, rows);
  if (finite === 0) return { dropped: nothingIn.missing };
  if (min === max && missing === 0) return { dropped: nothingIn.constant };
  const known = new Float64Array(rows.length);
  yield* visiting(rows, (row, index) => {
    known[index] = finiteOr(values[row] as number, mean, min, max);
  });
  const at = yield* sorting(known);
  const scaling = scalingOf(at, known.length);
  const quantiles = quantilesOf(at, known.length, scaling);
  const scalings = missing === 0 ? [scaling] : [scaling, markScaling(missing, rows.length)];
  return { type: 'number', name, missing, mean, min, max, scalings, ...(quantiles && { quantiles }) };
}

export function numberCoder({ mean, min, max, missing, quantiles }: NumberState): Coder {
  return {
    ...(quantiles && { position: (value) => positioned(value, quantiles) }),
    write(value, to) {
      to[0] = finiteOr(value, mean, min, max);
      if (missing > 0) to[1] = Number.isNaN(value) ? 1 : -1;
    },
  };
}

function finiteOr(value: number, mean: number, min: number, max: number): number {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? mean : value > 0 ? max : min;
}
