import { encodeModel } from '../../../lib/formats/onnx/encode';
import {
  attributeTypes,
  elementTypes,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from '../../../lib/formats/onnx/schema';

// ONNX files by hand, for the tests.

export const float = (name: string, dims: number[], values: readonly number[]): OnnxTensor => ({
  ...{ name, dims, type: elementTypes.float, raw: new Uint8Array(Float32Array.from(values).buffer) },
});

/** A whole number as an attribute. */
export const attribute = (name: string, int: number): OnnxAttribute => ({ name, int, type: attributeTypes.int });

export const ints = (name: string, values: number[]): OnnxTensor => ({
  name,
  dims: [values.length],
  type: elementTypes.int64,
  longs: values,
});

export const node = (operator: string, inputs: string[], output: string, rest: Partial<OnnxNode> = {}): OnnxNode => ({
  ...{ operator, name: `/${output}`, inputs, outputs: [output] },
  ...rest,
});

export const value = (name: string, size: number) => ({
  name,
  type: { tensor: { type: elementTypes.float, shape: { dims: [{ name: 'n' }, { size }] } } },
});

/** A model of the input `x`, two columns wide, and the output `y`, with weights `w` of [2, 2] and a bias `b`. */
export function model(nodes: OnnxNode[], initializers: OnnxTensor[] = [], graph: OnnxGraph = {}, rest: OnnxModel = {}): Uint8Array {
  const weights = [float('w', [2, 2], [1, 2, 3, 4]), float('b', [2], [0.5, -0.5])];
  const all = [...weights.filter(({ name }) => !initializers.some((other) => other.name === name)), ...initializers];
  return encodeModel({
    ...{ irVersion: 8, opsets: [{ version: 17 }] },
    graph: { nodes, initializers: all, inputs: [value('x', 2)], outputs: [value('y', 2)], ...graph },
    ...rest,
  });
}

/** The nodes of one dense layer, from `x` to `output`. */
export const layer = (output = 'y'): OnnxNode => node('Gemm', ['x', 'w', 'b'], output);
