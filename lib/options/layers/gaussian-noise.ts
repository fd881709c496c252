import { number, record } from '../check';
import type { LayerRow } from './row';

/** Adds a normally distributed number to each value while training; does nothing in prediction. */
export interface GaussianNoiseOptions {
  type: 'gaussianNoise';
  /** The standard deviation of the noise: 0 or more. */
  stddev: number;
}

/** A checked noise layer. */
export interface GaussianNoiseSpec {
  type: 'gaussianNoise';
  stddev: number;
}

const check = record<GaussianNoiseSpec>({ type: () => 'gaussianNoise', stddev: number({ min: 0 }) });

export const gaussianNoiseRow: LayerRow<GaussianNoiseSpec> = {
  check,
  outputs: (_, { input }) => input,
  settings: ({ stddev }) => [stddev],
  pytorch: { modules: ({ stddev }) => [`GaussianNoise(${stddev})`] },
  keras: { classes: { GaussianNoise: ({ stddev }) => ({ stddev }) } },
  javascript: undefined,
  random: true,
  belongs: 'noise belongs before dense layers',
  words: ({ stddev }) => ({ setting: String(stddev) }),
};

/**
 * A noise layer as plain JSON: while training, each value gets a normally distributed number added, with mean 0 and standard deviation
 * `stddev`. In prediction the layer does nothing.
 *
 * @param stddev 0 or more, in the units of the values.
 * @throws TypeError or RangeError if `stddev` is something else.
 */
export function gaussianNoise(stddev: number): GaussianNoiseSpec {
  return check({ type: 'gaussianNoise', stddev }, 'gaussianNoise()');
}
