import { wrongCall } from '../arguments';
import { number, record } from '../check';
import type { LayerRow } from './row';

/** Sets each value to 0 with probability `rate` while training, and scales the others by 1 / (1 - rate); does nothing in prediction. */
export interface DropoutOptions {
  type: 'dropout';
  /** From 0 to below 1. */
  rate: number;
}

/** A checked dropout layer. */
export interface DropoutSpec {
  type: 'dropout';
  rate: number;
}

const check = record<DropoutSpec>({ type: () => 'dropout', rate: number({ min: 0, below: 1 }) });

export const dropoutRow: LayerRow<DropoutSpec> = {
  check,
  outputs: (_, { input }) => input,
  settings: ({ rate }) => [rate],
  pytorch: { modules: ({ rate }) => [`nn.Dropout(${rate})`] },
  keras: { classes: { Dropout: ({ rate }) => ({ rate }) } },
  javascript: undefined,
  random: true,
  belongs: 'dropout belongs between dense layers',
  words: ({ rate }) => ({ setting: String(rate) }),
};

/**
 * A dropout layer as plain JSON: while training, each value becomes 0 with probability `rate`, and the others are scaled by
 * 1 / (1 - rate).
 *
 * @param rate From 0 to below 1.
 * @throws TypeError or RangeError if `rate` is something else.
 */
export function dropout(rate: number): DropoutSpec {
  if (typeof rate === 'object') throw wrongCall('dropout().rate', 'a number', rate, 'dropout({ rate })');
  return check({ type: 'dropout', rate }, 'dropout()');
}
