import { givingBack } from '../data/intake';
import { toMatrixAsync } from '../data/matrix';
import { inputs, type SampleShape } from '../data/samples';
import { newArray } from '../data/typed-arrays';
import { wrongOption, wrongValue } from '../errors';
import { inSlices, type Pieces } from '../event-loop';
import type { FloatArray, NativeNetwork } from '../native';
import { type Adapts, type ColumnStatistics, inputSizeOf, type NetworkSpec, rowOf, type TensorPlace, tensorsOf } from '../options';
import type { Signal } from '../options/fit';
import { throwIfAborted } from './abort';

/*
 * Layers that are measured on the training data, not trained. A network has at most one, which is the first and reads `x`.
 */

/** The samples to be measured, in memory that does not change. */
interface Measured {
  x: FloatArray;
  rows: number;
  /** The rows of x to be measured. Default: the first ones. */
  index?: Uint32Array | undefined;
}

const adaptsOf = ({ layers }: NetworkSpec): Adapts | undefined => layers[0] && rowOf(layers[0]).adapts;

/** Whether a layer is to be measured, and has not been yet. */
export function isUnmeasured(network: NativeNetwork, spec: NetworkSpec): boolean {
  const adapts = adaptsOf(spec);
  if (adapts === undefined) return false;
  const count = newArray(spec.precision, 1);
  network.readParameter(tensorOf(spec, adapts.count).index, count);
  return count[0] === 0;
}

function tensorOf(spec: NetworkSpec, key: string): TensorPlace {
  for (const tensor of tensorsOf(spec)) if (tensor.list === 'layers' && tensor.layer === 0 && tensor.key === key) return tensor;
  throw new Error(`layers[0] has no tensor ${key}`);
}

/** Adapts the network to `x`, while its caller alone may change the parameters: `nn.adapt(x)`. */
export async function adaptTo(network: NativeNetwork, spec: NetworkSpec, shape: SampleShape, x: unknown): Promise<void> {
  if (adaptsOf(spec) === undefined) {
    throw wrongOption('the network has no layer that adapts to data; write layers: [normalize(), …] for one that does');
  }
  await givingBack(shape, async (room) => {
    const { data, rows } = await toMatrixAsync(x, 'x', inputs(room, 'shared'));
    await adapt(network, spec, { x: data, rows });
  });
}

/**
 * Measures the samples, and makes the result the network's, whose lease the caller has. The event loop turns meanwhile.
 *
 * @throws RangeError if a deviation is too large for a number, or an `AbortError` if `signal` is aborted: nothing has changed then.
 */
export async function adapt(network: NativeNetwork, spec: NetworkSpec, samples: Measured, signal?: Signal): Promise<void> {
  const statistics = await inSlices(measuring(samples, inputSizeOf(spec), signal));
  const values = adaptsOf(spec)?.values(statistics) ?? {};
  const parameters = await network.readParametersAsync();
  for (const [key, value] of Object.entries(values)) parameters.set(value, tensorOf(spec, key).offset);
  const snapshot = await network.snapshotOf(parameters);
  throwIfAborted(signal);
  network.restore(snapshot);
}

/** The number of values that are added up between two looks at the clock: a tenth of a millisecond. */
const valuesAtOnce = 2 ** 16;

/**
 * Mean and population standard deviation of each column by two passes in double precision. Both are of differences from the first row, so
 * that those of a constant column are exactly 0.
 */
function* measuring({ x, rows, index }: Measured, columns: number, signal: Signal | undefined): Pieces<ColumnStatistics> {
  const first = (index?.[0] ?? 0) * columns;
  const origin = Float64Array.from(x.subarray(first, first + columns));
  const mean = new Float64Array(columns);
  const deviation = new Float64Array(columns);
  const rowsAtOnce = Math.max(1, Math.floor(valuesAtOnce / columns));
  const slices = function* (add: (begin: number, end: number) => void): Pieces<void> {
    for (let row = 0; row < rows; row += rowsAtOnce) {
      throwIfAborted(signal);
      const end = Math.min(rows, row + rowsAtOnce);
      if (index === undefined) add(row * columns, end * columns);
      else for (const chosen of index.subarray(row, end)) add(chosen * columns, (chosen + 1) * columns);
      yield;
    }
  };
  yield* slices((begin, end) => addDifferences(x, begin, end, origin, mean));
  for (let column = 0; column < columns; column++) mean[column] = (mean[column] as number) / rows;
  yield* slices((begin, end) => addSquares(x, begin, end, origin, mean, deviation));
  for (let column = 0; column < columns; column++) {
    deviation[column] = Math.sqrt((deviation[column] as number) / rows);
    mean[column] = (mean[column] as number) + (origin[column] as number);
    if (!Number.isFinite((deviation[column] as number) + (mean[column] as number))) {
      throw wrongValue(`x in column ${column}`, 'small enough for a finite standard deviation', deviation[column]);
    }
  }
  return { rows, mean, deviation };
}

function addDifferences(x: FloatArray, begin: number, end: number, origin: Float64Array, sums: Float64Array): void {
  const columns = origin.length;
  for (let row = begin; row < end; row += columns) {
    for (let column = 0; column < columns; column++) {
      sums[column] = (sums[column] as number) + ((x[row + column] as number) - (origin[column] as number));
    }
  }
}

/** `mean` is that of the differences from `origin`. */
function addSquares(x: FloatArray, begin: number, end: number, origin: Float64Array, mean: Float64Array, sums: Float64Array): void {
  const columns = origin.length;
  for (let row = begin; row < end; row += columns) {
    for (let column = 0; column < columns; column++) {
      const difference = (x[row + column] as number) - (origin[column] as number) - (mean[column] as number);
      sums[column] = (sums[column] as number) + difference * difference;
    }
  }
}
