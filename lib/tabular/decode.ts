import type { Pieces } from '../event-loop';
import { rowsAtOnce } from './features';
import type { Judged } from './figures';
import { decodeNumber, outputsOf, type Target } from './target';

/** Predictions of many rows, as numbers. */
export type Decoded = Pick<Judged, 'predicted' | 'probabilities'>;

/** Turns the outputs of a network into predictions, row by row. */
export function* decoding(target: Target, outputs: ArrayLike<number>): Pieces<Decoded> {
  const columns = outputsOf(target);
  const rows = outputs.length / columns;
  if (target.kind === 'regression') {
    const predicted = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      predicted[row] = decodeNumber(target, outputs[row] as number);
      if (row % rowsAtOnce === 0) yield;
    }
    return { predicted };
  }
  const classes = target.classes.length;
  const predicted = new Int32Array(rows);
  const probabilities = new Float64Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    let [sum, best] = [0, 0];
    for (let index = 0; index < classes; index++) {
      const probability = outputs[row * columns + index] as number;
      sum += probability;
      if (probability > (outputs[row * columns + best] as number)) best = index;
    }
    predicted[row] = best;
    // In single precision their sum is not exactly 1.
    for (let index = 0; index < classes; index++) probabilities[row * classes + index] = (outputs[row * columns + index] as number) / sum;
    if (row % rowsAtOnce === 0) yield;
  }
  return { predicted, probabilities };
}

/** The truth of rows in the units of the target. */
export function truthOf(
  target: Target,
  y: Float32Array | Int32Array,
  values: Float64Array | undefined,
  rows: Uint32Array,
): Judged['truth'] {
  if (target.kind === 'classes') return Int32Array.from(rows, (row) => y[row] as number);
  return Float64Array.from(rows, (row) => (values as Float64Array)[row] as number);
}
