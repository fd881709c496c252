import { selu } from '../activations';
import { erf, softplus } from '../elementary';
import { broadcast, foldElementwise } from './constants';
import { type Expression, filled, type RowMean, scaled } from './expressions';
import type { Node } from './node';
import { NotLayered, type Resolved, resolve } from './resolve';
import { type Constant, constant, type Flow, product, type Value } from './values';

/** A function of single numbers, with a node's attributes. */
type Compute = (...values: number[]) => number;

const plain =
  (compute: Compute): ((node: Node) => Compute) =>
  () =>
    compute;

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** A truth value as a number. */
const truth = (value: boolean): number => Number(value);

/** Operators that compute each number for itself. */
const functions: Readonly<Record<string, (node: Node) => Compute>> = {
  Add: plain((x, y) => x + y),
  Sub: plain((x, y) => x - y),
  Mul: plain((x, y) => x * y),
  Div: plain((x, y) => x / y),
  Pow: plain((x, y) => x ** y),
  Max: plain((...values) => Math.max(...values)),
  Min: plain((...values) => Math.min(...values)),
  Sum: plain((...values) => values.reduce((sum, value) => sum + value, 0)),
  Neg: plain((x) => -x),
  Abs: plain(Math.abs),
  Sqrt: plain(Math.sqrt),
  Reciprocal: plain((x) => 1 / x),
  Exp: plain(Math.exp),
  Log: plain(Math.log),
  Erf: plain(erf),
  Sign: plain(Math.sign),
  Floor: plain(Math.floor),
  Ceil: plain(Math.ceil),
  Sigmoid: plain(sigmoid),
  Tanh: plain(Math.tanh),
  Relu: plain((x) => Math.max(x, 0)),
  Softplus: plain(softplus),
  Softsign: plain((x) => x / (1 + Math.abs(x))),
  Mish: plain((x) => x * Math.tanh(softplus(x))),
  HardSwish: plain((x) => x * Math.min(1, Math.max(0, x / 6 + 0.5))),
  Where: plain((condition, x, y) => (condition ? x : y)),
  Greater: plain((x, y) => truth(x > y)),
  GreaterOrEqual: plain((x, y) => truth(x >= y)),
  Less: plain((x, y) => truth(x < y)),
  LessOrEqual: plain((x, y) => truth(x <= y)),
  Equal: plain((x, y) => truth(x === y)),
  Not: plain((x) => truth(x === 0)),
  PRelu: plain((x, factor) => (x < 0 ? factor * x : x)),
  // Limits are attributes in older versions; one that is left out is NaN here.
  Clip: (node) => {
    const [least, most] = [node.float('min', -Infinity), node.float('max', Infinity)];
    const or = (given: number | undefined, otherwise: number): number => (given === undefined || Number.isNaN(given) ? otherwise : given);
    return (x, low, high) => Math.min(or(high, most), Math.max(or(low, least), x as number));
  },
  LeakyRelu: (node) => {
    const alpha = node.float('alpha', 0.01);
    return (x) => (x < 0 ? alpha * x : x);
  },
  Elu: (node) => {
    const alpha = node.float('alpha', 1);
    return (x) => (x < 0 ? alpha * Math.expm1(x) : x);
  },
  Celu: (node) => {
    const alpha = node.float('alpha', 1);
    return (x) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha));
  },
  Selu: (node) => {
    const [alpha, gamma] = [node.float('alpha', selu.alpha), node.float('gamma', selu.gamma)];
    return (x) => gamma * (x < 0 ? alpha * Math.expm1(x) : x);
  },
  HardSigmoid: (node) => {
    const [alpha, beta] = [node.float('alpha', 0.2), node.float('beta', 0.5)];
    return (x) => Math.max(0, Math.min(1, alpha * x + beta));
  },
  ThresholdedRelu: (node) => {
    const alpha = node.float('alpha', 1);
    return (x) => (x > alpha ? x : 0);
  },
  Gelu: (node) => {
    const isTanh = node.text('approximate', 'none') === 'tanh';
    return (x) => (isTanh ? x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)) : (x / 2) * (1 + erf(x * Math.SQRT1_2)));
  },
};

export const isElementwise = (operator: string): boolean => Object.hasOwn(functions, operator);

