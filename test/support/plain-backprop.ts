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

/** f(z) and f′(z). */
type Pair = [f: (z: number) => number, derivative: (z: number) => number];

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
  return z.map((row) => row.map(f));
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
  return z.map((row, s) => row.map((value, j) => derivative(value) * at(d, s, j)));
}

export const at = (matrix: Matrix, row: number, column: number): number => matrix[row]?.[column] as number;

export const transposed = (m: Matrix): Matrix => (m[0] as number[]).map((_, column) => m.map((row) => row[column] as number));

export function multiply(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => (b[0] as number[]).map((_, j) => row.reduce((sum, value, k) => sum + value * at(b, k, j), 0)));
}

export function affine(a: Matrix, { weights, bias }: PlainLayer): Matrix {
  return multiply(a, weights).map((row) => row.map((value, j) => value + (bias[j] as number)));
}

/** The loss of a batch, and dE/dZ of the last layer. */
function lossOf(loss: LossName, activation: Activation, z: Matrix, y: Matrix): { value: number; delta: Matrix } {
  const a = activate(activation, z);
  const outputs = (y[0] as number[]).length;
  const count = y.length * (loss === 'crossEntropy' ? 1 : outputs);
  const perElement = (term: (o: number, y: number) => [value: number, slope: number]) => {
    let value = 0;
    const slopes = o.map((row, s) =>
      row.map((output, j) => {
        const [part, slope] = term(output, at(y, s, j));
        value += part / count;
        return slope / count;
      }),
    );
    return { value, slopes };
  };
  // A cross-entropy takes logits: those of the activation that belongs to it, or else the outputs.
  const fused = (loss === 'crossEntropy' && activation === 'softmax') || (loss === 'binaryCrossEntropy' && activation === 'sigmoid');
  const o = fused ? z : a;
  const finish = ({ value, slopes }: { value: number; slopes: Matrix }) => ({
    value,
    delta: fused ? slopes : derive(activation, z, slopes),
  });
  switch (loss) {
    case 'mse':
      return finish(perElement((output, target) => [(output - target) ** 2, 2 * (output - target)]));
    case 'mae':
      return finish(perElement((output, target) => [Math.abs(output - target), Math.sign(output - target)]));
    case 'huber':
      return finish(
        perElement((output, target) => {
          const d = output - target;
          return Math.abs(d) <= 1 ? [(d * d) / 2, d] : [Math.abs(d) - 0.5, Math.sign(d)];
        }),
      );
    case 'binaryCrossEntropy':
      return finish(perElement((output, target) => [softplus(output) - target * output, sigmoid(output) - target]));
    case 'crossEntropy': {
      const p = o.map(softmax);
      const total = (row: number[]) => row.reduce((sum, target) => sum + target, 0);
      const value = y.reduce((sum, row, s) => sum - row.reduce((part, target, j) => part + target * Math.log(at(p, s, j)), 0), 0) / count;
      return finish({ value, slopes: p.map((row, s) => row.map((q, j) => (q * total(y[s] as number[]) - at(y, s, j)) / count)) });
    }
  }
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
