import type { LayerKind, LayerPlace, LayerSpec } from '../../options';
import { writeActivation } from './activations';
import { float, type GraphWriter, int, type WriteTensor } from './graph-writer';

/** A layer, and the ways to its tensors and to the layers inside it. */
interface Written<Spec> {
  graph: GraphWriter;
  spec: Spec;
  place: LayerPlace;
  /** Writes a tensor of the layer, by default in its own shape, and returns its name. */
  tensor: WriteTensor;
  /** The layers inside it, one behind the other. */
  inside(x: string): string;
}

/** Takes the name of a layer's input and returns that of its output. */
type Write<Spec> = (x: string, layer: Written<Spec>) => string;

type Writers = { readonly [Kind in LayerKind]: Write<Extract<LayerSpec, { type: Kind }>> };

const unchanged = (x: string): string => x;

/*
 * Behind a members layer a value is [members, rows, columns] in place of [rows, columns]; tensors with an element or a matrix for each member
 * are [members, 1, columns] or [members, rows, columns], and spread over the rows.
 */

const writers: Writers = {
  dense(x, { graph, spec: { activation, units, perMember }, place: { input }, tensor }) {
    const { columns, members } = input;
    const z = (): string => {
      if (!input.ensemble) return graph.node('Gemm', [x, tensor('weights'), tensor('bias')]);
      if (perMember === 'none') return graph.node('Add', [graph.node('MatMul', [x, tensor('weights')]), tensor('bias')]);
      const bias = tensor('bias', { dims: [members, 1, units] });
      if (perMember === 'weights') return graph.node('Add', [graph.node('MatMul', [x, tensor('weights')]), bias]);
      const scaled = graph.node('Mul', [x, tensor('inputScale', { dims: [members, 1, columns] })]);
      const product = graph.node('MatMul', [scaled, tensor('weights')]);
      return graph.node('Add', [graph.node('Mul', [product, tensor('outputScale', { dims: [members, 1, units] })]), bias]);
    };
    return writeActivation(graph, activation, z(), units);
  },
  activation: (x, { graph, spec, place }) => writeActivation(graph, spec.activation, x, place.input.columns),
  dropout: unchanged,
  gaussianNoise: unchanged,
  scale: (x, { graph, tensor }) => graph.node('Mul', [x, tensor('scale')]),
  // A constant column becomes 0.
  normalize(x, { graph, tensor }) {
    const difference = graph.node('Sub', [x, tensor('mean')]);
    return graph.node('Div', [difference, tensor('deviation', { zeros: Infinity })]);
  },
  batchNorm(x, { graph, spec, place, tensor }) {
    const [scale, bias, mean, variance] = ['scale', 'bias', 'runningMean', 'runningVariance'].map((name) => tensor(name)) as Four;
    if (!place.input.ensemble) return graph.node('BatchNormalization', [x, scale, bias, mean, variance], { epsilon: float(spec.epsilon) });
    const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.number(spec.epsilon)])]);
    const normalized = graph.node('Div', [graph.node('Sub', [x, mean]), deviation]);
    return graph.node('Add', [graph.node('Mul', [normalized, scale]), bias]);
  },
  layerNorm(x, { graph, spec, tensor }) {
    const attributes = { axis: int(-1), epsilon: float(spec.epsilon) };
    return graph.node('LayerNormalization', [x, tensor('scale'), tensor('bias')], attributes);
  },
  residual: (x, { graph, inside }) => graph.node('Add', [x, inside(x)]),
  members: (x, { graph, spec, place, tensor }) =>
    graph.node('Mul', [x, tensor('inputScale', { dims: [spec.count, 1, place.input.columns] })]),
};

type Four = [string, string, string, string];

/** Writes a layer and those inside it. */
export function writeLayer(x: string, layer: Written<never>): string {
  const write = writers[layer.place.spec.type as LayerKind] as Write<never>;
  return write(x, layer);
}
