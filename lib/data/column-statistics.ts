import type { Pieces } from '../event-loop';
import type { FloatArray } from '../native';

/** The number of values that are looked at between two looks at the clock: a tenth of a millisecond. */
const valuesAtOnce = 2 ** 14;

/**
 * The least values of all columns, then the largest ones; with moments also the means and the population's standard deviations, by Welford's
 * sums. `rows` is at least 1; `index` names them, otherwise they are the first ones.
 */
export function* measuringColumns(
  array: FloatArray,
  columns: number,
  rows: number,
  index: Uint32Array | undefined,
  moments: boolean,
): Pieces<Float64Array> {
  const result = new Float64Array((moments ? 4 : 2) * columns);
  const [least, most] = [part(result, 0, columns).fill(Infinity), part(result, 1, columns).fill(-Infinity)];
  const [mean, squares] = [part(result, 2, columns), part(result, 3, columns)];
  const rowsAtOnce = Math.ceil(valuesAtOnce / columns);
  for (let row = 0; row < rows; row++) {
    const begin = (index?.[row] ?? row) * columns;
    addRange(array, begin, least, most);
    if (moments) addMoments(array, begin, row + 1, mean, squares);
    if (row % rowsAtOnce === 0) yield;
  }
  for (let column = 0; column < squares.length; column++) squares[column] = Math.sqrt((squares[column] as number) / rows);
  return result;
}

/** Of statistics side by side, those of that place. */
export function part(statistics: Float64Array, place: number, columns: number): Float64Array {
  return statistics.subarray(place * columns, (place + 1) * columns);
}

function addRange(array: FloatArray, begin: number, least: Float64Array, most: Float64Array): void {
  for (let column = 0; column < least.length; column++) {
    const value = array[begin + column] as number;
    if (value < (least[column] as number)) least[column] = value;
    if (value > (most[column] as number)) most[column] = value;
  }
}

function addMoments(array: FloatArray, begin: number, count: number, mean: Float64Array, squares: Float64Array): void {
  for (let column = 0; column < mean.length; column++) {
    const value = array[begin + column] as number;
    const difference = value - (mean[column] as number);
    const moved = (mean[column] as number) + difference / count;
    mean[column] = moved;
    squares[column] = (squares[column] as number) + difference * (value - moved);
  }
}
