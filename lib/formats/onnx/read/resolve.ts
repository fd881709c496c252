import { nearestActivation, recognizeActivation, recognizeLinear } from '../activations';
import { activated, type Expression, type Layered, type Mapped, uniform, weightedSum } from './expressions';
import { madeOfActivations } from './made-of-activations';
import { NotLayered } from './not-layered';

/*
 * Functions of single numbers become activations: whatever operators a library writes gelu in, the function is the same. It is computed for
 * some numbers and compared.
 */

/** The most operators that one activation is written in. */
const mostOperators = 40;

/** Expressions that have become layers: each only once. Limits keep small files from asking for much time or memory. */
export class Resolved extends WeakMap<Expression, Layered> {
  /** The comparisons of functions that are left. */
  #comparisons = 2 ** 18;
  /** The weights, and values for columns, that layers may still be made of. */
  #weights = 2 ** 20;
  /** The elements that constants may still be computed to. */
  #elements = 2 ** 19;

  /** The file has `weights` more of them. Each may be used some times. */
  add(weights: number): void {
    this.#weights += 4 * weights;
    this.#elements += 2 * weights;
  }

  /** A constant of as many elements is computed from others. */
  fold(elements: number): void {
    this.#elements -= elements;
    if (!(this.#elements >= 0)) throw new NotLayered('the results of its constants would be far more numbers than the file has');
  }

  /** A function of `operators` nodes is compared with activations. */
  compare(operators: number): void {
    this.#comparisons -= operators * operators;
    if (this.#comparisons < 0) throw new NotLayered('the file has too many functions that may be activations');
  }

  /** As many `weights`, or values for columns, become part of a layer. */
  use(weights: number): void {
    this.#weights -= weights;
    if (!(this.#weights >= 0)) throw new NotLayered('its layers would have far more weights than the file');
  }
}

export function resolve(expression: Expression, resolved: Resolved): Layered {
  const known = resolved.get(expression);
  if (known !== undefined) return known;
  const layered = layeredOf(expression, resolved);
  resolved.set(expression, layered);
  return layered;
}

function layeredOf(expression: Expression, resolved: Resolved): Layered {
  switch (expression.op) {
    case 'mapped':
      return ofFunction(expression, resolved);
    case 'rowMean':
      resolved.use(expression.of.columns);
      return weightedSum(resolve(expression.of, resolved), 1 / expression.of.columns);
    case 'rowDifference':
    case 'rowVariance':
      throw new NotLayered('the variance of a row is only read as part of a layer normalization');
    case 'logSoftmax':
      throw new NotLayered('the logarithms of probabilities are only read as the output of a model');
    case 'memberMean':
      throw new NotLayered('the mean of members is only read as the output of a model');
    case 'turns':
    case 'waves':
      throw new NotLayered('a column times several numbers is only read as part of a periodic input');
    default:
      return expression;
  }
}

/** The layers that a function of single numbers is. */
function ofFunction(root: Mapped, resolved: Resolved): Layered {
  const [first, second] = root.of;
  if (root.operator === 'Exp' && isValue(first) && first.op === 'logSoftmax') return first.softmax;
  const functions = functionsOf(root, resolved);
  for (const { inner, f } of functions) {
    const linear = recognizeLinear(f);
    if (linear !== undefined) return uniform(resolve(inner, resolved), linear.factor, linear.summand);
    const activation = recognizeActivation(f);
    if (activation !== undefined) return activated(resolve(inner, resolved), activation);
    const made = madeOfActivations(f);
    if (made !== undefined) return made(resolve(inner, resolved));
  }
  if (isValue(first) && isValue(second) && ['Add', 'Sub', 'Sum'].includes(root.operator) && root.of.length === 2) {
    const [skip, branch] = [resolve(first, resolved), resolve(second, resolved)];
    const sign = root.operator === 'Sub' ? -1 : 1;
    if (skip === branch) return uniform(skip, 1 + sign);
    return { op: 'sum', columns: root.columns, of: [skip, uniform(branch, sign)] };
  }
  const [farthest] = functions;
  const problem = `no activation is this function of its input (${operatorsOf(root, resolved)})`;
  if (farthest === undefined) throw new NotLayered(problem, root.node);
  const nearest = nearestActivation(farthest.f);
  throw new NotLayered(`${problem}, which needs one of its own${nearest === undefined ? '' : `: ${nearest}`}`, root.node);
}

/** The functions that an expression is of those that all ways from it go through, the farthest first. */
export function functionsOf(root: Mapped, resolved: Resolved): { inner: Expression; f: (value: number) => number }[] {
  resolved.compare([...within(root, resolved)].length);
  return bottlenecks(root, resolved).map((inner) => ({ inner, f: (value) => compute(root, inner, value) }));
}

const isValue = (operand: Expression | number | undefined): operand is Expression => typeof operand === 'object';

/** Whether a function ends at an expression. It does at the sum of a residual block. */
const isLeaf = (expression: Expression, resolved: Resolved): boolean =>
  expression.op !== 'mapped' || resolved.get(expression)?.op === 'sum';

/** The expressions that a function is made of, without those of `except` and below. */
function* within(root: Mapped, resolved: Resolved, except?: Expression): Generator<Expression> {
  const seen = new Set<Expression>([root]);
  for (const expression of seen) {
    if (expression === except) continue;
    yield expression;
    if (seen.size > mostOperators) throw new NotLayered(`a function of more than ${mostOperators} operators is no activation`);
    if (!isLeaf(expression, resolved)) for (const operand of (expression as Mapped).of) if (isValue(operand)) seen.add(operand);
  }
}

function operatorsOf(root: Mapped, resolved: Resolved): string {
  const mapped = [...within(root, resolved)].filter((expression) => !isLeaf(expression, resolved)) as Mapped[];
  return [...new Set(mapped.reverse().map(({ operator }) => operator))].join(', ');
}

/** The expressions that all ways from the root go through, the farthest first. */
function bottlenecks(root: Mapped, resolved: Resolved): Expression[] {
  const all = [...within(root, resolved)].slice(1);
  const passed = (candidate: Expression): Expression[] => [...within(root, resolved, candidate)];
  return all
    .map((candidate) => ({ candidate, before: passed(candidate) }))
    .filter(({ before }) => before.every((expression) => !isLeaf(expression, resolved)))
    .sort((one, other) => other.before.length - one.before.length)
    .map(({ candidate }) => candidate);
}

/** The value of `root` where `inner` has one. */
function compute(root: Expression, inner: Expression, value: number, known: Map<Expression, number> = new Map([[inner, value]])): number {
  const found = known.get(root);
  if (found !== undefined) return found;
  const { of, compute: f } = root as Mapped;
  const result = f(...of.map((operand) => (isValue(operand) ? compute(operand, inner, value, known) : operand)));
  known.set(root, result);
  return result;
}
