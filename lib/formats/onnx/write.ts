import { wrongValue } from '../../errors';
import { atOnce } from '../../event-loop';
import {
  type CheckedOnnx,
  inputSizeOf,
  inputsOf,
  isEncoded,
  type LayerPlace,
  labelOutput,
  layersOf,
  type NetworkSpec,
  propertyOf,
  type TensorPlace,
  tensorName,
  tensorsOf,
} from '../../options';
import { type ModelState, refusingNotFinite } from '../state';
import { encodeModel } from './encode';
import { GraphWriter, int, ints, type WriteTensor } from './graph-writer';
import { elementTypes, type OnnxEntry, type OnnxGraph, type OnnxModel, type OnnxValue } from './schema';
import { writeInputs } from './write-inputs';
import { writeLabels } from './write-labels';
import { writeLayer } from './write-layers';

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
  const tensorOf =
    (prefix: (name: string) => string): WriteTensor =>
    (key, { dims, zeros } = {}) => {
      const tensor = tensors.get(prefix(key)) as TensorPlace;
      left.delete(tensor.name);
      const values = valuesOf(tensor);
      return graph.tensor(tensor.name, dims ?? tensor.shape, zeros === undefined ? values : values.map((value) => value || zeros));
    };

  let value = inputName;
  if (isEncoded(spec)) value = writeInputs(value, graph, inputsOf(spec), ({ index }) => tensorOf((key) => `inputs.${index}.${key}`));
  const places = Array.from(layersOf(spec));
  const through = (from: string, all: readonly LayerPlace[]): string => {
    let x = from;
    for (const place of all) {
      graph.part = tensorName(place.path, '');
      const inside = (inner: string): string => {
        const output = through(inner, outermost(place.inside));
        graph.part = tensorName(place.path, '');
        return output;
      };
      x = writeLayer(x, { graph, spec: place.spec as never, place, tensor: tensorOf((key) => tensorName(place.path, key)), inside });
    }
    return x;
  };
  const last = (outermost(places).at(-1) as LayerPlace).output;
  value = through(value, outermost(places));
  graph.part = '';
  if (last.ensemble) writeMean(graph, value);
  graph.renameLast(outputName);

  const outputs = [described(outputName, elementTypes.float, [last.columns])];
  if (labels && spec.classNames !== undefined) {
    writeLabels(graph, outputName, spec);
    outputs.push(described(labelOutput, elementTypes.text, []));
  }
  const inputs = [described(inputName, elementTypes.float, [inputSizeOf(spec)])];
  return { graph: graph.graph('network', inputs, outputs), left: [...left.values()] };
}

/** Those that are in no other of the list. */
function outermost(places: readonly LayerPlace[]): LayerPlace[] {
  const depth = places[0]?.depth;
  return places.filter((place) => place.depth === depth);
}

/** The mean of the members' outputs; from version 18 on the axes are an input. */
function writeMean(graph: GraphWriter, value: string): string {
  if (graph.opset < 18) return graph.node('ReduceMean', [value], { axes: ints([0]), keepdims: int(0) });
  return graph.node('ReduceMean', [value, graph.integers([0])], { keepdims: int(0) });
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
