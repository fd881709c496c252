import { broadcast } from './constants';
import { filled, scaled } from './expressions';
import { memberProduct } from './members';
import type { Node } from './node';
import { NotLayered } from './not-layered';
import { type Resolved, resolve } from './resolve';
import { columnAxis } from './shapes';
import { type Constant, constant, type Flow } from './values';

/* Products with weights, and normalizations. */

function productOf(x: Flow, { data, dims }: Constant, transposed: boolean, resolved: Resolved): Flow {
  const [rows, columns] = transposed ? [dims[1], dims[0]] : dims;
  if (dims.length !== 2 || rows === undefined || columns === undefined || columns < 1)
    throw new NotLayered('its weights must be [columns, units]');
  if (x.dims.length !== 1 || x.dims[0] !== rows) throw new NotLayered(`its input must be [rows, ${rows}]`);
  resolved.use(data.length);
  return {
    kind: 'flow',
    dims: [columns],
    expression: { op: 'affine', columns, of: resolve(x.expression, resolved), weights: data, transposed },
  };
}

export function matMul(node: Node, resolved: Resolved): Flow {
  const [x, weights] = [node.flow(0), node.constant(1)];
  return weights.dims.length === 3 ? memberProduct(x, weights, resolved) : productOf(x, weights, false, resolved);
}

export function gemm(node: Node, resolved: Resolved): Flow {
  if (node.int('transA', 0) !== 0) throw new NotLayered('its rows are columns (transA)');
  const z = productOf(node.flow(0), node.constant(1), node.int('transB', 0) !== 0, resolved);
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  const { columns } = z.expression;
  const bias = node.inputs[2] === undefined ? filled(columns, 0) : broadcast(node.constant(2), [columns]);
  const expression = scaled(
    resolve(z.expression, resolved),
    filled(columns, alpha),
    bias.map((value) => value * beta),
  );
  return { kind: 'flow', dims: z.dims, expression };
}

/** The functions that onnxruntime makes a part of Gemm. */
const fused: Readonly<Record<string, (z: number, alpha: number) => number>> = {
  Relu: (z) => Math.max(z, 0),
  Tanh: Math.tanh,
  Sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  LeakyRelu: (z, alpha) => (z < 0 ? alpha * z : z),
};

export function fusedGemm(node: Node, resolved: Resolved): Flow {
  const { dims, expression } = gemm(node, resolved);
  const name = node.text('activation');
  const f = Object.hasOwn(fused, name) ? fused[name] : undefined;
  if (f === undefined) throw new NotLayered(`its activation ${JSON.stringify(name.slice(0, 60))} is not read`);
  const alpha = node.float('activation_alpha', 0.01);
  const compute = (z: number): number => f(z, alpha);
  return {
    kind: 'flow',
    dims,
    expression: { op: 'mapped', operator: name, node: node.description, columns: expression.columns, of: [expression], compute },
  };
}

export function batchNormalization(node: Node, resolved: Resolved): Flow {
  const x = node.flow(0);
  const { columns } = x.expression;
  if (node.int('training_mode', 0) !== 0 || node.int('is_test', 1) === 0) throw new NotLayered('it is in training mode');
  const [channels = 0, ...places] = x.dims;
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) => {
    const { data } = node.constant(index);
    if (data.length !== channels) throw new NotLayered(`its input ${index} must have ${channels} elements`);
    return broadcast(constant(data, [channels, ...places.map(() => 1)]), x.dims);
  }) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const epsilon = shortest(node.float('epsilon', 1e-5));
  return {
    kind: 'flow',
    dims: x.dims,
    expression: { op: 'batchNormalized', columns, of: resolve(x.expression, resolved), epsilon, scale, bias, mean, variance },
  };
}

export function layerNormalization(node: Node, resolved: Resolved): Flow {
  const x = node.flow(0);
  const { columns } = x.expression;
  if (columnAxis(node.int('axis', -1), x) !== 0) throw new NotLayered('it must be over all columns of a row');
  const of = {
    op: 'layerNormalized',
    columns,
    of: resolve(x.expression, resolved),
    epsilon: shortest(node.float('epsilon', 1e-5)),
  } as const;
  const bias = node.inputs[2] === undefined ? filled(columns, 0) : broadcast(node.constant(2), x.dims);
  return { kind: 'flow', dims: x.dims, expression: scaled(of, broadcast(node.constant(1), x.dims), bias) };
}

/** A number in single precision as it was written: 1e-5 rather than 0.000009999999747378752. */
function shortest(value: number): number {
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === value ? short : value;
}
