import { describe, wrongOption, wrongShape } from '../errors';
import type { CategoryColumn, Column, UnusedColumn } from './column';
import type { TableParts } from './parts';

/** The rows of several tables, one after the other, as one table. Columns go by their names. */
export function concatenated(tables: readonly TableParts[]): TableParts {
  const [first] = tables;
  if (first === undefined) throw wrongShape('Table.concat must be given at least one table');
  const byNames = tables.map((table) => new Map(table.columns.map((column) => [column.name, column])));
  const columns = first.columns.map((column) => joined(tables.map((table, index) => columnOf(byNames, table, column, index))));
  for (const [index, table] of tables.entries()) {
    const extra = table.columns.find(({ name }) => !byNames[0]?.has(name));
    if (extra !== undefined) throw wrongOption(`${nameOf(table, index)} has a column ${describe(extra.name)}, which the first table lacks`);
  }
  const notes = tables.flatMap(({ source }) => source.notes);
  return { rows: tables.reduce((sum, { rows }) => sum + rows, 0), columns, source: { ...first.source, notes } };
}

const nameOf = ({ source }: TableParts, index: number): string => source.path ?? `tables[${index}]`;

type Columns = ReadonlyMap<string, Column>;

function columnOf(byNames: readonly Columns[], table: TableParts, { name, type }: Column, index: number): Column {
  const found = byNames[index]?.get(name);
  if (found === undefined) throw wrongOption(`${nameOf(table, index)} has no column ${describe(name)}, which the first table has`);
  if (found.type !== type)
    throw wrongOption(
      `the column ${describe(name)} is of the type ${type} in the first table, and ${found.type} in ${nameOf(table, index)}`,
    );
  return found;
}

function joined(columns: readonly Column[]): Column {
  const [first] = columns as [Column];
  const common = { name: first.name, missing: columns.reduce((sum, { missing }) => sum + missing, 0), why: first.why };
  if (first.type === 'category' || first.type === 'boolean')
    return { ...common, type: first.type, ...joinedCodes(columns as CategoryColumn[]) };
  const values = columns.map((column) => ('values' in column ? column.values : undefined));
  const numbers = values.includes(undefined) ? undefined : joinedNumbers(values as Float64Array[]);
  if (first.type === 'number' || first.type === 'date') return { ...common, type: first.type, values: numbers as Float64Array };
  const { type, example } = first as UnusedColumn;
  const texts = columns.map((column) => ('texts' in column ? column.texts : undefined));
  const distinct = columns.reduce((sum, column) => sum + ('distinct' in column ? column.distinct : 0), 0);
  return {
    ...common,
    ...{ type, distinct, example },
    ...(numbers && { values: numbers }),
    ...(texts.every((each) => each !== undefined) && { texts: texts.flat() as (string | null)[] }),
  };
}

function joinedNumbers(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Categories of the first table come first; what only later ones have comes behind. */
function joinedCodes(columns: readonly CategoryColumn[]): Pick<CategoryColumn, 'codes' | 'categories'> {
  const categories = [...new Set(columns.flatMap((column) => column.categories))];
  const indices = new Map(categories.map((category, index) => [category, index]));
  const codes = columns.flatMap((column) => {
    const map = column.categories.map((category) => indices.get(category) as number);
    return Array.from(column.codes, (code) => (code < 0 ? -1 : (map[code] as number)));
  });
  return { codes: Int32Array.from(codes), categories };
}
