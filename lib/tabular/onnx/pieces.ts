import { type GraphWriter, int } from '../../formats/onnx/graph-writer';
import type { Feature } from '../encoder';

/** A value of the graph, and the columns of the network's input that its columns are. */
export interface Piece {
  value: string;
  columns: readonly number[];
}

/** A feature, and the columns of the network's input that it becomes. */
export interface Placed<Kind extends Feature = Feature> {
  feature: Kind;
  index: number;
  columns: readonly number[];
}

/** Numbers in double precision that are still to be scaled, and truth values: a column for each feature. */
export interface Unscaled {
  values: readonly string[];
  isMissing: string;
}

/** Matrices beside each other. */
export const beside = (graph: GraphWriter, values: readonly string[]): string =>
  values.length === 1 ? (values[0] as string) : graph.node('Concat', values, { axis: int(1) });
