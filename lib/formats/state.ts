import { askingFor, ChainruleError, describe, wrongValue } from '../errors';
import type { Pieces } from '../event-loop';
import type { FloatArray } from '../native';
import {
  checkNetwork,
  indicesOf,
  type Metadata,
  type NetworkSpec,
  type Precision,
  propertyOf,
  type TensorPlace,
  tensorsOf,
} from '../options';

/** Everything that a saved model holds. */
export interface ModelState {
  spec: NetworkSpec;
  /** The user's texts. */
  metadata: Metadata;
  /** The elements of all tensors, in the order of the list of tensors, in the element type of `spec.precision`. */
  parameters: FloatArray;
}

/**
 * Zeros in the element type of a precision. `'shared'`: in memory that another thread may read in place, where there is such memory.
 */
export function floats(precision: Precision, length: number, memory: 'own' | 'shared' = 'own'): FloatArray {
  const bytes = length * (precision === 'f64' ? 8 : 4);
  const shared = memory === 'shared' && typeof SharedArrayBuffer !== 'undefined';
  const buffer = askingFor(bytes, () => (shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)));
  return precision === 'f64' ? new Float64Array(buffer) : new Float32Array(buffer);
}

/** The error for a file or document called `name` that is not a model of ours, or no longer. */
export function badModel(name: string, problem: string, cause?: unknown): ChainruleError {
  return new ChainruleError('ERR_CHAINRULE_FORMAT', `${name} ${problem}`, cause === undefined ? undefined : { cause });
}

/** The error for a version of a format that is not read. */
export function wrongVersion(name: string, version: unknown, read: number): ChainruleError {
  const why = version === 1 || version === '1' ? ', which was never released: it numbered dense layers alone' : '';
  return badModel(name, `has the format version ${describe(version)}${why}; this version of Chainrule reads ${read}`);
}

/** A specification from a file: held to the same rules as the constructor's options. */
export function readSpec(value: unknown, name: string): NetworkSpec {
  try {
    return checkNetwork(value, 'spec');
  } catch (error) {
    throw badModel(name, `describes no valid network: ${(error as Error).message}`, error);
  }
}

/** Refuses NaN and infinities, and values below the least of their tensor, in a file called `name`. */
export function* checkingParameters(parameters: FloatArray, spec: NetworkSpec, name: string): Pieces<void> {
  const index = yield* findingNotFinite(parameters);
  if (index < 0) return checkLeast(parameters, spec, name);
  const { tensor, indices } = elementAt(index, spec);
  throw notFinite(parameters[index], tensor.name, indices, name);
}

/** Refuses values below the least that their tensor may have. */
export function checkLeast(parameters: FloatArray, spec: NetworkSpec, name: string): void {
  for (const { name: tensor, min, offset, length, shape } of tensorsOf(spec)) {
    for (let i = 0; min !== undefined && i < length; i++) {
      const value = parameters[offset + i] as number;
      if (value < min)
        throw badModel(name, `has ${value} in ${tensor} at [${indicesOf(i, shape).join(', ')}], where at least ${min} is needed`);
    }
  }
}

/** The error for a value in a file or document that is not finite. */
export function notFinite(value: unknown, tensor: string, indices: readonly number[], name: string): ChainruleError {
  return badModel(name, `has ${value} in ${tensor} at [${indices.join(', ')}], where a finite number is needed`);
}

/** The number of values that are checked at a time: a tenth of a millisecond. */
const pieceLength = 2 ** 16;

/** The index of the first value that is NaN or infinite, or -1. */
export function* findingNotFinite(values: FloatArray): Pieces<number> {
  for (let begin = 0; begin < values.length; begin += pieceLength) {
    const index = firstNotFinite(values, begin, Math.min(begin + pieceLength, values.length));
    if (index >= 0) return index;
    yield;
  }
  return -1;
}

/** A finite number times 0 is 0, anything else is NaN, and NaN stays in a sum. */
function firstNotFinite(values: FloatArray, begin: number, end: number): number {
  let sum = 0;
  for (let i = begin; i < end; i++) sum += (values[i] as number) * 0;
  if (sum === 0) return -1;
  let index = begin;
  while (Number.isFinite(values[index])) index++;
  return index;
}

/** The tensor that a value of `ModelState.parameters` belongs to, and where in it the value is. */
export function elementAt(index: number, spec: NetworkSpec): { tensor: TensorPlace; indices: number[] } {
  for (const tensor of tensorsOf(spec)) {
    const within = index - tensor.offset;
    if (within < tensor.length) return { tensor, indices: indicesOf(within, tensor.shape) };
  }
  throw new RangeError(`the network has no parameter ${index}`);
}

/** Refuses to write a value that no reader would take. */
export function* refusingNotFinite({ spec, parameters }: Pick<ModelState, 'spec' | 'parameters'>): Pieces<void> {
  const index = yield* findingNotFinite(parameters);
  if (index < 0) return;
  const { tensor, indices } = elementAt(index, spec);
  const [row, column] = indices;
  const place = indices.length === 2 ? `row ${row}, column ${column}` : `index ${indices.join(', ')}`;
  throw wrongValue(`${propertyOf(tensor)} at ${place}`, 'a finite number to be saved', parameters[index]);
}
