import { wrongType, wrongValue } from '../errors';
import { boolean, type Check, elements, integer, isArray, object, oneOf, optional, record, withDefault } from '../options/check';
import type { ColumnType } from './column';
import type { Missing } from './missing';

/** The types and categories of a table's columns, as plain data. */
export interface TableSchema {
  readonly columns: readonly { readonly name: string; readonly type: ColumnType; readonly categories?: readonly string[] }[];
}

/** How data become a table. Everything that is not given is found out. */
export interface TableOptions {
  /** Types of columns by their names, where another one than the inferred one is meant: `{ zip: 'category' }`. */
  columns?: Readonly<Record<string, ColumnType>>;
  /**
   * Texts that stand for a missing value, beside the usual ones (an empty cell, `?`, `NA`, `N/A`, `NaN`, `null`, `None`, `-` and so on).
   * `{ only: ['NA'] }`: none but these and an empty cell.
   */
  missing?: readonly string[] | { readonly only: readonly string[] };
  /** The decimal mark of numbers. Default `'.'`. */
  decimal?: '.' | ',';
  /** The character between the cells of a CSV file. */
  delimiter?: string;
  /** The character around the cells of a CSV file that hold delimiters or line ends. Default `'"'`. */
  quote?: string;
  /** Whether the first line of a CSV file names the columns; or their names, for a file without such a line. */
  header?: boolean | readonly string[];
  /** The text with which comment lines of a CSV file begin. */
  comment?: string;
  /** The encoding of a text file, by a name that `TextDecoder` knows. Default: UTF-8, or UTF-16 where a byte order mark says so. */
  encoding?: string;
  /** The most bytes that a file compressed by gzip may become. Default 2^32. */
  maxBytes?: number;
  /** The schema of another table: its types are asked for, and its categories come first. */
  schema?: TableSchema;
}

export const columnTypes: readonly ColumnType[] = ['number', 'category', 'boolean', 'date', 'text', 'id'];

export type CheckedOptions = Omit<TableOptions, 'columns' | 'maxBytes'> & { columns?: ReadonlyMap<string, ColumnType>; maxBytes: number };

const columnType = oneOf(columnTypes);

const text: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw wrongType(name, 'a string', value);
  return value;
};

const character: Check<string> = (value, name) => {
  const given = text(value, name);
  if (!/^(?:[ -~]|\t)$/.test(given)) throw wrongValue(name, 'one ASCII character other than a line end', value);
  return given;
};

const types: Check<ReadonlyMap<string, ColumnType>> = (value, name) =>
  new Map(Object.entries(object(value, name)).map(([key, type]) => [key, columnType(type, `${name}[${JSON.stringify(key)}]`)]));

const header: Check<boolean | readonly string[]> = (value, name) =>
  isArray(value) ? elements(value, name, 'true, false or an array of names', text) : boolean(value, name);

const texts = (value: unknown, name: string) => elements(value, name, 'an array of texts', text);
const only = record<{ only: readonly string[] }>({ only: texts });
const missing: Check<Missing> = (value, name) => (isArray(value) ? texts(value, name) : only(value, name));

const schema: Check<TableSchema> = (value, name) => ({
  columns: elements(object(value, name).columns, `${name}.columns`, 'an array of columns', (column, columnName) => {
    const given = object(column, columnName);
    const { categories } = given;
    return {
      name: text(given.name, `${columnName}.name`),
      type: columnType(given.type, `${columnName}.type`),
      ...(categories === undefined ? {} : { categories: texts(categories, `${columnName}.categories`) }),
    };
  }),
});

export const checkOptions: Check<CheckedOptions> = record<CheckedOptions>({
  columns: optional(types),
  missing: optional(missing),
  decimal: optional(oneOf(['.', ','])),
  delimiter: optional(character),
  quote: optional(character),
  header: optional(header),
  comment: optional(text),
  encoding: optional(text),
  maxBytes: withDefault(integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), 2 ** 32),
  schema: optional(schema),
}) as Check<CheckedOptions>;
