import type { Activation, LossName } from '../../lib';

/*
 * Backpropagation in plain loops, in double precision and with Math's functions: slow, obvious, and independent of the addon. A matrix is an
 * array of rows.
 */

export type Matrix = number[][];

/** A dense layer. */
export interface PlainLayer {
  weights: Matrix;
  bias: number[];
  activation: Activation;
}

/** f(z) and f′(z), in a column. */
type Pair = [f: (z: number, column: number) => number, derivative: (z: number, column: number) => number];

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** Φ(z) by its series around 0: Φ(z) = 1/2 + φ(z) (z + z³/3 + z⁵/(3·5) + …). Beyond ±10 it would need more terms, and Φ is 0 or 1 to 1e-23. */
function normal(z: number): number {
  if (Math.abs(z) > 10) return z > 0 ? 1 : 0;
  let term = z;
  let sum = z;
  for (let n = 3; n < 301; n += 2) sum += term *= (z * z) / n;
  return 0.5 + density(z) * sum;
}

const selu = { scale: 1.0507009873554805, alpha: 1.6732632423543772 };
const geluInner = (z: number): number => Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3);

const pairs: Record<Exclude<Activation, 'softmax'>, Pair> = {
  linear: [(z) => z, () => 1],
  sigmoid: [sigmoid, (z) => sigmoid(z) * (1 - sigmoid(z))],
  tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
  relu: [(z) => Math.max(0, z), (z) => (z > 0 ? 1 : 0)],
  leakyRelu: [(z) => (z > 0 ? z : 0.01 * z), (z) => (z > 0 ? 1 : 0.01)],
  elu: [(z) => (z > 0 ? z : Math.expm1(z)), (z) => (z > 0 ? 1 : Math.exp(z))],
  selu: [(z) => selu.scale * (z > 0 ? z : selu.alpha * Math.expm1(z)), (z) => selu.scale * (z > 0 ? 1 : selu.alpha * Math.exp(z))],
  gelu: [(z) => z * normal(z), (z) => normal(z) + z * density(z)],
  geluTanh: [
    (z) => (z * (1 + Math.tanh(geluInner(z)))) / 2,
    (z) => {
      const t = Math.tanh(geluInner(z));
      return (1 + t) / 2 + (z * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * z * z)) / 2;
    },
  ],
  silu: [(z) => z * sigmoid(z), (z) => sigmoid(z) * (1 + z * (1 - sigmoid(z)))],
  mish: [(z) => z * Math.tanh(softplus(z)), (z) => Math.tanh(softplus(z)) + z * sigmoid(z) * (1 - Math.tanh(softplus(z)) ** 2)],
  softplus: [softplus, sigmoid],
  exp: [Math.exp, Math.exp],
  meanVariance: [(z, column) => (column % 2 === 0 ? z : softplus(z)), (z, column) => (column % 2 === 0 ? 1 : sigmoid(z))],
};

