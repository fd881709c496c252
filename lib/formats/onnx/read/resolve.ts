import { recognizeActivation, recognizeBend, recognizeLimits, recognizeLinear } from '../activations';
import { type Expression, filled, type Layered, type Mapped, type RowMean, scaled } from './expressions';

/*
 * Functions of single numbers become activations: whatever operators a library writes gelu in, the function is the same. It is computed for
 * some numbers and compared.
 */

/** An expression that no layer stands for. */
export class NotLayered extends Error {}

/** The most operators that one activation is written in. */
const mostOperators = 40;

/** Expressions that have become layers: each only once. Limits keep small files from asking for much time or memory. */
export class Resolved extends WeakMap<Expression, Layered> {
  /** The comparisons of functions that are left. */
  #comparisons = 2 ** 18;
  /** The weights, and values for columns, that layers may still be made of. */
  #weights = 2 ** 23;

  /** The file has `weights` more of them. Each may be used some times. */
  add(weights: number): void {
    this.#weights += 4 * weights;
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
  if (isRowStep(expression)) {
    throw new NotLayered('the mean or the variance of a row is only read as part of a layer normalization');
  }
  const layered = expression.op === 'mapped' ? layeredOf(expression, resolved) : expression;
  resolved.set(expression, layered);
  return layered;
}

const isRowStep = (expression: Expression): expression is RowMean => ['rowMean', 'rowDifference', 'rowVariance'].includes(expression.op);

function layeredOf(root: Mapped, resolved: Resolved): Layered {
  resolved.compare([...within(root, resolved)].length);
  for (const inner of bottlenecks(root, resolved)) {
    const f = (value: number): number => compute(root, inner, value);
    const linear = recognizeLinear(f);
    if (linear !== undefined) {
      const of = resolve(inner, resolved);
      return uniform(of, linear.factor, linear.summand);
    }
    const activation = recognizeActivation(f);
    if (activation !== undefined) return { op: 'activated', columns: root.columns, of: resolve(inner, resolved), activation };
    const byRelu = madeOfRelu(f, inner, resolved);
    if (byRelu !== undefined) return byRelu;
  }
  const [first, second] = root.of;
  if (isValue(first) && isValue(second) && (root.operator === 'Add' || root.operator === 'Sub')) {
    const [skip, branch] = [resolve(first, resolved), resolve(second, resolved)];
    const sign = root.operator === 'Add' ? 1 : -1;
    if (skip === branch) return uniform(skip, 1 + sign);
    return { op: 'sum', columns: root.columns, of: [skip, uniform(branch, sign)] };
  }
  throw new NotLayered(`no activation is this function of its input (${operatorsOf(root, resolved)})`);
}

const uniform = (of: Layered, factor: number, summand = 0): Layered => scaled(of, filled(of.columns, factor), filled(of.columns, summand));

const relu = (of: Layered): Layered => ({ op: 'activated', columns: of.columns, of, activation: 'relu' });

/** Functions of straight lines, exactly: another slope below 0 is that of a residual block, and a limit one more relu. */
function madeOfRelu(f: (value: number) => number, inner: Expression, resolved: Resolved): Layered | undefined {
  const bend = recognizeBend(f);
  if (bend !== undefined && bend.below !== 0) {
    const x = resolve(inner, resolved);
    const { below, above } = bend;
    return uniform({ op: 'sum', columns: x.columns, of: [x, uniform(relu(x), (above - below) / below)] }, below);
  }
  const limits = recognizeLimits(f);
  if (limits === undefined) return undefined;
  const { least, most, factor, summand } = limits;
  const fromLeast = relu(uniform(resolve(inner, resolved), factor, summand - least));
  return uniform(relu(uniform(fromLeast, -1, most - least)), -1, most);
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
