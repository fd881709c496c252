import type { GraphWriter } from '../../formats/onnx/graph-writer';
import { far, limit, type Scaling } from '../scaling';

/** Scales all columns of a matrix, as `scaled` does. */
export function writeScaled(graph: GraphWriter, x: string, scalings: readonly Scaling[]): string {
  const size = [scalings.length];
  const centers = graph.doubles(
    'encoder.centers',
    size,
    scalings.map(([center]) => center),
  );
  const factors = graph.doubles(
    'encoder.factors',
    size,
    scalings.map(([, factor]) => factor),
  );
  const product = graph.node('Mul', [graph.node('Sub', [x, centers]), factors]);
  const isConstant = scalings.map(([, factor]) => factor === 0);
  // An infinite difference times 0 would be NaN.
  const distance = isConstant.includes(true)
    ? graph.node('Where', [graph.truths('encoder.constant', isConstant), graph.double(0), product])
    : product;
  const near = graph.node('Clip', [distance, graph.double(-far), graph.double(far)]);
  const share = graph.node('Div', [near, graph.double(limit)]);
  const root = graph.node('Sqrt', [graph.node('Add', [graph.node('Mul', [share, share]), graph.double(1)])]);
  return graph.node('Div', [near, root]);
}
