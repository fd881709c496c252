import { describe } from '../errors';
import type { Pieces } from '../event-loop';
import { isBooleanPair } from './booleans';
import { arranged } from './categories';
import type { CategoryColumn, Column, ColumnType, UnusedColumn } from './column';
import { parseDate } from './dates';
import { isPadded, parseNumber } from './numbers';
import { fewestIdentifiers, inferNumbers } from './numeric';
import { byRanges, every, numbersFor } from './pieces';
import { badCell } from './places';
import { present, type Texts } from './texts';

/** How a column is to be read. */
export interface Reading {
  decimal: '.' | ',';
  /** The type that was asked for, and by what. */
  asked?: ColumnType | undefined;
  why: string;
  /** Whether free text and identifiers are kept. */
  keepTexts: boolean;
  /** Categories that come first, whether they occur or not. */
  categories?: readonly string[] | undefined;
}

/** Up to this many distinct texts are categories, however few rows there are. */
const fewTexts = 20;
/** Texts with this many characters on average are free text, unless there are few of them. */
const longTexts = 50;
/** A column with this share of numbers is taken for one of numbers with bad cells. */
const mostlyNumbers = 0.95;

export const everyNumber = 'every cell is a number';
export const isoDates = 'dates of ISO 8601';
export const notANumber = (text: string): string => `${text} is not a number`;
export const notADate = (text: string): string => `${text} is not a date as ISO 8601 has it: 2026-03-31, or 2026-03-31T12:00:00Z`;

/** Dates whose days and months cannot be told apart, or that are not of ISO 8601. */
const otherDate = /^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[ T].*)?$/;

/** The column that texts make. */
export function* inferTexts(texts: Texts, reading: Reading): Pieces<Column> {
  const { name, missing } = texts;
  const { asked, why, keepTexts } = reading;
  if (asked === undefined) return yield* inferred(texts, reading);
  if (asked === 'number')
    return { name, type: 'number', missing, why, values: yield* mapped(texts, yield* numbersOf(texts, reading.decimal)) };
  if (asked === 'date') return { name, type: 'date', missing, why, values: yield* mapped(texts, yield* datesOf(texts)) };
  if (asked === 'text' || asked === 'id') return { ...unused(texts, asked, why), ...(keepTexts && { texts: yield* everyText(texts) }) };
  if (asked === 'boolean') checkPair(texts);
  return yield* categorical(texts, asked, why, reading.categories);
}

function* inferred(texts: Texts, { decimal }: Reading): Pieces<Column> {
  const { name, missing, distinct, counts } = texts;
  const cells = present(texts);
  if (cells === 0) return allMissing(name, missing);
  const values = yield* numbersFor(distinct, (text) => parseNumber(text, decimal));
  let padded: string | undefined;
  let numbers = 0;
  yield* byRanges(distinct.length, (begin, end) => {
    padded ??= distinct.slice(begin, end).find(isPadded);
    for (let code = begin; code < end; code++) if (!Number.isNaN(values[code])) numbers += counts[code] as number;
  });
  if (numbers === cells && padded === undefined) {
    return yield* inferNumbers(name, yield* mapped(texts, values), undefined, everyNumber);
  }
  if (isBooleanPair(distinct)) return yield* categorical(texts, 'boolean', `${distinct.map(describe).sort().join(' and ')}`);
  if (yield* every(distinct, (text) => !Number.isNaN(parseDate(text))))
    return { name, type: 'date', missing, why: isoDates, values: yield* mapped(texts, yield* numbersFor(distinct, parseDate)) };
  if (numbers >= mostlyNumbers * cells && padded === undefined) yield* checkNumbers(texts, values, numbers);
  if (padded !== undefined) return yield* textual(texts, `, among them ${describe(padded)} with a zero in front`);
  const areDates = yield* every(distinct, (text) => otherDate.test(text));
  return yield* textual(texts, areDates ? '; dates are read as ISO 8601 has them: 2026-03-31' : '');
}

