import { inSlices, type Pieces } from '../event-loop';
import { permuting, streams } from '../splits/permutation';
import type { Encoder } from './encoder';
import { deviationOf } from './figures';

/** How much a figure is worse where the values of one column are put into a random order. */
export interface Importance {
  column: string;
  /** The mean over the orders; above 0: the column helps. */
  drop: number;
  /** The standard deviation over the orders. */
  spread: number;
}

const repeats = 5;
/** Rows that are predicted at the most, over all columns and orders; and the fewest of one order that tell anything. */
const mostPredictions = 100_000;
const fewestRows = 50;
const mostColumns = 500;

/** The number of rows that are measured with; 0: there are too many columns. */
export function rowsForImportance(rows: number, columns: number): number {
  const affordable = Math.floor(mostPredictions / (columns * repeats));
  return columns > mostColumns || affordable < Math.min(rows, fewestRows) ? 0 : Math.min(rows, affordable);
}

/**
 * Permutation importance (Breiman 2001; Fisher, Rudin & Dominici 2019). `x` has the rows to test with; `loss` measures the error of predictions for
 * such a matrix, the smaller the better.
 */
export async function measureImportance(
  encoder: Encoder,
  x: Float32Array,
  loss: (x: Float32Array) => Promise<number>,
  seed: number,
  isEnded: () => boolean,
): Promise<Importance[]> {
  const base = await loss(x);
  const all: Importance[] = [];
  for (const [index, { name }] of encoder.features.entries()) {
    if (isEnded()) break;
    const drops: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const permuted = await inSlices(permutingFeature(encoder, index, x, seed, repeat));
      drops.push((await loss(permuted)) - base);
    }
    all.push({ column: name, drop: drops.reduce((sum, drop) => sum + drop, 0) / repeats, spread: deviationOf(drops) });
  }
  return all.sort((a, b) => b.drop - a.drop);
}

/** A copy of the input in which the columns of one feature are in a random order. */
function* permutingFeature(encoder: Encoder, index: number, x: Float32Array, seed: number, repeat: number): Pieces<Float32Array> {
  const { width } = encoder;
  const rows = x.length / width;
  const columns = encoder.columnsOf(index);
  const order = yield* permuting(rows, seed, streams.split, repeats * index + repeat);
  const permuted = x.slice();
  yield;
  for (const [row, from] of order.entries()) {
    for (const column of columns) permuted[row * width + column] = x[from * width + column] as number;
  }
  return permuted;
}
