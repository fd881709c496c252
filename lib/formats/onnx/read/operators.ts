import type { Pieces } from '../../../event-loop';
import { elementTypes } from '../schema';
import { classicalOperators } from './classical';
import { concatenateColumns, embed, oneHot, selectColumns } from './columns';
import { concatenating, taking, transposing } from './constants';
import { isElementwise, readElementwise, scalar } from './elementwise';
import { activated, type Layered, weightedSum } from './expressions';
import { chooseNames } from './labels';
import type { Node } from './node';
import type { Context, Operator } from './operator';
import { batchNormalization, fusedGemm, gemm, layerNormalization, matMul } from './products';
import { NotLayered, type Resolved, resolve } from './resolve';
import { rowMean } from './row-steps';
import { readingTensor } from './tensors';
import { constant, type Flow, product, type Value } from './values';

const unchanged: Operator = (node) => node.value(0);

/** The sizes of another shape with as many elements; 0 and -1 as `Reshape` has them. Of a flow the first one is that of the rows. */
function reshaped(dims: readonly number[], given: readonly number[], keepsZeros: boolean): number[] {
  const sizes = given.map((size, axis) => (size === 0 && keepsZeros ? (dims[axis] ?? Number.NaN) : size));
  const known = product(sizes.filter((size) => size !== -1));
  const left = product(dims) / known;
  const to = sizes.map((size) => (size === -1 ? left : size));
  if (!to.every((size) => Number.isInteger(size) && size >= 0) || product(to) !== product(dims)) {
    throw new NotLayered(`the shape [${given.join(', ')}] does not fit`);
  }
  return to;
}

/** A flow in another shape. The rows must stay rows. */
function reshapeFlow({ dims, expression }: Flow, given: readonly number[], isOfOneRow: boolean): Flow {
  const [rows = Number.NaN, ...rest] = given;
  // -1 as the number of rows, and all other sizes known; or the rows' own number, which is NaN or 0 here, or 1 in a file for one row.
  const columns = product(dims);
  const keeps = rows === 0 || Number.isNaN(rows) || (rows === -1 && product(rest) === columns) || (rows === 1 && isOfOneRow);
  if (!keeps) throw new NotLayered(`the shape [${given.join(', ')}] mixes rows`);
  const sizes = rest.map((size, axis) => (size === 0 ? (dims[axis] ?? 0) : size));
  return { kind: 'flow', dims: reshaped(dims, sizes, false), expression };
}

/** The axes of a flow without the rows: from 0 on. */
export function columnAxis(axis: number, dims: readonly number[]): number {
  const at = axis < 0 ? axis + dims.length + 1 : axis;
  if (!(at > 0 && at <= dims.length)) throw new NotLayered(`its axis ${axis} is that of the rows, or does not exist`);
  return at - 1;
}

function isLastAxis(node: Node, dims: readonly number[], otherwise: number): boolean {
  return columnAxis(node.int('axis', otherwise), dims) === dims.length - 1;
}

function softmax(node: Node, { resolved }: Context): Flow {
  const x = node.flow(0);
  if (!isLastAxis(node, x.dims, -1) || product(x.dims) !== x.dims.at(-1)) throw new NotLayered('it must be over all columns of a row');
  return { kind: 'flow', dims: x.dims, expression: activated(resolve(x.expression, resolved), 'softmax') };
}

function logSoftmax(node: Node, context: Context): Flow {
  const flow = softmax(node, context);
  const probabilities = flow.expression as Layered;
  return { ...flow, expression: { op: 'logSoftmax', columns: probabilities.columns, softmax: probabilities } };
}

function withoutAxes(node: Node, dims: readonly number[], first: number): number[] {
  const axes = node.integers(1, 'axes')?.map((axis) => (axis < 0 ? axis + dims.length + first : axis) - first);
  return dims.filter((dim, axis) => !(axes === undefined ? dim === 1 : axes.includes(axis)));
}

function withAxes(node: Node, dims: readonly number[], first: number): number[] {
  const axes = node.integers(1, 'axes') ?? [];
  const rank = dims.length + first + axes.length;
  const at = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis) - first));
  if (at.size < axes.length || [...at].some((axis) => !(axis >= 0 && axis < rank)))
    throw new NotLayered(`its axes ${axes.join(', ')} do not fit`);
  const rest = [...dims];
  return Array.from({ length: rank - first }, (_, axis) => (at.has(axis) ? 1 : (rest.shift() as number)));
}

const withDims = (value: Value, dims: readonly number[]): Value => ({ ...value, dims }) as Value;

