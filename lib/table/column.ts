import type { Pieces } from '../event-loop';
import { byRanges } from './pieces';

/** The types of columns. `'text'` and `'id'` are not used for training: free text, and a value that names its row. */
export type ColumnType = 'number' | 'category' | 'boolean' | 'date' | 'text' | 'id';

/** The properties that columns of all types have. */
export interface ColumnCommon {
  readonly name: string;
  readonly type: ColumnType;
  /** How many cells are missing. */
  readonly missing: number;
  /** The reason for the type, in one line. */
  readonly why: string;
}

/** A column of numbers. */
export interface NumberColumn extends ColumnCommon {
  readonly type: 'number';
  /** One value a row. NaN: missing. */
  readonly values: Float64Array;
}

/** A column of dates or times. */
export interface DateColumn extends ColumnCommon {
  readonly type: 'date';
  /** Milliseconds since 1970-01-01 in UTC, one value a row. NaN: missing. */
  readonly values: Float64Array;
}

/** A column of categories; booleans are two of them. */
export interface CategoryColumn extends ColumnCommon {
  readonly type: 'category' | 'boolean';
  /** Indices of `categories`, one a row. -1: missing. */
  readonly codes: Int32Array;
  /** The texts as they stood in the data, in ascending order: by value if all are numbers, else by UTF-16 code units. */
  readonly categories: readonly string[];
}

/** A column of free text or of identifiers. */
export interface UnusedColumn extends ColumnCommon {
  readonly type: 'text' | 'id';
  /** How many different values the data had that it was read from. */
  readonly distinct: number;
  /** One of the values. */
  readonly example: string;
  /** The values, null where one is missing: kept only where the type was asked for. */
  readonly texts?: readonly (string | null)[];
  /** The values of an identifier that is a number. */
  readonly values?: Float64Array;
}

/** A column of a table. */
export type Column = NumberColumn | DateColumn | CategoryColumn | UnusedColumn;

/** How many of the values are missing: NaN. */
export function* countMissing(values: Float64Array): Pieces<number> {
  let missing = 0;
  yield* byRanges(values.length, (begin, end) => {
    for (let row = begin; row < end; row++) if (Number.isNaN(values[row])) missing++;
  });
  return missing;
}
