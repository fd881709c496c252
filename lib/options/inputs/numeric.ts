import { integer, record } from '../check';
import type { InputRow } from './row';

/** Columns of numbers that the first layer takes unchanged. */
export interface NumericInputOptions {
  type: 'numeric';
  /** How many columns of `x` these are. */
  columns: number;
}

/** A checked input of numbers. */
export type NumericInputSpec = NumericInputOptions;

export const numericRow: InputRow<NumericInputSpec> = {
  check: record<NumericInputSpec>({ type: () => 'numeric', columns: integer({ min: 1 }) }),
  width: ({ columns }) => columns,
  settings: ({ columns }) => [columns],
  pytorch: () => ({ module: 'nn.Identity()' }),
  javascript: { settings: [], source: '(values) => values' },
  isPlain: true,
};
