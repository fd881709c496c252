import { describe, wrongShape, wrongType } from '../errors';
import { atOnce, type Pieces } from '../event-loop';
import { isArray, lengthOf, object } from '../options/check';
import { type ArrowTable, arrowValues } from './arrow';
import type { Column } from './column';
import { MissingMarkers } from './missing';
import { checkDistinct } from './names';
import type { CheckedOptions } from './options';
import type { TableParts } from './parts';
import { byRanges } from './pieces';
import { columns as columnPlaces, type Places, records as recordPlaces } from './places';
import { checkAsked, readings } from './readings';
import { ValueBuilder } from './values';

/** Rows as objects. */
export type Records = readonly object[];

/** Columns by their names, all of one length. */
export type ValueColumns = Readonly<Record<string, ArrayLike<unknown>>>;

/** Collects records, whatever keys they have, into columns in the order of their keys' first occurrence. */
export class RecordBuilder {
  readonly #columns = new Map<string, ValueBuilder>();
  readonly #make: (name: string) => ValueBuilder;
  readonly #options: CheckedOptions;
  #rows = 0;

  constructor(options: CheckedOptions, places: Places = recordPlaces) {
    const [reading, markers] = [readings(options), new MissingMarkers(options.missing)];
    this.#make = (name) => new ValueBuilder(name, reading(name), places, markers);
    this.#options = options;
  }

  /** Adds a record; `place` is where errors say that it is. */
  add(record: object, place: number): void {
    for (const key of Object.keys(record)) {
      let column = this.#columns.get(key);
      if (!column) {
        column = this.#make(key);
        this.#columns.set(key, column);
      }
      fillTo(column, this.#rows);
      column.add((record as Record<string, unknown>)[key], place);
    }
    this.#rows++;
  }

  *finish(name: string): Pieces<Omit<TableParts, 'source'>> {
    if (this.#rows === 0) throw wrongShape(`${name} must have at least one row`);
    if (this.#columns.size === 0) throw wrongShape(`${name} must have at least one column`);
    checkAsked(this.#options, [...this.#columns.keys()]);
    const columns: Column[] = [];
    for (const column of this.#columns.values()) {
      fillTo(column, this.#rows);
      columns.push(yield* column.finish());
      yield;
    }
    return { rows: this.#rows, columns };
  }
}

/** The rows of records that lack the column. */
function fillTo(column: ValueBuilder, rows: number): void {
  while (column.rows < rows) column.add(undefined, column.rows);
}

export function fromRecords(data: Records, options: CheckedOptions): TableParts {
  const builder = new RecordBuilder(options);
  const length = lengthOf(data, 'records');
  for (let row = 0; row < length; row++) builder.add(object(data[row], `records[${row}]`), row);
  return { ...atOnce(builder.finish('records')), source: { format: 'records', notes: [] } };
}

export function fromColumns(data: ValueColumns, options: CheckedOptions): TableParts {
  const given = object(data, 'data');
  const names = Object.keys(given);
  const columns = names.map((name) => arrayOf(given, name));
  const [rows = 0] = columns.map(({ length }) => length);
  columns.forEach(({ length }, index) => {
    if (length === rows) return;
    throw wrongShape(`columns must have one length: ${describe(names[0])} has ${rows} values, ${describe(names[index])} ${length}`);
  });
  const valuesOf = (index: number) => (row: number) => columns[index]?.[row];
  return { ...atOnce(readValues(names, rows, valuesOf, options, columnPlaces)), source: { format: 'columns', notes: [] } };
}

export function fromArrow(table: ArrowTable, options: CheckedOptions): TableParts {
  const names = checkDistinct(
    table.schema.fields.map(({ name }) => String(name)),
    'the Arrow table',
  );
  const rows = lengthOf({ length: table.numRows }, 'numRows');
  const parts = atOnce(readValues(names, rows, (index) => arrowValues(table, index), options, columnPlaces));
  return { ...parts, source: { format: 'arrow', notes: [] } };
}

/** Reads columns value by value. */
export function* readValues(
  names: readonly string[],
  rows: number,
  valuesOf: (column: number) => (row: number) => unknown,
  options: CheckedOptions,
  places: Places,
): Pieces<Omit<TableParts, 'source'>> {
  checkAsked(options, names);
  if (names.length === 0) throw wrongShape('a table must have at least one column');
  if (rows === 0) throw wrongShape('a table must have at least one row');
  const [reading, markers] = [readings(options), new MissingMarkers(options.missing)];
  const columns: Column[] = [];
  for (const [index, name] of names.entries()) {
    const builder = new ValueBuilder(name, reading(name), places, markers);
    const valueAt = valuesOf(index);
    yield* byRanges(rows, (begin, end) => {
      for (let row = begin; row < end; row++) builder.add(valueAt(row), row);
    });
    columns.push(yield* builder.finish());
  }
  return { rows, columns };
}

function arrayOf(data: Record<string, unknown>, name: string): ArrayLike<unknown> {
  const values = data[name];
  const isTyped = ArrayBuffer.isView(values) && !(values instanceof DataView);
  if (!isArray(values) && !isTyped) throw wrongType(`data[${describe(name)}]`, 'an array or typed array', values);
  lengthOf(values as ArrayLike<unknown>, `data[${describe(name)}]`);
  return values as ArrayLike<unknown>;
}
