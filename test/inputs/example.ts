import type { InputOptions, NetworkOptions, Precision } from '../../lib';
import { dense } from '../../lib';
import { RandomNumbers } from '../support/random-numbers';

/** All kinds of inputs, at places that are not multiples of sixteen. */
export const inputs: InputOptions[] = [
  { type: 'numeric', columns: 2 },
  { type: 'periodic', columns: 3, frequencies: 5, width: 3, sigma: 0.5 },
  { type: 'categorical', categories: 4, width: 3 },
  { type: 'categorical', categories: 3, columns: 2 },
  { type: 'numeric', columns: 1 },
  { type: 'categorical', categories: 30, width: 17, columns: 2 },
  { type: 'periodic', columns: 2, frequencies: 17, width: 18, sigma: 0.1 },
];

/** For each column of `x` the number of its categories, or 0. */
export const columns: number[] = [0, 0, 0, 0, 0, 4, 3, 3, 0, 30, 30, 0, 0];

export const network = <P extends Precision>(precision: P): NetworkOptions<P> => ({
  inputs,
  layers: [dense(7, 'tanh'), dense(2)],
  seed: 3,
  precision,
});

/** Rows of random numbers and categories, and targets. */
export function samples(rows: number, seed = 1): { x: number[][]; y: number[][] } {
  const random = new RandomNumbers(seed);
  const number = () => random.array(1, -2, 2)[0] as number;
  const x = Array.from({ length: rows }, () => columns.map((categories) => (categories > 0 ? random.below(categories) : number())));
  return { x, y: x.map((row) => [Math.sin(row[0] as number) + (row[5] as number) / 4, (row[9] as number) / 30]) };
}
