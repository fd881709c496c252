import { ChainruleError } from '../errors';
import type { FloatArray } from '../native';
import { checkNetwork, type DenseSpec, type NetworkSpec, type Precision } from '../options';

/** A dense layer's values: `weights` is `[in, out]`, row by row; `bias` is `[out]`. */
export interface LayerParameters {
  weights: FloatArray;
  bias: FloatArray;
}

/** Everything that a saved model holds. */
export interface ModelState {
  spec: NetworkSpec;
  /** One entry for each dense layer, in order, in the element type of `spec.precision`. */
  parameters: LayerParameters[];
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

/** Zeros in the element type of a precision. */
export function floats(precision: Precision, length: number): FloatArray {
  return precision === 'f64' ? new Float64Array(length) : new Float32Array(length);
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

/** Refuses NaN and infinities. `tensor` is what the values are called in `name`; `columns` is their width. */
export function checkValues(values: FloatArray, columns: number, tensor: string, name: string): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  const place = `[${Math.floor(index / columns)}, ${index % columns}]`;
  throw badModel(name, `has ${values[index]} in ${tensor} at ${place}, where a finite number is needed`);
}
