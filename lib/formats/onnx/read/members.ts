import { broadcast } from './constants';
import { filled, type Layered, type Members } from './expressions';
import type { Node } from './node';
import { NotLayered } from './not-layered';
import { type Resolved, resolve } from './resolve';
import { type Constant, type Flow, shapeOf } from './values';

/* Values of [members, rows, columns]: an ensemble, whose members share some weights and have others of their own. */

/** The operators that take such values, beside those that compute each number for itself. */
const operators: readonly string[] = [
  ...['MatMul', 'Softmax', 'LayerNormalization', 'ReduceMean', 'Transpose', 'Squeeze', 'Identity', 'Dropout', 'Cast', 'CastLike'],
];

/** Refuses a node that would mix members, or take those of one value for those of another. */
export function checkStacked(node: Node, isElementwise: boolean): void {
  const flows = node.inputs.filter((value): value is Flow => value?.kind === 'flow');
  const { stacked } = node;
  if (stacked === undefined) return;
  if (flows.some((flow) => flow.stacked !== stacked)) throw new NotLayered('its inputs do not have the same number of members');
  if (!isElementwise && !operators.includes(node.operator))
    throw new NotLayered('it is not read for values that have an axis before that of the rows');
}

/** Whether there are numbers for each member. */
export const isByMember = ({ dims }: Constant, flow: Flow): boolean =>
  flow.isVector !== true && flow.dims.length === 1 && dims.length === 3 && dims[1] === 1;

/** The factors and summands that an operator stands for, or one of the two. */
type Change = (values: Float64Array) => { factors?: Float64Array; summands?: Float64Array };

/** By the operator, and whether the numbers are its first input. */
const changes: Readonly<Record<string, readonly [second: Change, first?: Change]>> = {
  Add: [(summands) => ({ summands }), (summands) => ({ summands })],
  Sub: [(values) => ({ summands: values.map((value) => -value) }), (summands) => ({ factors: filled(summands.length, -1), summands })],
  Mul: [(factors) => ({ factors }), (factors) => ({ factors })],
  Div: [(values) => ({ factors: values.map((value) => 1 / value) })],
};

/** An operator with numbers for each member, of the shape [members, 1, columns]. They make members of a value that has none yet. */
export function byMember({ operator }: Node, inputs: readonly (Flow | Constant)[], numbers: Constant, resolved: Resolved): Flow {
  const flow = inputs.find((value): value is Flow => value.kind === 'flow') as Flow;
  const change = Object.hasOwn(changes, operator) ? changes[operator]?.[inputs[0] === numbers ? 1 : 0] : undefined;
  if (inputs.length !== 2 || change === undefined)
    throw new NotLayered('with numbers for each member it is only read as a sum or a product');
  const { columns } = flow.expression;
  const count = flow.stacked ?? (numbers.dims[0] as number);
  if (![1, count].includes(numbers.dims[0] as number) || ![1, columns].includes(numbers.dims[2] as number))
    throw new NotLayered(`numbers of the shape [${numbers.dims.join(', ')}] do not go with ${shapeOf(flow)}`);
  resolved.use(count * columns);
  const { factors, summands } = change(broadcast(numbers, [count, 1, columns]));
  let of = resolve(flow.expression, resolved);
  if (flow.stacked === undefined) {
    of = madeMembers(of, count, factors);
    if (summands === undefined) return { ...flow, stacked: count, expression: of };
  }
  const own = flow.stacked === undefined ? undefined : factors;
  const zeros = new Float64Array(count * columns);
  const expression: Layered = {
    ...{ op: 'memberScaled', columns, of, count, factors: own ?? filled(count * columns, 1), summands: summands ?? zeros },
  };
  return { ...flow, stacked: count, expression };
}

const madeMembers = (of: Layered, count: number, factors = filled(count * of.columns, 1)): Members => ({
  ...{ op: 'members', columns: of.columns, of, count, factors },
});

/** A product with weights of [members, columns, units]. */
export function memberProduct(x: Flow, { data, dims }: Constant, resolved: Resolved): Flow {
  const [count = 0, rows, columns = 0] = dims;
  if (x.isVector || x.dims.length !== 1 || x.dims[0] !== rows || count < 1 || columns < 1 || ![undefined, count].includes(x.stacked))
    throw new NotLayered(`its input must be [rows, ${rows}] or [${count}, rows, ${rows}]`);
  resolved.use(data.length + count * rows);
  const given = resolve(x.expression, resolved);
  const of = x.stacked === undefined ? madeMembers(given, count) : given;
  return { kind: 'flow', dims: [columns], stacked: count, expression: { op: 'memberAffine', columns, of, weights: data, count } };
}

/** The mean of all members: the output of an ensemble. Undefined: the node is of another mean. */
export function memberMean(node: Node, resolved: Resolved): Flow | undefined {
  const x = node.flow(0);
  const [axis, ...others] = node.integers(1, 'axes') ?? [];
  const isFirst = axis === 0 || axis === -2 - x.dims.length;
  if (x.stacked === undefined || !isFirst || others.length > 0 || node.int('keepdims', 1) !== 0) return undefined;
  const { columns } = x.expression;
  return { ...x, stacked: undefined, expression: { op: 'memberMean', columns, of: resolve(x.expression, resolved) } };
}
