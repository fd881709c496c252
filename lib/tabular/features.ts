import type { Pieces } from '../event-loop';
import type { Scaling } from './scaling';

/*
 * A feature is a column of a table as the network sees it. Its state is plain JSON, and is what a file holds.
 */

/** The types of columns that a network can use. */
export type FeatureType = 'number' | 'date' | 'category' | 'boolean';

/** The properties that the states of all features have. */
export interface FeatureState {
  readonly type: FeatureType;
  readonly name: string;
  /** Rows of the training part in which the value was missing. */
  readonly missing: number;
  /** One for each number that a value becomes. */
  readonly scalings: readonly Scaling[];
}

/** A trained table that categories are looked up in. */
export interface EmbeddingTable {
  readonly categories: number;
  readonly width: number;
}

/** Turns the values of a feature into numbers for the network. */
export interface Coder {
  /** The table that a value is an index of; absent where a value becomes numbers. */
  readonly table?: EmbeddingTable;
  /** How many values there are, from 0 on, besides missing ones; absent where there are more than a few. */
  readonly values?: number;
  /**
   * Writes what a value becomes, before it is scaled: as many numbers as there are scalings; or an index of the table. A value is a number, a time in
   * milliseconds or the index of a category. NaN or a negative index: missing.
   */
  write(value: number, to: Float64Array): void;
  /** Makes a position of the first number as it is scaled, which stands in its place, and in a column for periodic embeddings. */
  readonly position?: (scaled: number) => number;
}

/** A feature that was fitted to a training part, or the reason why its column is of no value. */
export type Fitted<State> = State | { readonly dropped: string };

/** Rows that are worked on at a time, in less than a millisecond. */
export const rowsAtOnce: number = 2 ** 12;

/** Calls `visit` for each of the rows, in pieces. */
export function* visiting(rows: ArrayLike<number>, visit: (row: number, index: number) => void): Pieces<void> {
  for (let index = 0; index < rows.length; index++) {
    visit(rows[index] as number, index);
    if (index % rowsAtOnce === 0) yield;
  }
}

/** Why a column has nothing to learn from. */
export const nothingIn: Readonly<Record<'missing' | 'constant', string>> = {
  missing: 'no value in the rows to train on',
  constant: 'the same value in all rows to train on',
};
