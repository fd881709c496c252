import { describe } from '../errors';
import type { Pieces } from '../event-loop';
import type { CategoryColumn, Column } from '../table/column';
import { didYouMean } from '../table/readings';
import type { Table } from '../table/table';
import type { CategoryState } from './category-feature';
import type { Encoder, Feature } from './encoder';
import { rowsAtOnce } from './features';
import { wrongData } from './wrong-data';

/*
 * The columns of another table as the values of an encoder's features: types and categories of the two may differ.
 */

/** One list of values for each feature. `strict`: a value may be missing only where training had missing ones. */
export function* aligning(table: Table, encoder: Encoder, strict: boolean): Pieces<ArrayLike<number>[]> {
  const all: ArrayLike<number>[] = [];
  const names = new Set(table.names);
  for (const feature of encoder.features) {
    if (!names.has(feature.name)) {
      throw wrongData(`the table has no column ${describe(feature.name)}, which the model needs${didYouMean(feature.name, table.names)}`);
    }
    const column = table.column(feature.name);
    const values = yield* aligned(column, feature);
    if (strict && feature.missing === 0) yield* checkingComplete(column, values, feature);
    all.push(values);
  }
  return all;
}

function* aligned(column: Column, feature: Feature): Pieces<ArrayLike<number>> {
  yield;
  if (feature.type === 'number' || feature.type === 'date') {
    const { values } = column as { values?: Float64Array };
    const isDate = column.type === 'date';
    if (values !== undefined && isDate === (feature.type === 'date')) return values;
  } else {
    const codes = yield* aligningCategories(column, feature);
    if (codes !== undefined) return codes;
  }
  if (isEmpty(column)) return new Float64Array(rowsOf(column)).fill(Number.NaN);
  throw wrongData(
    `the column ${describe(column.name)} must be of the type ${feature.type}, as in training; it was read as ${column.type} (${column.why}). ` +
      'With { schema: model.schema } a table is read into the types that the model has',
  );
}

/** Indices of the feature's categories; undefined where the column holds something else. */
function* aligningCategories(column: Column, feature: CategoryState): Pieces<Int32Array | undefined> {
  const indexOf = indexOfCategory(feature);
  if ('codes' in column) {
    const map = Int32Array.from(column.categories, (_, code) => categoryOf(column, code, feature, indexOf));
    const codes = new Int32Array(column.codes.length);
    for (let row = 0; row < codes.length; row++) {
      const code = column.codes[row] as number;
      codes[row] = code < 0 ? -1 : (map[code] as number);
      if (row % rowsAtOnce === 0) yield;
    }
    return codes;
  }
  if (column.type === 'date') return undefined;
  const { texts, values } = column as { texts?: readonly (string | null)[]; values?: Float64Array };
  if (texts !== undefined) return Int32Array.from(texts, (text) => (text === null ? -1 : indexOf(text)));
  if (values !== undefined) return Int32Array.from(values, (value) => (Number.isNaN(value) ? -1 : indexOf(String(value))));
  return undefined;
}

/** The index of a category by its text; -1: unknown. */
export function indexOfCategory({ categories }: CategoryState): (text: string) => number {
  const indices = new Map(categories.map((category, index) => [category, index]));
  return (text) => indices.get(text) ?? -1;
}

/** Booleans are alike however they are written: the first of a pair is the negative one. */
function categoryOf(column: CategoryColumn, code: number, feature: CategoryState, indexOf: (text: string) => number): number {
  const exact = indexOf(column.categories[code] as string);
  const pairs =
    column.type === 'boolean' && feature.type === 'boolean' && column.categories.length === 2 && feature.categories.length === 2;
  return exact < 0 && pairs ? code : exact;
}

const isEmpty = (column: Column): boolean => column.missing === rowsOf(column);

function rowsOf(column: Column): number {
  if ('codes' in column) return column.codes.length;
  const { texts, values } = column as { texts?: readonly unknown[]; values?: Float64Array };
  return values?.length ?? texts?.length ?? column.missing;
}

/** Refuses missing values; unknown categories are another matter. */
function* checkingComplete(column: Column, values: ArrayLike<number>, feature: Feature): Pieces<void> {
  if (column.missing === 0) return;
  for (let row = 0; row < values.length; row++) {
    if (isMissing(column, row, values)) {
      throw wrongData(
        `the column ${describe(feature.name)} has a missing value in row ${row}, where training had none: give a value, or leave the row out`,
      );
    }
    if (row % rowsAtOnce === 0) yield;
  }
}

function isMissing(column: Column, row: number, values: ArrayLike<number>): boolean {
  if ('codes' in column) return (column.codes[row] as number) < 0;
  const { texts } = column as { texts?: readonly (string | null)[] };
  return texts === undefined ? Number.isNaN(values[row]) : texts[row] === null;
}
