import type { Activation } from '../../options';
import { erf, softplus } from './elementary';
import { float, type GraphWriter, int } from './graph-writer';

/** An activation in ONNX's operators. */
interface OnnxActivation {
  /** Takes the name of a value and returns that of its result. */
  write(graph: GraphWriter, z: string, columns: number): string;
  /** Of one number, for the recognition of other ways to write it. Absent: it is not of single numbers. */
  of?(z: number): number;
}

const operator =
  (name: string, attributes: Parameters<GraphWriter['node']>[2] = {}): OnnxActivation['write'] =>
  (graph, z) =>
    graph.node(name, [z], attributes);

export const selu = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 };

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const geluScale = 2 * Math.sqrt(2 / Math.PI);

/** Every activation, in operators that runtimes have had for long. */
const activations: Readonly<Record<Activation, OnnxActivation>> = {
  linear: { write: (_, z) => z },
  sigmoid: { write: operator('Sigmoid'), of: sigmoid },
  tanh: { write: operator('Tanh'), of: Math.tanh },
  relu: { write: operator('Relu'), of: (z) => Math.max(z, 0) },
  leakyRelu: { write: operator('LeakyRelu', { alpha: float(Math.fround(0.01)) }), of: (z) => (z < 0 ? 0.01 * z : z) },
  elu: { write: operator('Elu', { alpha: float(1) }), of: (z) => (z < 0 ? Math.expm1(z) : z) },
  selu: { write: operator('Selu'), of: (z) => selu.gamma * (z < 0 ? selu.alpha * Math.expm1(z) : z) },
  gelu: {
    write(graph, z) {
      const half = graph.node('Mul', [z, graph.number(0.5)]);
      const error = graph.node('Erf', [graph.node('Mul', [z, graph.number(Math.SQRT1_2)])]);
      return graph.node('Mul', [half, graph.node('Add', [error, graph.number(1)])]);
    },
    of: (z) => (z / 2) * (1 + erf(z * Math.SQRT1_2)),
  },
  geluTanh: {
    // (1 + tanh(u)) / 2 is sigmoid(2 u), which loses no digits where it is small.
    write(graph, z) {
      const cube = graph.node('Mul', [graph.node('Mul', [z, z]), z]);
      const inner = graph.node('Add', [z, graph.node('Mul', [cube, graph.number(0.044715)])]);
      return graph.node('Mul', [z, graph.node('Sigmoid', [graph.node('Mul', [inner, graph.number(geluScale)])])]);
    },
    of: (z) => z * sigmoid(geluScale * (z + 0.044715 * z ** 3)),
  },
  silu: { write: (graph, z) => graph.node('Mul', [z, graph.node('Sigmoid', [z])]), of: (z) => z * sigmoid(z) },
  mish: {
    write: (graph, z) => graph.node('Mul', [z, graph.node('Tanh', [graph.node('Softplus', [z])])]),
    of: (z) => z * Math.tanh(softplus(z)),
  },
  softplus: { write: operator('Softplus'), of: softplus },
  exp: { write: operator('Exp'), of: Math.exp },
  meanVariance: {
    write(graph, z, columns) {
      const isVariance = Array.from({ length: columns }, (_, column) => column % 2 === 1);
      return graph.node('Where', [graph.truths(`variances.${columns}`, isVariance), graph.node('Softplus', [z]), z]);
    },
  },
  softmax: { write: operator('Softmax', { axis: int(-1) }) },
};

export function writeActivation(graph: GraphWriter, activation: Activation, z: string, columns: number): string {
  return activations[activation].write(graph, z, columns);
}

const samples = [-30, -12, -7.3, -4.1, -3, -2.2, -1.5, -1, -0.6, -0.3, -0.05, 0, 0.04, 0.2, 0.7, 1, 1.3, 2.4, 3.6, 5, 8.8, 13];

/** Far below the differences between any two activations, and above the rounding of constants to single precision. */
const tolerance = 2e-6;

/** Numbers of all sizes: there functions differ that are the same near 0, such as one with limits, or of a column in large numbers. */
const farSamples = Array.from({ length: 30 }, (_, i) => 3.7 * 10 ** (i + 2)).flatMap((z) => [z, -z]);

const isNear = (found: number, wanted: number): boolean => Math.abs(found - wanted) <= tolerance * (1 + Math.abs(wanted));

/** A number that single precision has. */
const limited = (value: number): number => Math.min(mostSingle, Math.max(-mostSingle, value));
const mostSingle = 2 ** 128 - 2 ** 104;

/** Whether two functions of one number are the same. Far from 0 the first may overflow: log(1 + eᶻ) is softplus. */
function same(f: (z: number) => number, g: (z: number) => number): boolean {
  if (!samples.every((z) => isNear(f(z), g(z)))) return false;
  return farSamples.every((z) => {
    const found = f(z);
    return !Number.isFinite(found) || isNear(limited(found), limited(g(z)));
  });
}

