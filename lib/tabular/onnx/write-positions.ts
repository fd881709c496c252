import { type GraphWriter, int } from '../../formats/onnx/graph-writer';
import { type Quantiles, reach, shareOfScaled } from '../position';
import { limit } from '../scaling';

/** A column of scaled numbers, and its quantiles. */
export interface Positioned {
  column: number;
  quantiles: Quantiles;
}

/** Numbers stay below `limit`: this step counts nothing. */
const beyond = [limit + 1, limit + 2] as const;

/** Writes what `positioned` makes of columns of scaled numbers: a position is the sum of its shares in the steps between quantiles. */
export function writePositions(graph: GraphWriter, scaled: string, placed: readonly Positioned[]): string {
  const most = Math.max(...placed.map(({ quantiles }) => quantiles.length - 1));
  const steps = placed.map(({ quantiles }) =>
    Array.from({ length: most }, (_, step) =>
      step < quantiles.length - 1 ? ([quantiles[step], quantiles[step + 1]] as [number, number]) : beyond,
    ),
  );
  const dims = [placed.length, most];
  const from = graph.doubles(
    'encoder.positions.from',
    dims,
    steps.flat().map(([low]) => low),
  );
  const width = graph.doubles(
    'encoder.positions.width',
    dims,
    steps.flat().map(([low, high]) => high - low),
  );
  const factors = placed.map(({ quantiles }) => ((1 - shareOfScaled) * reach * 2) / (quantiles.length - 1));
  const factor = graph.doubles('encoder.positions.factor', [placed.length], factors);

  const values = graph.node(
    'Gather',
    [
      scaled,
      graph.integers(
        placed.map(({ column }) => column),
        'encoder.positions.columns',
      ),
    ],
    { axis: int(1) },
  );
  const share = graph.node('Div', [graph.node('Sub', [graph.node('Unsqueeze', [values, graph.integers([2])]), from]), width]);
  const within = graph.node('Clip', [share, graph.double(0), graph.double(1)]);
  const sum = graph.node('ReduceSum', [within, graph.integers([2])], { keepdims: int(0) });
  const positions = graph.node('Sub', [graph.node('Mul', [sum, factor]), graph.double((1 - shareOfScaled) * reach)]);
  return graph.node('Add', [positions, graph.node('Mul', [values, graph.double(shareOfScaled)])]);
}
