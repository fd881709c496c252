import type { Expression, RowMean } from './expressions';
import { type Resolved, resolve } from './resolve';
import type { Constant, Flow } from './values';

/** Steps of a layer normalization that other libraries write in single operators. */
export function rowStep(operator: string, [first, second]: readonly (Flow | Constant)[], resolved: Resolved): Expression | undefined {
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