export function readElementwise(node: Node, resolved: Resolved): Value {
  if (node.has('axis')) throw new NotLayered('it is of a version in which constants are repeated from an axis on');
  const compute = (functions[node.operator] as (node: Node) => Compute)(node);
  const inputs = node.inputs.map((value) => (value === undefined ? scalar(Number.NaN) : numeric(value)));
  const flows = inputs.filter((value): value is Flow => value.kind === 'flow');
  const first = flows[0];
  if (first === undefined) return foldElementwise(inputs as Constant[], compute);
  const step = rowStep(node.operator, inputs, resolved);
  if (step !== undefined)
    return { kind: 'flow', dims: step.columns === first.expression.columns ? first.dims : (flows[1] ?? first).dims, expression: step };
  const vector = inputs.find((value): value is Constant => value.kind === 'constant' && product(value.dims) > 1);
  if (vector !== undefined) return byColumn(node, inputs, vector, resolved);
  if (flows.some(({ dims }) => dims.join() !== first.dims.join())) throw new NotLayered('its inputs must have the same shape');
  const operands = inputs.map((value) => (value.kind === 'constant' ? (value.data[0] as number) : value.expression));
  const { columns } = first.expression;
  return { kind: 'flow', dims: first.dims, expression: { op: 'mapped', operator: node.operator, columns, of: operands, compute } };
}

function numeric(value: Value): Flow | Constant {
  if (value.kind === 'flow' || value.kind === 'constant') return value;
  throw new NotLayered('its inputs must be numbers');
}

/** Sums and products with one number for each column. */
function byColumn({ operator }: Node, inputs: readonly (Flow | Constant)[], vector: Constant, resolved: Resolved): Flow {
  const [first, second] = inputs;
  if (operator === 'Where' && first === vector) return meanVariance(inputs, resolved);
  const flow = first?.kind === 'flow' ? first : second;
  if (
    inputs.length !== 2 ||
    flow?.kind !== 'flow' ||
    !['Add', 'Sub', 'Mul', 'Div'].includes(operator) ||
    (operator === 'Div' && flow === second)
  ) {
    throw new NotLayered('with one number for each column it is only read as a sum or a product');
  }
  const values = broadcast(vector, flow.dims);
  const x = resolve(flow.expression, resolved);
  const factors =
    operator === 'Mul'
      ? values
      : operator === 'Div'
        ? values.map((value) => 1 / value)
        : filled(x.columns, operator === 'Sub' && flow === second ? -1 : 1);
  const summands =
    operator === 'Add' || (operator === 'Sub' && flow === second)
      ? values
      : operator === 'Sub'
        ? values.map((value) => -value)
        : new Float64Array(x.columns);
  return { kind: 'flow', dims: flow.dims, expression: scaled(x, factors, summands) };
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

/** Steps of a layer normalization that other libraries write in single operators. */
function rowStep(operator: string, [first, second]: readonly (Flow | Constant)[], resolved: Resolved): Expression | undefined {
  if (first?.kind !== 'flow' || second?.kind !== 'flow') return undefined;
  const [x, y] = [first.expression, second.expression];
  if (operator === 'Sub' && y.op === 'rowMean' && y.of === x) return { op: 'rowDifference', columns: x.columns, of: x };
  const by = operator === 'Div' ? y : operator === 'Mul' ? inverseOf(x.op === 'rowDifference' ? y : x) : undefined;
  const difference = operator === 'Mul' && x.op !== 'rowDifference' ? y : x;
  if (difference.op !== 'rowDifference' || by === undefined) return undefined;
  const epsilon = epsilonOf(by, difference);
  if (epsilon === undefined) return undefined;
  return { op: 'layerNormalized', columns: difference.columns, of: resolve(difference.of, resolved), epsilon };
}

/** The expression that one is the reciprocal of. */
function inverseOf(expression: Expression): Expression | undefined {
  const [of] = expression.op === 'mapped' && expression.operator === 'Reciprocal' ? expression.of : [];
  return typeof of === 'object' ? of : undefined;
}

/** The number that is added to the variance of the same row, if the expression is the root of that sum. */
function epsilonOf(root: Expression, { of: row }: RowMean): number | undefined {
  if (root.op !== 'mapped' || !(root.operator === 'Sqrt' || (root.operator === 'Pow' && root.of[1] === 0.5))) return undefined;
  const [sum] = root.of;
  if (typeof sum !== 'object' || sum.op !== 'mapped' || sum.operator !== 'Add') return undefined;
  const variance = sum.of.find((operand) => typeof operand === 'object' && operand.op === 'rowVariance' && operand.of === row);
  const epsilon = sum.of.find((operand) => typeof operand === 'number');
  return variance === undefined ? undefined : epsilon;
}

/** The mean of a row, or of its squares without the mean. */
export function rowMean({ expression }: Flow): Flow {
  const square = expression.op === 'mapped' && (expression.operator === 'Mul' || (expression.operator === 'Pow' && expression.of[1] === 2));
  const [base, other] = expression.op === 'mapped' ? expression.of : [];
  const isVariance = square && typeof base === 'object' && base.op === 'rowDifference' && (other === 2 || other === base);
  const of = isVariance ? (base as RowMean).of : expression;
  return { kind: 'flow', dims: [1], expression: { op: isVariance ? 'rowVariance' : 'rowMean', columns: 1, of } };
}

export const scalar = (value: number): Constant => constant(Float64Array.of(value), []);
