import type { Pieces } from '../event-loop';
import { type Coder, type FeatureState, type Fitted, nothingIn, visiting } from './features';
import { markScaling, measuringRange } from './number-feature';
import { type Scaling, scalingOfValues } from './scaling';

/** The parts of a date that can tell rows apart. */
export const dateParts = ['time', 'year', 'month', 'day', 'weekday', 'hour'] as const;
export type DatePart = (typeof dateParts)[number];

/** A column of dates: those of its parts that differ between rows, in UTC, and a mark where any was missing. */
export interface DateState extends FeatureState {
  readonly type: 'date';
  readonly parts: readonly DatePart[];
  /** Take the place of the parts of missing dates. */
  readonly means: readonly number[];
  /** Milliseconds since 1970. */
  readonly min: number;
  readonly max: number;
}

export const millisecondsPerDay = 86_400_000;

const partOf: Readonly<Record<DatePart, (date: Date) => number>> = {
  time: (date) => date.getTime() / millisecondsPerDay,
  year: (date) => date.getUTCFullYear(),
  month: (date) => date.getUTCMonth() + 1,
  day: (date) => date.getUTCDate(),
  weekday: (date) => date.getUTCDay(),
  hour: (date) => date.getUTCHours(),
};

/** Fits a feature to the values in `rows`. */
export function* fittingDate(name: string, values: ArrayLike<number>, rows: ArrayLike<number>): Pieces<Fitted<DateState>> {
  const { missing, min, max, finite } = yield* measuringRange(values, rows);
  if (finite === 0) return { dropped: nothingIn.missing };
  if (min === max && missing === 0) return { dropped: nothingIn.constant };
  const parts: DatePart[] = [];
  const means: number[] = [];
  const scalings: Scaling[] = [];
  for (const part of dateParts) {
    const numbers = new Float64Array(rows.length);
    yield* visiting(rows, (row, index) => {
      const value = values[row] as number;
      numbers[index] = Number.isNaN(value) ? Number.NaN : partOf[part](new Date(value));
    });
    const places = Uint32Array.from(numbers, (_, index) => index);
    const range = yield* measuringRange(numbers, places);
    if (range.min === range.max) continue;
    for (const [index, number] of numbers.entries()) if (Number.isNaN(number)) numbers[index] = range.mean;
    parts.push(part);
    means.push(range.mean);
    scalings.push(yield* scalingOfValues(numbers));
  }
  if (missing > 0) scalings.push(markScaling(missing, rows.length));
  return { type: 'date', name, missing, min, max, parts, means, scalings };
}

export function dateCoder({ parts, means, missing }: DateState): Coder {
  return {
    write(value, to) {
      const isMissing = Number.isNaN(value);
      const date = new Date(value);
      for (const [index, part] of parts.entries()) to[index] = isMissing ? (means[index] as number) : partOf[part](date);
      if (missing > 0) to[parts.length] = isMissing ? 1 : -1;
    },
  };
}
