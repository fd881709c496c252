import { wrongValue } from '../../errors';
import { atOnce } from '../../event-loop';
import { type CheckedOnnx, inputSizeOf, labelOutput, type NetworkSpec, propertyOf, type TensorPlace, tensorsOf } from '../../options';
import { type ModelState, refusingNotFinite } from '../state';
import { encodeModel } from './encode';
import { GraphWriter } from './graph-writer';
import { elementTypes, type OnnxEntry, type OnnxGraph, type OnnxModel, type OnnxValue } from './schema';
import { writeLabels } from './write-labels';
import { type WriteNamed, writeNetwork } from './write-network';

/** The property of a file's metadata that holds what the graph does not. */
export const restorableKey = 'chainrule';

/** The part of a network that a graph of operators does not hold, as JSON. */
export interface Restorable {
  version: 1;
  spec: NetworkSpec;
  metadata: ModelState['metadata'];
  /** Tensors that compute nothing, by their names. */
  tensors: Record<string, number[]>;
}

/** A model as an ONNX file. */
export function writeOnnx(state: ModelState, options: CheckedOnnx): Uint8Array {
  atOnce(refusingNotFinite(state));
  const { spec, metadata, parameters } = state;
  const { graph, left } = writeGraph(spec, options, (tensor) =>
    single(parameters.subarray(tensor.offset, tensor.offset + tensor.length), tensor),
  );
  const entries: OnnxEntry[] = Object.entries(metadata)
    .filter(([key]) => key !== restorableKey)
    .map(([key, value]) => ({ key, value }));
  if (options.restorable) {
    const tensors = Object.fromEntries(left.map(({ name, offset, length }) => [name, [...parameters.subarray(offset, offset + length)]]));
    const restorable: Restorable = { version: 1, spec, metadata, tensors };
    entries.push({ key: restorableKey, value: JSON.stringify(restorable) });
  }
  const model: OnnxModel = {
    irVersion: 8,
    producerName: 'chainrule',
    graph,
    opsets: [{ domain: '', version: options.opset }],
    ...(entries.length > 0 && { metadata: entries }),
  };
  return encodeModel(model);
}

/** The graph of a network whose tensors have some values, and the tensors that it does not need. */
export function writeGraph(
  spec: NetworkSpec,
  options: CheckedOnnx,
  valuesOf: (tensor: TensorPlace) => Float32Array,
): { graph: OnnxGraph; left: TensorPlace[] } {
  const { inputName, outputName, opset, labels } = options;
  const graph = new GraphWriter(opset, [inputName, outputName, labelOutput]);
  const tensors = new Map(Array.from(tensorsOf(spec), (tensor) => [tensor.name, tensor]));
  const left = new Map(tensors);
  const write: WriteNamed = (name, { dims, zeros } = {}) => {
    const tensor = tensors.get(name) as TensorPlace;
    left.delete(name);
    const values = valuesOf(tensor);
    return graph.tensor(name, dims ?? tensor.shape, zeros === undefined ? values : values.map((value) => value || zeros));
  };
  const columns = writeNetwork(inputName, graph, spec, write);
  graph.renameLast(outputName);

  const outputs = [described(outputName, elementTypes.float, [columns])];
  if (labels && spec.classNames !== undefined) {
    writeLabels(graph, outputName, spec);
    outputs.push(described(labelOutput, elementTypes.text, []));
  }
  const inputs = [described(inputName, elementTypes.float, [inputSizeOf(spec)])];
  return { graph: graph.graph('network', inputs, outputs), left: [...left.values()] };
}

/** A value of any number of rows. */
function described(name: string, type: number, columns: readonly number[]): OnnxValue {
  return { name, type: { tensor: { type, shape: { dims: [{ name: 'rows' }, ...columns.map((size) => ({ size }))] } } } };
}

/** The values in single precision. */
function single(values: Float32Array | Float64Array, tensor: TensorPlace): Float32Array {
  if (values instanceof Float32Array) return values;
  const rounded = Float32Array.from(values);
  const index = rounded.findIndex((value) => !Number.isFinite(value));
  if (index >= 0)
    throw wrongValue(propertyOf(tensor), 'of numbers that single precision has, which ONNX files are written in', values[index]);
  return rounded;
}
