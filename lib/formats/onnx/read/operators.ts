import type { Pieces } from '../../../event-loop';
import { elementTypes } from '../schema';
import { classicalOperators } from './classical';
import { concatenateColumns, embed, oneHot } from './columns';
import { concatenating, taking, transposing } from './constants';
import { isElementwise, readElementwise, scalar } from './elementwise';
import { activated, type Layered, weightedSum } from './expressions';
import { chooseNames } from './labels';
import { checkStacked, memberMean } from './members';
import type { Node } from './node';
import { NotLayered } from './not-layered';
import type { Context, Operator } from './operator';
import { swappingRows, wavesOf } from './periodic';
import { batchNormalization, fusedGemm, gemm, layerNormalization, matMul } from './products';
import { resolve } from './resolve';
import { rowMean } from './row-steps';
import { along, columnAxis, reshaped, reshapeFlow, rowAxes, wholeRow, withAxes, withoutAxes } from './shapes';
import { readingTensor } from './tensors';
import { constant, type Flow, product, type Value } from './values';

const unchanged: Operator = (node) => node.value(0);

function softmax(node: Node, { resolved }: Context): Flow {
  const x = node.flow(0);
  if (columnAxis(node.int('axis', -1), x) !== x.dims.length - 1 || product(x.dims) !== x.dims.at(-1))
    throw new NotLayered('it must be over all columns of a row');
  return { kind: 'flow', dims: x.dims, expression: activated(resolve(x.expression, resolved), 'softmax') };
}

function logSoftmax(node: Node, context: Context): Flow {
  const flow = softmax(node, context);
  const probabilities = flow.expression as Layered;
  return { ...flow, expression: { op: 'logSoftmax', columns: probabilities.columns, softmax: probabilities } };
}

const withDims = (value: Value, dims: readonly number[]): Value => ({ ...value, dims }) as Value;

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
    // One member is as good as none.
    if (x.kind === 'flow' && x.stacked === 1 && node.integers(1, 'axes')?.join() === '0') return { ...x, stacked: undefined };
    return withDims(x, withoutAxes(node, x.dims, x.kind === 'flow' ? rowAxes(x) : 0));
  },
  Unsqueeze: (node) => {
    const x = node.value(0);
    if (x.kind === 'labels') return x;
    if (x.kind !== 'flow' || x.isVector !== true) return withDims(x, withAxes(node, x.dims, x.kind === 'flow' ? 1 : 0));
    // The vector becomes a row.
    const [rows, ...dims] = withAxes(node, x.dims, 0);
    if (rows !== 1) throw new NotLayered('it must add an axis for the rows, which is the first');
    return { ...x, dims, isVector: false };
  },
  Transpose: (node, { resolved }) => {
    const x = node.value(0);
    return x.kind === 'flow' ? swappingRows(node, x, resolved) : transposing(node.constant(0), node.ints('perm'), resolved);
  },
  // The number of rows is not known: NaN stands for it.
  Shape: (node) => {
    const x = node.value(0);
    if (x.kind === 'labels') throw new NotLayered('it must be of numbers');
    return constant(Float64Array.from(x.kind === 'flow' && x.isVector !== true ? [Number.NaN, ...x.dims] : x.dims));
  },
  Concat: (node, { resolved }) => {
    const values = node.inputs.map((_, index) => node.value(index));
    const constants = values.filter((value) => value.kind === 'constant');
    if (constants.length === values.length) return concatenating(constants, node.int('axis', 0), resolved);
    const flows = values.map((_, index) => node.flow(index));
    if (flows.some(({ dims }) => dims.length !== 1)) return wavesOf(node, flows, resolved);
    columnAxis(node.int('axis', 1), flows[0] as Flow);
    return concatenateColumns(flows, resolved);
  },
  Gather: (node, { resolved }) => {
    const data = node.value(0);
    const axis = node.int('axis', 0);
    const indices = node.value(1);
    if (data.kind === 'constant' && indices.kind === 'flow') return embed(data, indices, axis, resolved);
    if (data.kind === 'texts') return chooseNames(node);
    const { data: at, dims } = node.constant(1);
    if (data.kind === 'constant') return taking(data, axis < 0 ? axis + data.dims.length : axis, Array.from(at), dims, resolved);
    const x = node.flow(0);
    return along(x, columnAxis(axis, x), Array.from(at), dims, resolved);
  },
  Slice: (node, { resolved }) => {
    const [starts, ends] = [node.integers(1, 'starts') ?? [], node.integers(2, 'ends') ?? []];
    const axes = node.integers(3, 'axes') ?? starts.map((_, axis) => axis);
    const steps = node.integers(4, 'steps') ?? starts.map(() => 1);
    const x = node.value(0);
    if (axes.length !== 1 || starts.length !== 1 || steps[0] !== 1 || x.kind === 'labels' || x.kind === 'texts')
      throw new NotLayered('it must be of one axis, in steps of 1');
    const axis = x.kind === 'flow' ? columnAxis(axes[0] as number, x) : (axes[0] as number);
    const size = x.dims[axis] ?? 0;
    const clamp = (index: number): number => Math.min(size, Math.max(0, index < 0 ? index + size : index));
    const [start, end] = [clamp(starts[0] as number), clamp(ends[0] ?? Number.NaN)];
    const indices = Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
    if (x.kind === 'constant') return taking(x, axis, indices, [indices.length], resolved);
    return along(x, axis, indices, [indices.length], resolved);
  },
  Split: (node, { resolved }) => {
    const x = node.flow(0);
    const axis = columnAxis(node.int('axis', 0), x);
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
  ReduceMean: (node, { resolved }) => memberMean(node, resolved) ?? rowMean(wholeRow(node)),
  ReduceSum: (node, { resolved }) => {
    const x = wholeRow(node);
    resolved.use(x.expression.columns);
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
  checkStacked(node, isElementwise(operator));
  const values = isElementwise(operator) ? readElementwise(node, context.resolved) : read?.(node, context);
  if (values === undefined) throw new NotLayered(needs(operator));
  if ('next' in values) return [yield* values];
  return 'kind' in values ? [values] : values;
}
