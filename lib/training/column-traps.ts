import { part } from '../data/column-statistics';
import { isLarge, plainIntake } from '../data/intake';
import type { FloatArray, NativeIntake, NativeSamples } from '../native';
import { type Activation, activations, comparesNumbers, isEncoded, type LossType, type NetworkSpec, rowOf } from '../options';
import { list, short } from './words';

/** Fewer rows tell nothing. */
const fewestRows = 10;

/** The extreme values of each column; of targets also its mean and its deviation. */
interface Columns {
  rows: number;
  least: Float64Array;
  most: Float64Array;
  mean: Float64Array;
  deviation: Float64Array;
}

/** Measures the columns of inputs or targets over all rows. */
export async function measureColumns(
  { rows, index, ...samples }: NativeSamples,
  of: 'x' | 'y',
  columns: number,
  intake: NativeIntake = plainIntake,
): Promise<Columns> {
  const { measure } = isLarge(rows * columns) ? intake : plainIntake;
  const statistics = await measure(samples[of] as FloatArray, columns, rows, index, of === 'y');
  const [least, most, mean, deviation] = [0, 1, 2, 3].map((place) => part(statistics, place, columns)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return { rows, least, most, mean, deviation };
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
  return `${which} the same value in all ${rows} rows: ${has} nothing about a row. Leave such columns out, or correct the data`;
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
