import { selu } from '../activations';
import { erf, softplus } from '../elementary';
import type { Node } from './node';

/** A function of single numbers. */
export type Compute = (...values: number[]) => number;

const plain =
  (compute: Compute): ((node: Node) => Compute) =>
  () =>
    compute;

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

const geluTanh = (x: number): number => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));

/** A truth value as a number. */
const truth = (value: boolean): number => Number(value);

/** Operators that compute each number for itself. */
export const functions: Readonly<Record<string, (node: Node) => Compute>> = {
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
  // Halves become even.
  Round: plain((x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))),
  Cos: plain(Math.cos),
  Sin: plain(Math.sin),
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
  FastGelu: plain(geluTanh),
  QuickGelu: (node) => {
    const alpha = node.float('alpha', 1.702);
    return (x) => x * sigmoid(alpha * x);
  },
  Gelu: (node) => {
    const isTanh = node.text('approximate', 'none') === 'tanh';
    return (x) => (isTanh ? geluTanh(x) : (x / 2) * (1 + erf(x * Math.SQRT1_2)));
  },
};
