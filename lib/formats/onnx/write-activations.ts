import type { Activation } from '../../options';
import { float, type GraphWriter, int } from './graph-writer';

/** What an activation writes: takes the name of a value and returns that of its result. */
type Write = (graph: GraphWriter, z: string, columns: number) => string;

const operator =
  (name: string, attributes: Parameters<GraphWriter['node']>[2] = {}): Write =>
  (graph, z) =>
    graph.node(name, [z], attributes);

/** Every activation in operators that runtimes have had for long. */
const writers: Readonly<Record<Activation, Write>> = {
  linear: (_, z) => z,
  sigmoid: operator('Sigmoid'),
  tanh: operator('Tanh'),
  relu: operator('Relu'),
  leakyRelu: operator('LeakyRelu', { alpha: float(Math.fround(0.01)) }),
  elu: operator('Elu', { alpha: float(1) }),
  selu: operator('Selu'),
  gelu(graph, z) {
    const half = graph.node('Mul', [z, graph.number(0.5)]);
    const erf = graph.node('Erf', [graph.node('Mul', [z, graph.number(Math.SQRT1_2)])]);
    return graph.node('Mul', [half, graph.node('Add', [erf, graph.number(1)])]);
  },
  // (1 + tanh(u)) / 2 is sigmoid(2 u), which loses no digits where it is small.
  geluTanh(graph, z) {
    const cube = graph.node('Mul', [graph.node('Mul', [z, z]), z]);
    const inner = graph.node('Add', [z, graph.node('Mul', [cube, graph.number(0.044715)])]);
    const twice = graph.node('Mul', [inner, graph.number(2 * Math.sqrt(2 / Math.PI))]);
    return graph.node('Mul', [z, graph.node('Sigmoid', [twice])]);
  },
  silu: (graph, z) => graph.node('Mul', [z, graph.node('Sigmoid', [z])]),
  mish: (graph, z) => graph.node('Mul', [z, graph.node('Tanh', [graph.node('Softplus', [z])])]),
  softplus: operator('Softplus'),
  exp: operator('Exp'),
  meanVariance(graph, z, columns) {
    const isVariance = Array.from({ length: columns }, (_, column) => column % 2 === 1);
    return graph.node('Where', [graph.truths(`variances.${columns}`, isVariance), graph.node('Softplus', [z]), z]);
  },
  softmax: operator('Softmax', { axis: int(-1) }),
};

export function writeActivation(graph: GraphWriter, activation: Activation, z: string, columns: number): string {
  return writers[activation](graph, z, columns);
}