/** Some places of a flow's axis. */
function along(
  { dims, expression }: Flow,
  axis: number,
  indices: readonly number[],
  indexDims: readonly number[],
  resolved: Resolved,
): Flow {
  const [outer, size, inner] = [product(dims.slice(0, axis)), dims[axis] as number, product(dims.slice(axis + 1))];
  resolved.use(8 * outer * indices.length * inner);
  const columns = Array.from({ length: outer }, (_, i) => i).flatMap((row) =>
    indices.flatMap((index) => {
      if (!Number.isInteger(index) || index < -size || index >= size) throw new NotLayered(`its index ${index} is not below ${size}`);
      return Array.from({ length: inner }, (_, i) => (row * size + (index < 0 ? index + size : index)) * inner + i);
    }),
  );
  return { ...selectColumns(expression, columns, resolved), dims: [...dims.slice(0, axis), ...indexDims, ...dims.slice(axis + 1)] };
}

/** The input of a node that makes one number of all columns of a row. */
function wholeRow(node: Node): Flow {
  const x = node.flow(0);
  const axes = node.integers(1, 'axes') ?? [];
  if (x.dims.length !== 1 || axes.length !== 1 || columnAxis(axes[0] as number, x.dims) !== 0)
    throw new NotLayered('it must be over all columns of a row');
  return x;
}

/** Element types that have no fractions. */
const wholeTypes: readonly number[] = [
  elementTypes.int64,
  elementTypes.int32,
  elementTypes.int16,
  elementTypes.int8,
  elementTypes.bool,
  elementTypes.uint8,
  elementTypes.uint16,
  elementTypes.uint32,
  elementTypes.uint64,
];

