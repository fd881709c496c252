import type { Pieces } from '../event-loop';
import type { NativeSamples } from '../native';
import { type Activation, activations, comparesNumbers, isEncoded, type LossType, type NetworkSpec, rowOf } from '../options';
import { list, short } from './words';

/*
 * Inputs and targets that learn badly, by a sample of the rows: the search takes no longer for large data.
 */

/** The most rows and values that are looked at, and the fewest rows that tell anything: milliseconds at most. */
const mostRows = 4096;
const mostValues = 2 ** 19;
const fewestRows = 10;

/** Rows that are looked at between two looks at the clock. */
const rowsAtOnce = 2 ** 8;

/** The extreme values of each column, its mean and its deviation, over rows from first to last. */
interface Columns {
  rows: number;
  least: Float64Array;
  most: Float64Array;
  mean: Float64Array;
  deviation: Float64Array;
}

/** Measures the columns of inputs or targets. */
export function* measuringColumns({ rows, index, ...samples }: NativeSamples, of: 'x' | 'y', columns: number): Pieces<Columns> {
  const { [of]: data } = samples;
  const seen = Math.max(1, Math.min(rows, mostRows, Math.floor(mostValues / columns)));
  const [least, most] = [new Float64Array(columns).fill(Infinity), new Float64Array(columns).fill(-Infinity)];
  const [mean, deviation] = [new Float64Array(columns), new Float64Array(columns)];
  for (let i = 0; i < seen; i++) {
    const place = Math.floor((i * rows) / seen);
    addRow(data, (index?.[place] ?? place) * columns, i + 1, { least, most, mean, deviation });
    if (i % rowsAtOnce === 0) yield;
  }
  for (let column = 0; column < columns; column++) deviation[column] = Math.sqrt((deviation[column] as number) / seen);
  return { rows: seen, least, most, mean, deviation };
}

/** Welford's sums: `deviation` holds squares here. */
function addRow(data: ArrayLike<number>, begin: number, count: number, { least, most, mean, deviation }: Omit<Columns, 'rows'>): void {
  for (let column = 0; column < mean.length; column++) {
    const value = data[begin + column] as number;
    if (value < (least[column] as number)) least[column] = value;
    if (value > (most[column] as number)) most[column] = value;
    const difference = value - (mean[column] as number);
    const moved = (mean[column] as number) + difference / count;
    mean[column] = moved;
    deviation[column] = (deviation[column] as number) + difference * (value - moved);
  }
}

/** Columns further apart than this learn at rates that no learning rate fits. */
const farApart = 1e3;

/** Columns on scales that are far apart, in words. */
export function scaleTrap({ rows, least, most }: Columns, spec: NetworkSpec): string | undefined {
  const first = spec.layers[0];
  if (rows < fewestRows || isEncoded(spec) || (first !== undefined && rowOf(first).levels)) return undefined;
  let [small, large] = [-1, -1];
  const scale = (column: number): number => Math.max(Math.abs(least[column] as number), Math.abs(most[column] as number));
  for (let column = 0; column < least.length; column++) {
    if (least[column] === most[column]) continue;
    if (small < 0 || scale(column) < scale(small)) small = column;
    if (large < 0 || scale(column) > scale(large)) large = column;
  }
  if (small < 0 || scale(large) <= farApart * scale(small)) return undefined;
  return (
    `the columns of x are on scales that are far apart: values of column ${large} are up to ${short(scale(large))}, those of column ` +
    `${small} up to ${short(scale(small))}, so that small ones hardly count. Put normalize() first in layers, or scale x`
  );
}

/** With more columns than this, as images have, constant ones are usual. */
const mostNamedColumns = 100;

/** Columns with the same value everywhere, in words. */
export function constantTrap({ rows, least, most }: Columns): string | undefined {
  if (rows < fewestRows || least.length > mostNamedColumns) return undefined;
  const constant = [...least.keys()].filter((column) => least[column] === most[column]);
  if (constant.length === 0) return undefined;
  const [which, has] =
    constant.length === 1 ? [`column ${constant[0]} of x has`, 'it says'] : [`columns ${list(constant)} of x have`, 'they say'];
  return `${which} the same value in all ${rows} rows that were looked at: ${has} nothing about a row. Leave such columns out, or correct the data`;
}

/** Beyond this, the first steps are spent on the mean of the targets. */
const largeTarget = 100;

/** Targets of a regression that are far from what a new network gives, in words. */
export function targetTrap({ rows, mean, deviation }: Columns, loss: LossType, activation: Activation): string | undefined {
  const { range = [-Infinity, Infinity] } = activations[activation];
  if (rows < fewestRows || !comparesNumbers(loss) || range[1] !== Infinity) return undefined;
  const column = mean.findIndex((value, index) => Math.max(Math.abs(value), deviation[index] as number) > largeTarget);
  if (column < 0) return undefined;
  const name = mean.length === 1 ? 'y' : `column ${column} of y`;
  return (
    `${name} has a mean of ${short(mean[column] as number)} and a standard deviation of ${short(deviation[column] as number)}, where a new ` +
    'network gives values of about 0: most steps are spent on the way there. Train on (y - mean) / deviation, and turn predictions back'
  );
}
