import { described, type GraphWriter, int } from '../../formats/onnx/graph-writer';
import { elementTypes, type OnnxValue } from '../../formats/onnx/schema';
import { outputsOf, type Target } from '../target';

/** The outputs of a file: `value`, or `label` and `probabilities`. */
export function outputsOfTarget(target: Target, prefix: string): OnnxValue[] {
  if (target.kind === 'regression') return [described(`${prefix}value`, elementTypes.double, [1])];
  return [
    described(`${prefix}label`, elementTypes.text, []),
    described(`${prefix}probabilities`, elementTypes.float, [target.classes.length]),
  ];
}

/** Writes what the network's outputs `y` stand for. */
export function writeTarget(y: string, graph: GraphWriter, target: Target, names: readonly string[]): void {
  graph.part = 'target.';
  if (target.kind === 'regression') {
    const { deviation, mean, min, max } = target;
    const standardised = graph.node('Cast', [y], { to: int(elementTypes.double) });
    const value = graph.node('Add', [graph.node('Mul', [standardised, graph.double(deviation)]), graph.double(mean)]);
    graph.node('Clip', [value, graph.double(min), graph.double(max)], {}, names[0]);
    return;
  }
  const { classes } = target;
  const hasMore = outputsOf(target) > classes.length;
  const shown = hasMore ? graph.node('Gather', [y, graph.integers([...classes.keys()], 'target.columns')], { axis: int(1) }) : y;
  const best = graph.node('ArgMax', [shown], { axis: int(1), keepdims: int(0) });
  graph.node('Gather', [graph.texts('target.classes', classes), best], {}, names[0]);
  const sum = graph.node('ReduceSum', [shown, graph.integers([1])], { keepdims: int(1) });
  graph.node('Div', [shown, sum], {}, names[1]);
}
