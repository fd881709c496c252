import { describe, wrongShape, wrongType } from '../errors';
import { isArray, lengthOf, object } from '../options/check';
import { missingMarkers } from './missing';
import type { CheckedOptions } from './options';
import type { TableParts } from './parts';
import { columns as columnPlaces, type Places, records as recordPlaces } from './places';
import { checkAsked, readings } from './readings';
import { ValueBuilder } from './values';

/** Rows as objects. */
export type Records = readonly Readonly<Record<string, unknown>>[];

/** Columns by their names, all of one length. */
export type ValueColumns = Readonly<Record<string, ArrayLike<unknown>>>;

/** Collects records, whatever keys they have, into columns in the order of their keys' first occurrence. */
export class RecordBuilder {
  readonly #columns = new Map<string, ValueBuilder>();
  readonly #make: (name: string) => ValueBuilder;
  readonly #options: CheckedOptions;
  #rows = 0;

  constructor(options: CheckedOptions, places: Places = recordPlaces) {
    const [reading, isMissing] = [readings(options), missingMarkers(options.missing)];
    this.#make = (name) => new ValueBuilder(name, reading(name), places, isMissing);
    this.#options = options;
  }

  add(record: Readonly<Record<string, unknown>>): void {
    for (const key of Object.keys(record)) {
      let column = this.#columns.get(key);
      if (!column) {
        column = this.#make(key);
        this.#columns.set(key, column);
      }
      fillTo(column, this.#rows);
      column.add(record[key]);
    }
    this.#rows++;
  }

  finish(name: string): Omit<TableParts, 'source'> {
    if (this.#rows === 0) throw wrongShape(`${name} must have at least one row`);
    if (this.#columns.size === 0) throw wrongShape(`${name} must have at least one column`);
    checkAsked(this.#options, [...this.#columns.keys()]);
    const columns = [...this.#columns.values()].map((column) => {
      fillTo(column, this.#rows);
      return column.finish();
    });
    return { rows: this.#rows, columns };
  }
}

/** The rows of records that lack the column. */
function fillTo(column: ValueBuilder, rows: number): void {
  while (column.rows < rows) column.add(undefined);
}

export function fromRecords(data: Records, options: CheckedOptions): TableParts {
  const builder = new RecordBuilder(options);
  const length = lengthOf(data, 'records');
  for (let row = 0; row < length; row++) builder.add(object(data[row], `records[${row}]`));
  return { ...builder.finish('records'), source: { format: 'records', notes: [] } };
}

export function fromColumns(data: ValueColumns, options: CheckedOptions): TableParts {
  const given = object(data, 'data');
  const names = Object.keys(given);
  const [first] = names;
  if (first === undefined) throw wrongShape('data must have at least one column');
  checkAsked(options, names);
  const rows = valuesOf(given, first).length;
  const [reading, isMissing] = [readings(options), missingMarkers(options.missing)];
  const columns = names.map((name) => {
    const values = valuesOf(given, name);
    if (values.length !== rows)
      throw wrongShape(`columns must have one length: ${describe(first)} has ${rows} values, ${describe(name)} ${values.length}`);
    const builder = new ValueBuilder(name, reading(name), columnPlaces, isMissing);
    for (let row = 0; row < rows; row++) builder.add(values[row]);
    return builder.finish();
  });
  if (rows === 0) throw wrongShape('data must have at least one row');
  return { rows, columns, source: { format: 'columns', notes: [] } };
}

function valuesOf(data: Record<string, unknown>, name: string): ArrayLike<unknown> {
  const values = data[name];
  const isTyped = ArrayBuffer.isView(values) && !(values instanceof DataView);
  if (!isArray(values) && !isTyped) throw wrongType(`data[${describe(name)}]`, 'an array or typed array', values);
  lengthOf(values as ArrayLike<unknown>, `data[${describe(name)}]`);
  return values as ArrayLike<unknown>;
}
