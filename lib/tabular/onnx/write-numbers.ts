import type { GraphWriter } from '../../formats/onnx/graph-writer';
import type { NumberState } from '../number-feature';
import { beside, type Placed, type Unscaled } from './pieces';

/** All columns of numbers, in one matrix: the mean in place of missing ones, and the largest or least one in place of infinite ones. */
export function writeNumbers(graph: GraphWriter, placed: readonly Placed<NumberState>[]): Unscaled {
  const features = placed.map(({ feature }) => feature);
  const x = beside(
    graph,
    features.map(({ name }) => name),
  );
  const each = (name: 'mean' | 'min' | 'max'): string =>
    graph.doubles(
      `encoder.numbers.${name}`,
      [features.length],
      features.map((feature) => feature[name]),
    );
  const isMissing = graph.node('IsNaN', [x]);
  const known = graph.node('Where', [isMissing, each('mean'), x]);
  const below = graph.node('Where', [graph.node('Equal', [known, graph.double(Infinity)]), each('max'), known]);
  const value = graph.node('Where', [graph.node('Equal', [below, graph.double(-Infinity)]), each('min'), below]);
  return { values: [value], isMissing };
}
