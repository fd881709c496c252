import { wrongOption, wrongShape, wrongType, wrongValue } from '../errors';
import { atOnce } from '../event-loop';
import { isArray, lengthOf } from '../options/check';
import { type ArrowTable, isArrow } from './arrow';
import { type CategoryColumn, type Column, countMissing } from './column';
import { concatenated } from './concat';
import { fromArrow, fromColumns, fromRecords, type Records, type ValueColumns } from './from';
import { checkOptions, type TableOptions, type TableSchema } from './options';
import type { TableParts, TableSource } from './parts';
import { didYouMean } from './readings';

/** One row of a table. */
export type TableRecord = Record<string, number | string | boolean | Date | null>;

/** Named and typed columns. A table does not change. */
export class Table {
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly names: readonly string[];
  readonly source: TableSource;
  readonly #byName: ReadonlyMap<string, Column>;

  /** @internal */
  constructor({ rows, columns, source }: TableParts) {
    this.rows = rows;
    this.columns = columns;
    this.names = columns.map(({ name }) => name);
    this.source = source;
    this.#byName = new Map(columns.map((column) => [column.name, column]));
  }

  /**
   * A table of records (`[{ rooms: 3, town: 'Ulm' }, …]`) or of columns (`{ rooms: [3, …], town: ['Ulm', …] }`), arrays or typed arrays.
   *
   * A table of Apache Arrow is taken as well. Types are inferred as those of a file are, from numbers, texts, booleans and Dates. A key that some records lack is a missing value.
   */
  static from(data: Records | ValueColumns | ArrowTable, options: TableOptions = {}): Table {
    const checked = checkOptions(options, 'options');
    if (isArray(data)) return new Table(fromRecords(data as Records, checked));
    return new Table(isArrow(data) ? fromArrow(data, checked) : fromColumns(data, checked));
  }

  /** The rows of several tables of the same columns as one table. To read a further file into the types of a first one: `{ schema: first.schema }`. */
  static concat(...tables: Table[]): Table {
    for (const [index, table] of tables.entries()) {
      if (!(table instanceof Table)) throw wrongType(`tables[${index}]`, 'a Table', table);
    }
    return new Table(concatenated(tables));
  }

  /** The types and categories of the columns: with them as `options.schema`, other data are read into the same ones. */
  get schema(): TableSchema {
    return {
      columns: this.columns.map((column) => {
        const { name, type } = column;
        return isCategorical(column) ? { name, type, categories: column.categories } : { name, type };
      }),
    };
  }

  /** The column of a name. */
  column(name: string): Column {
    if (typeof name !== 'string') throw wrongType('name', 'the name of a column', name);
    const found = this.#byName.get(name);
    if (!found) throw wrongOption(`the table has no column ${JSON.stringify(name)}${didYouMean(name, this.names)}`);
    return found;
  }

  /** One row as an object. Columns of free text and identifiers are absent unless their type was asked for. */
  record(row: number): TableRecord {
    this.#checkRow(row, 'row');
    const entries: [string, TableRecord[string]][] = [];
    for (const column of this.columns) {
      const value = cellOf(column, row);
      if (value !== undefined) entries.push([column.name, value]);
    }
    return Object.fromEntries(entries);
  }

  /** A copy of some rows, in this order. */
  take(rows: ArrayLike<number>): Table {
    const length = lengthOf(rows, 'rows');
    const taken = new Uint32Array(length);
    for (let index = 0; index < length; index++) taken[index] = this.#checkRow(rows[index], `rows[${index}]`);
    return new Table({ rows: length, columns: this.columns.map((column) => take(column, taken)), source: this.source });
  }

  /** The table without some columns. */
  drop(...names: string[]): Table {
    const dropped = new Set(names.map((name) => this.column(name)));
    return this.#with(this.columns.filter((column) => !dropped.has(column)));
  }

  /** The table with these columns only, in this order. */
  select(...names: string[]): Table {
    const columns = names.map((name) => this.column(name));
    if (new Set(columns).size < columns.length) throw wrongOption('a column cannot be selected twice');
    return this.#with(columns);
  }

  #with(columns: Column[]): Table {
    if (columns.length === 0) throw wrongShape('a table has at least one column');
    return new Table({ rows: this.rows, columns, source: this.source });
  }

  #checkRow(row: unknown, name: string): number {
    if (typeof row !== 'number') throw wrongType(name, 'the index of a row', row);
    if (!Number.isInteger(row) || row < 0 || row >= this.rows) throw wrongValue(name, `the index of a row, less than ${this.rows}`, row);
    return row;
  }
}

const isCategorical = (column: Column): column is CategoryColumn => column.type === 'category' || column.type === 'boolean';

function cellOf(column: Column, row: number): TableRecord[string] | undefined {
  if (isCategorical(column)) {
    const text = column.codes[row] === -1 ? null : (column.categories[column.codes[row] as number] as string);
    return column.type === 'boolean' && text !== null && /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text;
  }
  if (column.type === 'text' || column.type === 'id') {
    if (column.texts) return column.texts[row] as string | null;
    if (!column.values) return undefined;
  }
  const value = (column.values as Float64Array)[row] as number;
  if (Number.isNaN(value)) return null;
  return column.type === 'date' ? new Date(value) : value;
}

function take(column: Column, rows: Uint32Array): Column {
  if (isCategorical(column)) {
    const codes = taken(column.codes, rows, new Int32Array(rows.length));
    let missing = 0;
    for (let row = 0; row < codes.length; row++) if (codes[row] === -1) missing++;
    return { ...column, codes, missing };
  }
  const values = column.values && taken(column.values, rows, new Float64Array(rows.length));
  if (column.type === 'number' || column.type === 'date') {
    return { ...column, values: values as Float64Array, missing: atOnce(countMissing(values as Float64Array)) };
  }
  const texts = column.texts && Array.from(rows, (row) => column.texts?.[row] as string | null);
  const missing = texts ? texts.filter((text) => text === null).length : values ? atOnce(countMissing(values)) : column.missing;
  return { ...column, missing, ...(texts && { texts }), ...(values && { values }) };
}

/** Copies elements. A loop, as `from` with a function takes ten times as long. */
function taken<T extends Float64Array | Int32Array>(from: T, rows: Uint32Array, to: T): T {
  for (let row = 0; row < rows.length; row++) to[row] = from[rows[row] as number] as number;
  return to;
}
