import { describe } from '../errors';
import { isBooleanPair } from './booleans';
import type { CategoryColumn, Column, ColumnType, UnusedColumn } from './column';
import { parseDate } from './dates';
import { isPadded, parseNumber } from './numbers';
import { fewestIdentifiers, inferNumbers } from './numeric';
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
export function inferTexts(texts: Texts, reading: Reading): Column {
  const { asked, why, keepTexts } = reading;
  if (asked === undefined) return inferred(texts, reading);
  if (asked === 'number') return { ...common(texts, why), type: 'number', values: mapped(texts, numbersOf(texts, reading.decimal)) };
  if (asked === 'date') return { ...common(texts, why), type: 'date', values: mapped(texts, datesOf(texts)) };
  if (asked === 'text' || asked === 'id') return { ...unused(texts, asked, why), ...(keepTexts && { texts: everyText(texts) }) };
  if (asked === 'boolean') checkPair(texts);
  return categorical(texts, asked, why, reading.categories);
}

function inferred(texts: Texts, { decimal }: Reading): Column {
  const { distinct, counts } = texts;
  const cells = present(texts);
  if (cells === 0) return unused(texts, 'text', 'every cell is missing');
  const values = Float64Array.from(distinct, (text) => parseNumber(text, decimal));
  const padded = distinct.find(isPadded);
  let numbers = 0;
  for (let code = 0; code < values.length; code++) if (!Number.isNaN(values[code])) numbers += counts[code] as number;
  if (numbers === cells && padded === undefined) return inferNumbers(texts.name, mapped(texts, values), undefined, everyNumber);
  if (isBooleanPair(distinct)) return categorical(texts, 'boolean', `${distinct.map(describe).sort().join(' and ')}`);
  if (distinct.every((text) => !Number.isNaN(parseDate(text))))
    return { ...common(texts, isoDates), type: 'date', values: mapped(texts, Float64Array.from(distinct, parseDate)) };
  if (numbers >= mostlyNumbers * cells && padded === undefined) checkNumbers(texts, values, numbers);
  if (padded !== undefined) return textual(texts, `, among them ${describe(padded)} with a zero in front`);
  return textual(texts, distinct.every((text) => otherDate.test(text)) ? '; dates are read as ISO 8601 has them: 2026-03-31' : '');
}

/** Categories, identifiers or free text. */
function textual(texts: Texts, among: string): Column {
  const { distinct, counts, missing } = texts;
  const cells = present(texts);
  const found = `${distinct.length} distinct ${distinct.length === 1 ? 'text' : 'texts'} in ${cells} cells${among}`;
  if (distinct.length === cells && missing === 0 && cells >= fewestIdentifiers)
    return unused(texts, 'id', `a distinct text in each row${among}`);
  let characters = 0;
  for (let code = 0; code < distinct.length; code++) characters += (counts[code] as number) * (distinct[code] as string).length;
  const long = characters / cells >= longTexts;
  if (distinct.length > fewTexts && (long || distinct.length > cells / 2)) return unused(texts, 'text', found);
  return categorical(texts, 'category', found);
}

/** A column with too many texts to keep them. */
export function unusedTexts(name: string, cells: number, distinct: number, missing: number, example: string): UnusedColumn {
  const isId = distinct === cells && missing === 0;
  const why = isId ? 'a distinct text in each row' : `${distinct} distinct texts in ${cells - missing} cells`;
  return { name, type: isId ? 'id' : 'text', missing, why, distinct, example };
}

/** Few texts among numbers, or texts among measurements, are bad cells. Many texts among whole numbers may be codes. */
function checkNumbers(texts: Texts, values: Float64Array, numbers: number): void {
  const bad = texts.distinct.map((_, code) => code).filter((code) => Number.isNaN(values[code]));
  if (bad.length > 3 && values.every((value) => Number.isNaN(value) || Number.isInteger(value))) return;
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

function numbersOf(texts: Texts, decimal: '.' | ','): Float64Array {
  return Float64Array.from(texts.distinct, (text, code) => {
    const value = parseNumber(text, decimal);
    if (Number.isNaN(value)) throw badCell(texts.places, texts.name, texts.first[code] as number, notANumber(describe(text)));
    return value;
  });
}

function datesOf(texts: Texts): Float64Array {
  return Float64Array.from(texts.distinct, (text, code) => {
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

const common = ({ name, missing }: Texts, why: string) => ({ name, missing, why });

function unused(texts: Texts, type: 'text' | 'id', why: string): UnusedColumn {
  return { ...common(texts, why), type, distinct: texts.distinct.length, example: texts.distinct[0] ?? '' };
}

/** Sorts the categories; the codes change in place. */
function categorical(texts: Texts, type: 'category' | 'boolean', why: string, first: readonly string[] = []): CategoryColumn {
  const known = new Set(first);
  const categories = [...first, ...ascending(texts.distinct.filter((text) => !known.has(text)))];
  const places = new Map(categories.map((text, index) => [text, index]));
  const order = Int32Array.from(texts.distinct, (text) => places.get(text) as number);
  const { codes } = texts;
  for (let row = 0; row < codes.length; row++) if ((codes[row] as number) >= 0) codes[row] = order[codes[row] as number] as number;
  return { ...common(texts, why), type, codes, categories };
}

/** By value if all texts are numbers, else by UTF-16 code units. */
function ascending(texts: string[]): string[] {
  const values = new Map(texts.map((text) => [text, parseNumber(text, '.')]));
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  if ([...values.values()].some(Number.isNaN)) return texts.sort(byText);
  return texts.sort((a, b) => (values.get(a) as number) - (values.get(b) as number) || byText(a, b));
}

function mapped({ codes }: Texts, values: Float64Array): Float64Array {
  const all = new Float64Array(codes.length);
  for (let row = 0; row < codes.length; row++) all[row] = (codes[row] as number) < 0 ? NaN : (values[codes[row] as number] as number);
  return all;
}

const everyText = ({ codes, distinct }: Texts): (string | null)[] =>
  Array.from(codes, (code) => (code < 0 ? null : (distinct[code] as string)));