/** Operators besides those that compute each number for itself. */
const operators: Readonly<Record<string, Operator>> = {
  ...classicalOperators,
  Identity: unchanged,
  Dropout: (node) => {
    const [ratio, isTraining] = [node.inputs[1], node.inputs[2]];
    const drops = ratio?.kind !== 'constant' || ratio.data[0] !== 0;
    if (isTraining?.kind === 'constant' && isTraining.data[0] === 1 && drops) throw new NotLayered('it is in training mode');
    return node.value(0);
  },
  Cast: (node) => {
    const x = node.value(0);
    const isWhole = wholeTypes.includes(node.int('to', elementTypes.float));
    if (x.kind !== 'flow' || !isWhole) return x;
    const { columns } = x.expression;
    const expression = {
      op: 'mapped',
      operator: 'Cast',
      node: node.description,
      columns,
      of: [x.expression],
      compute: Math.trunc,
    } as const;
    return { ...x, expression };
  },
  CastLike: unchanged,
  Gemm: (node, { resolved }) => gemm(node, resolved),
  // Of onnxruntime, which saves models that it has optimized.
  FusedGemm: (node, { resolved }) => fusedGemm(node, resolved),
  MatMul: (node, { resolved }) => matMul(node, resolved),
  BatchNormalization: (node, { resolved }) => batchNormalization(node, resolved),
  LayerNormalization: (node, { resolved }) => layerNormalization(node, resolved),
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  *Constant(node, { file, external, resolved }) {
    const tensor = node.tensor('value');
    if (tensor !== undefined) {
      const value = yield* readingTensor(tensor, file, external);
      resolved.add(product(value.dims));
      return value;
    }
    if (node.has('value_float')) return scalar(node.float('value_float', 0));
    if (node.has('value_int')) return scalar(node.int('value_int', 0));
    const values = node.floats('value_floats') ?? node.ints('value_ints');
    if (values === undefined) throw new NotLayered('its value is of a type that is not read');
    return constant(Float64Array.from(values));
  },
  Flatten: (node) => {
    const { dims, expression } = node.flow(0);
    if (node.int('axis', 1) !== 1) throw new NotLayered('its axis must be 1');
    return { kind: 'flow', dims: [product(dims)], expression };
  },
  Reshape: (node, { isOfOneRow }) => {
    const x = node.value(0);
    if (x.kind === 'labels') return x;
    const shape = node.integers(1, 'shape') ?? [];
    if (x.kind === 'flow') return reshapeFlow(x, shape, isOfOneRow);
    return withDims(x, reshaped(x.dims, shape, node.int('allowzero', 0) === 0));
  },
  Squeeze: (node) => {
    const x = node.value(0);
    if (x.kind === 'labels') return x;
    return withDims(x, withoutAxes(node, x.dims, x.kind === 'flow' ? 1 : 0));
  },
  Unsqueeze: (node) => {
    const x = node.value(0);
    if (x.kind === 'labels') return x;
    return withDims(x, withAxes(node, x.dims, x.kind === 'flow' ? 1 : 0));
  },
  Transpose: (node) => transposing(node.constant(0), node.ints('perm')),
  // The number of rows is not known: NaN stands for it.
  Shape: (node) => {
    const x = node.value(0);
    if (x.kind === 'labels') throw new NotLayered('it must be of numbers');
    return constant(Float64Array.from(x.kind === 'flow' ? [Number.NaN, ...x.dims] : x.dims));
  },
  Concat: (node, { resolved }) => {
    const values = node.inputs.map((_, index) => node.value(index));
    const constants = values.filter((value) => value.kind === 'constant');
    if (constants.length === values.length) return concatenating(constants, node.int('axis', 0));
    const flows = values.map((_, index) => node.flow(index));
    if (flows.some(({ dims }) => dims.length !== 1)) throw new NotLayered('its inputs must be [rows, columns]');
    columnAxis(node.int('axis', 1), [0]);
    return concatenateColumns(flows, resolved);
  },
  Gather: (node, { resolved }) => {
    const data = node.value(0);
    const axis = node.int('axis', 0);
    const indices = node.value(1);
    if (data.kind === 'constant' && indices.kind === 'flow') return embed(data, indices, axis);
    if (data.kind === 'texts') return chooseNames(node);
    const { data: at, dims } = node.constant(1);
    if (data.kind === 'constant') return taking(data, axis < 0 ? axis + data.dims.length : axis, Array.from(at), dims);
    const x = node.flow(0);
    return along(x, columnAxis(axis, x.dims), Array.from(at), dims, resolved);
  },
  Slice: (node, { resolved }) => {
    const [starts, ends] = [node.integers(1, 'starts') ?? [], node.integers(2, 'ends') ?? []];
    const axes = node.integers(3, 'axes') ?? starts.map((_, axis) => axis);
    const steps = node.integers(4, 'steps') ?? starts.map(() => 1);
    const x = node.value(0);
    if (axes.length !== 1 || starts.length !== 1 || steps[0] !== 1 || x.kind === 'labels' || x.kind === 'texts')
      throw new NotLayered('it must be of one axis, in steps of 1');
    const axis = x.kind === 'flow' ? columnAxis(axes[0] as number, x.dims) : (axes[0] as number);
    const size = x.dims[axis] ?? 0;
    const clamp = (index: number): number => Math.min(size, Math.max(0, index < 0 ? index + size : index));
    const [start, end] = [clamp(starts[0] as number), clamp(ends[0] ?? Number.NaN)];
    const indices = Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
    if (x.kind === 'constant') return taking(x, axis, indices, [indices.length]);
    return along(x, axis, indices, [indices.length], resolved);
  },
  Split: (node, { resolved }) => {
    const x = node.flow(0);
    const axis = columnAxis(node.int('axis', 0), x.dims);
    const size = x.dims[axis] as number;
    const sizes = node.integers(1, 'split') ?? Array.from({ length: node.outputs }, () => Math.ceil(size / node.outputs));
    let first = 0;
    return sizes.map((width) => {
      const indices = Array.from({ length: Math.min(width, size) }, (_, i) => first + i);
      first += width;
      return along(x, axis, indices, [indices.length], resolved);
    });
  },
  OneHot: (node) => oneHot(node),
  ReduceMean: (node) => rowMean(wholeRow(node)),
  ReduceSum: (node, { resolved }) => {
    const x = wholeRow(node);
    return { kind: 'flow', dims: [1], expression: weightedSum(resolve(x.expression, resolved), 1) };
  },
};

/** Parts that networks of ours do not have, and the operators that need them. */
const missing: readonly [part: string, operators: RegExp][] = [
  ['a convolution', /^(Q?Linear)?Conv|^(Global)?(Average|Max|Lp)Pool/],
  ['recurrence', /^(RNN|LSTM|GRU)$/],
  ['decision trees', /^TreeEnsemble/],
  ['kernels', /^SVM/],
  ['branches or loops', /^(If|Loop|Scan)$/],
  ['quantized numbers', /Quantize/],
  ['texts as inputs', /^(String|Tfidf|Dict|CategoryMapper)/],
];

function needs(operator: string): string {
  const part = missing.find(([, operators]) => operators.test(operator))?.[0];
  return part === undefined ? 'no layer of Chainrule does what it does' : `it needs ${part}, which Chainrule does not have`;
}

/** The values of a node. */
export function* readingNode(node: Node, context: Context): Pieces<readonly Value[]> {
  const { operator } = node;
  const read = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
  const values = isElementwise(operator) ? readElementwise(node, context.resolved) : read?.(node, context);
  if (values === undefined) throw new NotLayered(needs(operator));
  if ('next' in values) return [yield* values];
  return 'kind' in values ? [values] : values;
}
