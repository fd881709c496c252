import { wrongValue } from '../../errors';
import { type NetworkSpec, propertyOf, type TensorPlace, tensorsOf } from '../../options';
import type { GraphWriter } from './graph-writer';
import type { WriteNamed } from './write-network';

/** Writes the tensors of a network as they are asked for; `left` are those that were not. */
export function tensorWriter(
  graph: GraphWriter,
  spec: NetworkSpec,
  valuesOf: (tensor: TensorPlace) => Float32Array,
): { write: WriteNamed; left: ReadonlyMap<string, TensorPlace> } {
  const tensors = new Map(Array.from(tensorsOf(spec), (tensor) => [tensor.name, tensor]));
  const left = new Map(tensors);
  const write: WriteNamed = (name, { dims, zeros } = {}) => {
    const tensor = tensors.get(name) as TensorPlace;
    left.delete(name);
    const values = valuesOf(tensor);
    return graph.tensor(name, dims ?? tensor.shape, zeros === undefined ? values : values.map((value) => value || zeros));
  };
  return { write, left };
}

/** The values of a tensor in single precision. */
export function single(values: Float32Array | Float64Array, tensor: TensorPlace): Float32Array {
  if (values instanceof Float32Array) return values;
  const rounded = Float32Array.from(values);
  const index = rounded.findIndex((value) => !Number.isFinite(value));
  if (index >= 0)
    throw wrongValue(propertyOf(tensor), 'of numbers that single precision has, which ONNX files are written in', values[index]);
  return rounded;
}