function softmax(row: number[]): number[] {
  const largest = Math.max(...row);
  const powers = row.map((z) => Math.exp(z - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

export function activate(activation: Activation, z: Matrix): Matrix {
  if (activation === 'softmax') return z.map(softmax);
  const [f] = pairs[activation];
  return z.map((row) => row.map((value, column) => f(value, column)));
}

/** dE/dz of dE/da. */
function derive(activation: Activation, z: Matrix, d: Matrix): Matrix {
  if (activation === 'softmax') {
    return z.map((row, s) => {
      const a = softmax(row);
      const mean = a.reduce((sum, value, j) => sum + value * at(d, s, j), 0);
      return a.map((value, j) => value * (at(d, s, j) - mean));
    });
  }
  const [, derivative] = pairs[activation];
  return z.map((row, s) => row.map((value, j) => derivative(value, j) * at(d, s, j)));
}

export const at = (matrix: Matrix, row: number, column: number): number => matrix[row]?.[column] as number;

export const transposed = (m: Matrix): Matrix => (m[0] as number[]).map((_, column) => m.map((row) => row[column] as number));

export function multiply(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => (b[0] as number[]).map((_, j) => row.reduce((sum, value, k) => sum + value * at(b, k, j), 0)));
}

export function affine(a: Matrix, { weights, bias }: PlainLayer): Matrix {
  return multiply(a, weights).map((row) => row.map((value, j) => value + (bias[j] as number)));
}

/** The loss of one output, and its derivative. */
type Term = (o: number, y: number, column: number) => [value: number, slope: number];

const side = (y: number): number => (y > 0 ? 1 : -1);
const quantiles = [0.1, 0.5, 0.9];
const focalFactor = (o: number, y: number): number => (0.25 * y + 0.75 * (1 - y)) * (sigmoid(o) * (1 - y) + sigmoid(-o) * y) ** 2;

const terms: Partial<Record<LossName, Term>> = {
  mse: (o, y) => [(o - y) ** 2, 2 * (o - y)],
  mae: (o, y) => [Math.abs(o - y), Math.sign(o - y)],
  huber: (o, y) => (Math.abs(o - y) <= 1 ? [(o - y) ** 2 / 2, o - y] : [Math.abs(o - y) - 0.5, Math.sign(o - y)]),
  quantile(o, y, column) {
    const q = quantiles[column % 3] as number;
    return y > o ? [q * (y - o), -q] : [(1 - q) * (o - y), 1 - q];
  },
  poisson: (o, y) => [Math.exp(o) - y * o, Math.exp(o) - y],
  hinge: (o, y) => (side(y) * o < 1 ? [1 - side(y) * o, -side(y)] : [0, 0]),
  squaredHinge(o, y) {
    const h = Math.max(0, 1 - side(y) * o);
    return [h * h, -2 * side(y) * h];
  },
  binaryCrossEntropy: (o, y) => [softplus(o) - y * o, sigmoid(o) - y],
  focal(o, y) {
    const miss = sigmoid(o) * (1 - y) + sigmoid(-o) * y;
    const ce = softplus(o) - y * o;
    const dMiss = sigmoid(o) * sigmoid(-o) * (1 - 2 * y);
    return [focalFactor(o, y) * ce, focalFactor(o, y) * (sigmoid(o) - y + (2 * ce * dMiss) / miss)];
  },
};

function logSoftmax(row: number[]): number[] {
  const largest = Math.max(...row);
  const log = Math.log(total(row.map((z) => Math.exp(z - largest))));
  return row.map((z) => z - largest - log);
}

/** The loss of a row, and its derivatives. */
type RowLoss = (o: number[], y: number[]) => { value: number; slopes: number[] };

const total = (row: number[]): number => row.reduce((sum, value) => sum + value, 0);

const crossEntropy: RowLoss = (o, y) => {
  const p = softmax(o);
  return {
    value: -total(y.map((target, j) => target * Math.log(p[j] as number))),
    slopes: p.map((q, j) => q * total(y) - (y[j] as number)),
  };
};

const rowLosses: Partial<Record<LossName, RowLoss>> = {
  crossEntropy,
  kl(o, y) {
    const { value, slopes } = crossEntropy(o, y);
    return { value: value + total(y.map((target) => (target === 0 ? 0 : target * Math.log(target)))), slopes };
  },
  categoricalFocal(o, y) {
    const logs = logSoftmax(o);
    const p = logs.map(Math.exp);
    const misses = logs.map((log) => -Math.expm1(log));
    const inner = (j: number): number => 2 * (p[j] as number) * (misses[j] as number) * (logs[j] as number) - (misses[j] as number) ** 2;
    const g = y.map((target, j) => target * inner(j));
    const value = -total(y.map((target, j) => target * (misses[j] as number) ** 2 * (logs[j] as number)));
    return { value, slopes: p.map((q, j) => (g[j] as number) - q * total(g)) };
  },
  gaussianNLL(o, y) {
    const parts = y.map((target, j) => {
      const [d, variance] = [(o[2 * j] as number) - target, Math.max(1e-6, o[2 * j + 1] as number)];
      const value = (Math.log(variance) + (d * d) / variance) / 2;
      return { value, slopes: [d / variance, (1 - (d * d) / variance) / variance / 2] };
    });
    return { value: total(parts.map(({ value }) => value)), slopes: parts.flatMap(({ slopes }) => slopes) };
  },
};

/** The activations whose logits a loss takes in place of the outputs. */
const links: Partial<Record<LossName, Activation>> = {
  crossEntropy: 'softmax',
  categoricalFocal: 'softmax',
  kl: 'softmax',
  binaryCrossEntropy: 'sigmoid',
  focal: 'sigmoid',
  poisson: 'exp',
};

/** The loss of a batch, and dE/dZ of the last layer. */
function lossOf(loss: LossName, activation: Activation, z: Matrix, y: Matrix): { value: number; delta: Matrix } {
  const fused = links[loss] === activation;
  const o = fused ? z : activate(activation, z);
  const [outputs, targets] = [o, y].map((matrix) => (matrix[0] as number[]).length) as [number, number];
  const found = o.map((row, s) => {
    const own = y[s] as number[];
    const rowLoss = rowLosses[loss];
    if (rowLoss !== undefined) return rowLoss(row, own);
    const all = row.map((output, j) => (terms[loss] as Term)(output, own[Math.floor((j * targets) / outputs)] as number, j));
    return { value: total(all.map(([value]) => value)), slopes: all.map(([, slope]) => slope) };
  });
  const count = y.length * (links[loss] === 'softmax' ? 1 : loss === 'gaussianNLL' ? targets : outputs);
  const slopes = found.map((row) => row.slopes.map((slope) => slope / count));
  return { value: total(found.map(({ value }) => value)) / count, delta: fused ? slopes : derive(activation, z, slopes) };
}

/** The matrices that `forward` and `backward` should show. `masks`: the factors of each layer's input, for dropout. */
export function plainBackprop(layers: PlainLayer[], x: Matrix, y: Matrix, loss: LossName, masks: Matrix[] = []) {
  const masked = (m: Matrix, mask: Matrix | undefined) => (mask ? m.map((row, s) => row.map((value, i) => value * at(mask, s, i))) : m);
  const inputs: Matrix[] = [];
  const zs: Matrix[] = [];
  let passed = x;
  for (const [index, layer] of layers.entries()) {
    inputs.push(masked(passed, masks[index]));
    zs.push(affine(inputs[index] as Matrix, layer));
    passed = activate(layer.activation, zs[index] as Matrix);
  }
  const last = layers.length - 1;
  const { value, delta } = lossOf(loss, (layers[last] as PlainLayer).activation, zs[last] as Matrix, y);
  const deltas = [delta];
  for (let index = last; index > 0; index--) {
    const above = multiply(deltas[0] as Matrix, transposed((layers[index] as PlainLayer).weights));
    deltas.unshift(derive((layers[index - 1] as PlainLayer).activation, zs[index - 1] as Matrix, masked(above, masks[index])));
  }
  return { loss: value, inputs, zs, outputs: passed, deltas };
}