/** Categories, identifiers or free text. */
function* textual(texts: Texts, among: string): Pieces<Column> {
  const { distinct, counts, missing } = texts;
  const cells = present(texts);
  // Joined, since a template keeps its parts: a wide table has many of these.
  const found = [distinct.length, ' distinct ', distinct.length === 1 ? 'text' : 'texts', ' in ', cells, ' cells', among].join('');
  if (distinct.length === cells && missing === 0 && cells >= fewestIdentifiers)
    return unused(texts, 'id', `a distinct text in each row${among}`);
  let characters = 0;
  yield* byRanges(distinct.length, (begin, end) => {
    for (let code = begin; code < end; code++) characters += (counts[code] as number) * (distinct[code] as string).length;
  });
  const long = characters / cells >= longTexts;
  if (distinct.length > fewTexts && (long || distinct.length > cells / 2)) return unused(texts, 'text', found);
  return yield* categorical(texts, 'category', found);
}

/** A column without a value. */
export const allMissing = (name: string, rows: number): UnusedColumn => ({
  name,
  type: 'text',
  missing: rows,
  why: 'every cell is missing',
  distinct: 0,
  example: '',
});

/** A column with too many texts to keep them. */
export function unusedTexts(name: string, cells: number, distinct: number, missing: number, example: string): UnusedColumn {
  const isId = distinct === cells && missing === 0;
  const why = isId ? 'a distinct text in each row' : `${distinct} distinct texts in ${cells - missing} cells`;
  return { name, type: isId ? 'id' : 'text', missing, why, distinct, example };
}

/** Few texts among numbers, or texts among measurements, are bad cells. Many texts among whole numbers may be codes. */
function* checkNumbers(texts: Texts, values: Float64Array, numbers: number): Pieces<void> {
  const bad: number[] = [];
  yield* byRanges(values.length, (begin, end) => {
    for (let code = begin; code < end; code++) if (Number.isNaN(values[code])) bad.push(code);
  });
  if (bad.length > 3 && (yield* every(values, (value) => Number.isNaN(value) || Number.isInteger(value)))) return;
  const [first] = bad as [number];
  const text = texts.distinct[first] as string;
  const name = JSON.stringify(texts.name);
  throw badCell(
    texts.places,
    texts.name,
    texts.first[first] as number,
    `${describe(text)} is not a number, but ${numbers} of the column's ${present(texts)} cells are. ` +
      `Correct it, or say missing: [${JSON.stringify(text)}] or columns: { ${name}: 'category' }`,
  );
}

function* numbersOf(texts: Texts, decimal: '.' | ','): Pieces<Float64Array> {
  return yield* numbersFor(texts.distinct, (text, code) => {
    const value = parseNumber(text, decimal);
    if (Number.isNaN(value)) throw badCell(texts.places, texts.name, texts.first[code] as number, notANumber(describe(text)));
    return value;
  });
}

function* datesOf(texts: Texts): Pieces<Float64Array> {
  return yield* numbersFor(texts.distinct, (text, code) => {
    const value = parseDate(text);
    if (Number.isNaN(value)) throw badCell(texts.places, texts.name, texts.first[code] as number, notADate(describe(text)));
    return value;
  });
}

function checkPair({ distinct, first, places, name }: Texts): void {
  if (distinct.length > 2) {
    const [one, two, three] = distinct.map(describe);
    throw badCell(places, name, first[2] as number, `a column of booleans has at most two values; ${one}, ${two} and ${three} are three`);
  }
}

function unused({ name, missing, distinct }: Texts, type: 'text' | 'id', why: string): UnusedColumn {
  return { name, type, missing, why, distinct: distinct.length, example: distinct[0] ?? '' };
}

/** Sorts the categories; the codes change in place. */
function* categorical(texts: Texts, type: 'category' | 'boolean', why: string, first: readonly string[] = []): Pieces<CategoryColumn> {
  const { name, missing, codes, distinct } = texts;
  const { categories, places } = yield* arranged(distinct, first);
  yield* byRanges(codes.length, (begin, end) => {
    for (let row = begin; row < end; row++) if ((codes[row] as number) >= 0) codes[row] = places[codes[row] as number] as number;
  });
  return { name, type, missing, why, codes, categories };
}

function* mapped({ codes }: Texts, values: Float64Array): Pieces<Float64Array> {
  return yield* numbersFor(codes, (code) => (code < 0 ? NaN : (values[code] as number)));
}

function* everyText({ codes, distinct }: Texts): Pieces<(string | null)[]> {
  const all: (string | null)[] = [];
  yield* byRanges(codes.length, (begin, end) => {
    for (let row = begin; row < end; row++) all.push((codes[row] as number) < 0 ? null : (distinct[codes[row] as number] as string));
  });
  return all;
}
