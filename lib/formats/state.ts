import { askingFor, ChainruleError, wrongValue } from '../errors';
import type { Pieces } from '../event-loop';
import type { FloatArray } from '../native';
import { checkNetwork, type DenseSpec, type Metadata, type NetworkSpec, type Precision } from '../options';

/** Everything that a saved model holds. */
export interface ModelState {
  spec: NetworkSpec;
  /** The user's texts. */
  metadata: Metadata;
  /** Weights, row by row, and bias of each dense layer in turn, in the element type of `spec.precision`. */
  parameters: FloatArray;
}

/** The size of a dense layer. */
export interface LayerSize {
  inputs: number;
  units: number;
}

/** The sizes of a network's dense layers, in order. */
export function layerSizes(spec: NetworkSpec): LayerSize[] {
  const units = spec.layers.filter((layer): layer is DenseSpec => layer.type === 'dense').map((layer) => layer.units);
  return units.map((count, index) => ({ inputs: units[index - 1] ?? spec.inputSize, units: count }));
}

/** The number of a network's weights and biases. */
export function parameterCount(spec: NetworkSpec): number {
  return layerSizes(spec).reduce((sum, { inputs, units }) => sum + (inputs + 1) * units, 0);
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

/** A specification from a file: held to the same rules as the constructor's options. */
export function readSpec(value: unknown, name: string): NetworkSpec {
  try {
    return checkNetwork(value, 'spec');
  } catch (error) {
    throw badModel(name, `describes no valid network: ${(error as Error).message}`, error);
  }
}

/** Refuses NaN and infinities in a file called `name`. */
export function* checkingParameters(parameters: FloatArray, spec: NetworkSpec, name: string): Pieces<void> {
  const index = yield* findingNotFinite(parameters);
  if (index < 0) return;
  const { dense, kind, row, column } = placeOf(index, spec);
  throw notFinite(parameters[index], `layers.${dense}.${kind}`, [row, column], name);
}

/** The error for a value in a file or document that is not finite. */
export function notFinite(value: unknown, tensor: string, [row, column]: [row: number, column: number], name: string): ChainruleError {
  return badModel(name, `has ${value} in ${tensor} at [${row}, ${column}], where a finite number is needed`);
}

/** So many values are looked at a time: a tenth of a millisecond. */
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

/** Where a value of `ModelState.parameters` belongs. */
export interface ParameterPlace {
  /** Index of its layer among the dense ones. */
  dense: number;
  kind: 'weights' | 'bias';
  /** A bias is one row. */
  row: number;
  column: number;
}

/** Where the value with this index belongs. */
export function placeOf(index: number, spec: NetworkSpec): ParameterPlace {
  let first = 0;
  for (const [dense, { inputs, units }] of layerSizes(spec).entries()) {
    const within = index - first;
    first += (inputs + 1) * units;
    if (index >= first) continue;
    const row = Math.floor(within / units);
    const column = within % units;
    return row < inputs ? { dense, kind: 'weights', row, column } : { dense, kind: 'bias', row: 0, column };
  }
  throw new RangeError(`the network has no parameter ${index}`);
}

/** Refuses to write a value that no reader would take. */
export function* refusingNotFinite({ spec, parameters }: Pick<ModelState, 'spec' | 'parameters'>): Pieces<void> {
  const index = yield* findingNotFinite(parameters);
  if (index < 0) return;
  const { dense, kind, row, column } = placeOf(index, spec);
  const layer = [...spec.layers.keys()].filter((candidate) => spec.layers[candidate]?.type === 'dense')[dense];
  const place = kind === 'weights' ? `row ${row}, column ${column}` : `index ${column}`;
  throw wrongValue(`layers[${layer}].${kind} at ${place}`, 'a finite number to be saved', parameters[index]);
}
