import { labelOutput, middleOf, type NetworkSpec } from '../../options';
import { type GraphWriter, int } from './graph-writer';
import { elementTypes } from './schema';

/** Writes the output with the name of each row's class, as `toClasses` finds it. */
export function writeLabels(graph: GraphWriter, output: string, spec: NetworkSpec): void {
  const names = graph.texts('classNames', spec.classNames as string[]);
  const last = spec.layers.at(-1) as Extract<NetworkSpec['layers'][number], { units: number }>;
  graph.node(
    'Gather',
    [names, last.units > 1 ? largest(graph, output) : above(graph, output, middleOf(spec.loss.type, last.activation))],
    {},
    labelOutput,
  );
}

function largest(graph: GraphWriter, output: string): string {
  return graph.node('ArgMax', [output], { axis: int(1), keepdims: int(0) });
}

/** Class 1 for values above the middle, else class 0. */
function above(graph: GraphWriter, output: string, middle: number): string {
  const isAbove = graph.node('Greater', [output, graph.number(middle)]);
  return graph.node('Reshape', [graph.node('Cast', [isAbove], { to: int(elementTypes.int64) }), graph.integers([-1])]);
}
