import { hotColumn } from '../data/labels';
import type { SampleShape } from '../data/samples';
import { wrongValue } from '../errors';
import type { Pieces } from '../event-loop';
import type { FloatArray, NativeSamples } from '../native';
import { isOfClasses } from '../options';
import type { ValidationSplit } from '../options/fit';
import { permuting, streams } from './permutation';
import { taking } from './strata';

/** Samples in two parts, which name their rows: nothing is copied. */
export interface SplitSamples {
  training: NativeSamples;
  validation: NativeSamples;
}

/** How the targets of samples are to be read. */
type Targets = Pick<SampleShape, 'loss' | 'targetSize'>;

/** Splits samples for `fit`: at random by the seed and stratified by their labels, or the last ones. */
export function* splitting(samples: NativeSamples, split: ValidationSplit, seed: number, targets: Targets): Pieces<SplitSamples> {
  const { rows } = samples;
  const [share, name] = typeof split === 'number' ? [split, 'validationSplit'] : [split.last, 'validationSplit.last'];
  const taken = Math.floor(rows * share);
  if (taken === 0) throw wrongValue(name, `large enough to leave a row for validation (of ${rows})`, share);
  if (typeof split !== 'number') return { training: slice(samples, 0, rows - taken), validation: slice(samples, rows - taken, rows) };
  const order = yield* permuting(rows, seed, streams.split);
  const { train, test } = yield* taking(order, taken, yield* labelling(samples, targets));
  return partsOf(samples, rowsOf(samples, train), rowsOf(samples, test));
}

/** Rows of the samples as rows of x and y. */
const rowsOf = ({ index }: NativeSamples, rows: Uint32Array): Uint32Array =>
  index === undefined ? rows : rows.map((row) => index[row] as number);

function partsOf(samples: NativeSamples, train: Uint32Array, test: Uint32Array): SplitSamples {
  const part = (index: Uint32Array): NativeSamples => ({ ...samples, rows: index.length, index });
  return { training: part(train), validation: part(test) };
}

/** Samples in their order: views of the same memory. */
function slice(samples: NativeSamples, from: number, to: number): NativeSamples {
  const { x, y, weights, rows, index } = samples;
  if (index !== undefined) return { ...samples, rows: to - from, index: index.subarray(from, to) };
  const part = <T extends FloatArray | Int32Array>(array: T): T => {
    const width = array.length / rows;
    return array.subarray(from * width, to * width) as T;
  };
  return { x: part(x), y: part(y), rows: to - from, ...(weights && { weights: part(weights) }) };
}

const rowsAtOnce = 2 ** 12;

/** A hinge's sides may be -1 and 1. */
const classOf = (target: number): number => (target === -1 ? 0 : target);

/**
 * The class of each sample: class indices, one-hot rows, or a column of 0 and 1 where the loss is of two classes; undefined for other targets.
 */
export function* labelling({ y, rows, index }: NativeSamples, { loss, targetSize }: Targets): Pieces<Int32Array | undefined> {
  const areLabels = y instanceof Int32Array;
  if (!areLabels && targetSize === 1 && !isOfClasses(loss)) return undefined;
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const from = index === undefined ? row : (index[row] as number);
    const label = areLabels || targetSize === 1 ? classOf(y[from] as number) : hotColumn(y, from * targetSize, targetSize);
    if (!areLabels && targetSize === 1 && label !== 0 && label !== 1) return undefined;
    if (Number.isNaN(label)) return undefined;
    labels[row] = label;
    if (row % rowsAtOnce === 0) yield;
  }
  return labels;
}
