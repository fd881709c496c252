import type { SampleShape } from '../data/samples';
import { allocate } from '../data/typed-arrays';
import type { Pieces } from '../event-loop';
import type { FloatArray, NativeNetwork, NativeSamples } from '../native';
import { type Activation, activations, comparesNumbers } from '../options';

/** Targets that are looked at between two looks at the clock. */
const valuesAtOnce = 2 ** 16;

/** Rows that an index names, between two such looks. */
const rowsBetween = 2 ** 10;

/** Finds the targets that the last activation cannot reach, in words; undefined if it reaches all. */
export function* findingUnreachable(
  { y, rows, index }: NativeSamples,
  { loss, outputSize }: Pick<SampleShape, 'loss' | 'outputSize'>,
  activation: Activation,
): Pieces<string | undefined> {
  const { range } = activations[activation];
  if (range === undefined || !comparesNumbers(loss)) return undefined;
  const [min, max] = range;
  const rowsAtOnce = index === undefined ? Math.ceil(valuesAtOnce / outputSize) : 1;
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const begin = (index === undefined ? row : (index[row] as number)) * outputSize;
    const found = firstOutside(y, begin, begin + Math.min(rows - row, rowsAtOnce) * outputSize, range);
    if (found !== undefined) {
      const reaches = max === Infinity ? `reaches nothing below ${min}` : `reaches values from ${min} to ${max} only`;
      return `y has targets like ${found}, but the last activation "${activation}" ${reaches}: use "linear", or scale y`;
    }
    if (index === undefined || row % rowsBetween === 0) yield;
  }
  return undefined;
}

function firstOutside(y: NativeSamples['y'], begin: number, end: number, [min, max]: readonly [number, number]): number | undefined {
  for (let i = begin; i < end; i++) {
    const value = y[i] as number;
    if (!(value >= min && value <= max)) return value;
  }
  return undefined;
}

/** Rows and values that are looked at: enough to find an output that is 0 for all, few enough to be predicted at once. */
const mostRows = 1024;
const mostValues = 2 ** 18;

/** Rows of the training data, from first to last, in memory of our own. */
export function sampleOf(
  samples: NativeSamples,
  { inputSize, targetSize, precision }: SampleShape,
  most: number = mostRows,
): NativeSamples {
  const rows = Math.max(1, Math.min(samples.rows, most, Math.floor(mostValues / (inputSize + targetSize))));
  const copy = (from: NativeSamples['y'], width: number): FloatArray => {
    const to = allocate(precision, rows * width);
    for (let i = 0; i < rows; i++) {
      const chosen = Math.floor((i * samples.rows) / rows);
      const row = samples.index === undefined ? chosen : (samples.index[chosen] as number);
      to.set(from.subarray(row * width, (row + 1) * width), i * width);
    }
    return to;
  };
  return { x: copy(samples.x, inputSize), y: copy(samples.y, samples.y instanceof Int32Array ? 1 : targetSize), rows };
}

/**
 * Whether outputs with relu have died, in words: 0 for each row of a sample, while the targets are not. The gradient of relu is 0 there, so
 * that no further step changes them.
 */
export async function deadOutputs(network: NativeNetwork, sample: NativeSamples, outputs: number): Promise<string | undefined> {
  const predicted = await network.predictAsync(sample.x, sample.rows);
  const isZero = (values: FloatArray | Int32Array, column: number): boolean => {
    for (let i = column; i < values.length; i += outputs) if (values[i] !== 0) return false;
    return true;
  };
  const dead: number[] = [];
  for (let column = 0; column < outputs; column++) {
    if (isZero(predicted, column) && !isZero(sample.y, column)) dead.push(column);
  }
  if (dead.length === 0) return undefined;
  const which = dead.length === outputs ? 'all outputs are' : `of ${outputs} outputs, those of columns ${dead.slice(0, 10).join(', ')} are`;
  return (
    `${which} 0 for every row that was looked at, but their targets are not: the gradient of "relu" is 0 there, so that further training ` +
    'changes nothing. Use a last activation of "linear" (or "softplus" for targets above 0), and a lower learning rate'
  );
}