/** Numbers of which no multiples are whole or each other's: functions of other frequencies differ at some. */
const unrelated = [Math.SQRT1_2, Math.sqrt(3), Math.sqrt(5), -Math.sqrt(7), Math.E, -Math.PI, Math.LN2, -Math.LN10, Math.cbrt(2), -0.3];

/** The wave that a function of turns is. */
export function recognizeWave(f: (turns: number) => number): 'cosine' | 'sine' | undefined {
  const isWave = (wave: (angle: number) => number): boolean =>
    unrelated.every((turns) => Math.abs(f(turns) - wave(2 * Math.PI * turns)) <= tolerance);
  return isWave(Math.cos) ? 'cosine' : isWave(Math.sin) ? 'sine' : undefined;
}

/** The activation that a function of one number is. */
export function recognizeActivation(f: (z: number) => number): Activation | undefined {
  for (const [name, { of }] of Object.entries(activations)) if (of !== undefined && same(f, of)) return name as Activation;
  return undefined;
}

/** The factor and the summand of a function that is linear. */
export function recognizeLinear(f: (z: number) => number): { factor: number; summand: number } | undefined {
  const summand = f(0);
  // Far from 0 the summand takes no digits away.
  const far = 2 ** 100;
  const factor = (f(far) - f(-far)) / (2 * far);
  return same(f, (z) => factor * z + summand) ? { factor, summand } : undefined;
}

/** The slopes below and above 0 of a function of two straight lines that meet there. */
export function recognizeBend(f: (z: number) => number): { below: number; above: number } | undefined {
  const [below, above] = [-f(-1), f(1)];
  return same(f, (z) => (z < 0 ? below : above) * z) ? { below, above } : undefined;
}

/** A straight line between a least and a most value, of which one may be infinite. */
export interface Limited {
  least: number;
  most: number;
  factor: number;
  summand: number;
}

/** The line and its limits, of a function that has one or both. */
export function recognizeLimits(f: (z: number) => number): Limited | undefined {
  const limit = (far: number): number | undefined => (f(far) === f(2 * far) ? f(far) : undefined);
  const [least = -Infinity, most = Infinity] = [limit(-1e30), limit(1e30)];
  if (!(least < most && (least > -Infinity || most < Infinity))) return undefined;
  const near = 1e-3;
  const lines = [
    { factor: 1, summand: 0 },
    { factor: (f(near) - f(-near)) / (2 * near), summand: f(0) },
  ];
  const line = lines.find(({ factor, summand }) => same(f, (z) => Math.min(most, Math.max(least, factor * z + summand))));
  return line && { least, most, ...line };
}

/** The factors of eᶻ - 1 below 0 and of z above, of a function that is made of both: Elu and Selu of any settings. */
export function recognizeExponential(f: (z: number) => number): { below: number; above: number } | undefined {
  const [below, above] = [f(-1) / Math.expm1(-1), f(1)];
  return below !== 0 && same(f, (z) => (z < 0 ? below * Math.expm1(z) : above * z)) ? { below, above } : undefined;
}

/** Activations of which `activation(factor * z) / factor` is another function. */
const stretchable = ['silu', 'elu', 'softplus', 'gelu', 'geluTanh', 'mish'] as const;
const mostStretched = 64;

/** The activation and the factor, of a function that is `activation(factor * z) / factor`. */
export function recognizeStretched(f: (z: number) => number): { activation: Activation; factor: number } | undefined {
  for (const activation of stretchable) {
    const of = activations[activation].of as (z: number) => number;
    const factor = factorWhere((candidate) => of(-candidate) / candidate, f(-1));
    if (factor !== undefined && same(f, (z) => of(factor * z) / factor)) return { activation, factor };
  }
  return undefined;
}

/** The argument at which a monotonic function has a value. */
function factorWhere(f: (factor: number) => number, value: number): number | undefined {
  let [low, high] = [1 / mostStretched, mostStretched];
  const rises = f(high) > f(low);
  for (let halvings = 0; halvings < 60; halvings++) {
    const middle = Math.sqrt(low * high);
    if (f(middle) < value === rises) low = middle;
    else high = middle;
  }
  return low > 1 / mostStretched && high < mostStretched ? low : undefined;
}

/** The activation that is nearest to a function, in messages. Undefined where the function is not defined everywhere. */
export function nearestActivation(f: (z: number) => number): string | undefined {
  const distances = Object.entries(activations).flatMap(([name, { of }]) =>
    of === undefined ? [] : [{ name, distance: Math.max(...samples.map((z) => Math.abs(f(z) - of(z)))) }],
  );
  const nearest = distances.reduce((best, other) => (other.distance < best.distance ? other : best));
  if (!Number.isFinite(nearest.distance)) return undefined;
  return `the nearest, ${nearest.name}, differs by up to ${nearest.distance.toPrecision(2)} from ${samples[0]} to ${samples.at(-1)}`;
}
