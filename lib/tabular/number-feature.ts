import type { Pieces } from '../event-loop';
import { type Coder, type FeatureState, type Fitted, nothingIn, visiting } from './features';
import { type Scaling, scalingOfCounts, scalingOfValues } from './scaling';

/** A column of numbers: the number, and a mark where any was missing. */
export interface NumberState extends FeatureState {
  readonly type: 'number';
  /** Takes the place of missing numbers. */
  readonly mean: number;
  readonly min: number;
  readonly max: number;
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
  const scaling = yield* scalingOfValues(known);
  const scalings = missing === 0 ? [scaling] : [scaling, markScaling(missing, rows.length)];
  return { type: 'number', name, missing, mean, min, max, scalings };
}

export function numberCoder({ mean, min, max, missing }: NumberState): Coder {
  return {
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
