import type { Pieces } from '../../../event-loop';
import { shiftedIndices } from './columns';
import { broadcast, folding } from './constants';
import { activated, filled, type Layered, type Mapped, scaled, uniform } from './expressions';
import { type Compute, functions } from './functions';
import { byMember, isByMember } from './members';
import type { Node } from './node';
import { NotLayered } from './not-layered';
import { turnsOf } from './periodic';
import { type Resolved, resolve } from './resolve';
import { rowStep } from './row-steps';
import { type Constant, constant, type Flow, product, type Value } from './values';

export const isElementwise = (operator: string): boolean => Object.hasOwn(functions, operator);

export function readElementwise(node: Node, resolved: Resolved): Value | Pieces<Value> {
  if (node.has('axis')) throw new NotLayered('it is of a version in which constants are repeated from an axis on');
  const compute = (functions[node.operator] as (node: Node) => Compute)(node);
  const inputs = node.inputs.map((value) => (value === undefined ? scalar(Number.NaN) : numeric(value)));
  const flows = inputs.filter((value): value is Flow => value.kind === 'flow');
  const first = flows[0];
  if (first === undefined) return folding(inputs as Constant[], compute, resolved);
  const step = rowStep(node.operator, inputs, resolved);
  if (step !== undefined)
    return { kind: 'flow', dims: step.columns === first.expression.columns ? first.dims : (flows[1] ?? first).dims, expression: step };
  const numbers = inputs.find((value): value is Constant => value.kind === 'constant' && isByMember(value, first));
  if (numbers !== undefined) return byMember(node, inputs, numbers, resolved);
  const vector = inputs.find((value): value is Constant => value.kind === 'constant' && product(value.dims) > 1);
  if (vector !== undefined) return byColumn(node, inputs, vector, resolved);
  if (flows.some(({ dims }) => dims.join() !== first.dims.join())) throw new NotLayered('its inputs must have the same shape');
  const operands = inputs.map((value) => (value.kind === 'constant' ? (value.data[0] as number) : value.expression));
  const { columns } = first.expression;
  const expression: Mapped = { op: 'mapped', operator: node.operator, node: node.description, columns, of: operands, compute };
  return { kind: 'flow', dims: first.dims, expression };
}

function numeric(value: Value): Flow | Constant {
  if (value.kind === 'flow' || value.kind === 'constant') return value;
  throw new NotLayered(value.kind === 'labels' ? 'classes are only read as an output' : 'its inputs must be numbers');
}

/** How an operator with one number for each column changes a value. */
type ByColumn = (x: Layered, values: Float64Array) => Layered;

const ones = (x: Layered): Float64Array => filled(x.columns, 1);
const zeros = (x: Layered): Float64Array => filled(x.columns, 0);
const plus: ByColumn = (x, values) => scaled(x, ones(x), values);
const times: ByColumn = (x, values) => scaled(x, values, zeros(x));
const negative = (values: Float64Array): Float64Array => values.map((value) => -value);

/** The larger one of a value and of that of its column. */
const atLeast: ByColumn = (x, values) => plus(activated(plus(x, negative(values)), 'relu'), values);

/** Below 0 a factor of its own for each column: x + (1 - factor) relu(-x). */
const factorsBelow: ByColumn = (x, values) => {
  const branch = times(
    activated(uniform(x, -1), 'relu'),
    values.map((factor) => 1 - factor),
  );
  return { op: 'sum', columns: x.columns, of: [x, branch] };
};

/** By the operator, and whether the numbers are its first input. */
const byColumns: Readonly<Record<string, readonly [second: ByColumn, first?: ByColumn]>> = {
  Add: [plus, plus],
  Sub: [(x, values) => plus(x, negative(values)), (x, values) => scaled(x, filled(x.columns, -1), values)],
  Mul: [times, times],
  Div: [
    (x, values) =>
      times(
        x,
        values.map((value) => 1 / value),
      ),
  ],
  Max: [atLeast, atLeast],
  Min: [(x, values) => uniform(atLeast(uniform(x, -1), negative(values)), -1)],
  PRelu: [factorsBelow],
};

/** Operators with one number for each column. */
function byColumn({ operator }: Node, inputs: readonly (Flow | Constant)[], vector: Constant, resolved: Resolved): Flow {
  const [first, second] = inputs;
  if (operator === 'Where' && first === vector) return meanVariance(inputs, resolved);
  const flow = first?.kind === 'flow' ? first : second;
  if (flow?.kind === 'flow' && inputs.length === 2) {
    const other = turnsOf(operator, flow, vector) ?? shiftedIndices(operator, flow, vector);
    if (other !== undefined) return other;
  }
  const change = Object.hasOwn(byColumns, operator) ? byColumns[operator]?.[flow === second ? 1 : 0] : undefined;
  if (inputs.length !== 2 || flow?.kind !== 'flow' || change === undefined) {
    throw new NotLayered('with one number for each column it is only read as a sum, a product, a limit or a factor below 0');
  }
  return { kind: 'flow', dims: flow.dims, expression: change(resolve(flow.expression, resolved), broadcast(vector, flow.dims)) };
}

/** Softplus of every second column, as `toONNX` writes it. */
function meanVariance([mask, positive, x]: readonly (Flow | Constant)[], resolved: Resolved): Flow {
  if (mask?.kind === 'constant' && positive?.kind === 'flow' && x?.kind === 'flow') {
    const { columns } = x.expression;
    const [of, softplus] = [resolve(x.expression, resolved), resolve(positive.expression, resolved)];
    const alternates = broadcast(mask, x.dims).every((is, column) => Number(is !== 0) === column % 2);
    if (alternates && softplus.op === 'activated' && softplus.activation === 'softplus' && softplus.of === of) {
      return { kind: 'flow', dims: x.dims, expression: { op: 'activated', columns, of, activation: 'meanVariance' } };
    }
  }
  throw new NotLayered('it chooses columns in a way that no activation does');
}

export const scalar = (value: number): Constant => constant(Float64Array.of(value), []);
