import { types } from 'node:util';
import { wrongType, wrongValue } from '../errors';
import { type Column, countMissing } from './column';
import { inferTexts, type Reading } from './infer';
import { Float64List } from './lists';
import type { Places } from './places';
import { TextBuilder } from './texts';

type Kind = 'number' | 'date' | 'boolean' | 'string';

/** Collects the values of a column, cell by cell: numbers, texts, booleans, dates, and null or undefined for missing ones. */
export class ValueBuilder {
  readonly name: string;
  readonly #reading: Reading;
  readonly #places: Places;
  readonly #isMissing: (text: string) => boolean;
  #kind: Kind | undefined;
  #mixed = false;
  #rows = 0;
  /** Numbers and dates, as long as there is nothing else. */
  #numbers: Float64List | undefined = new Float64List();
  #texts: TextBuilder | undefined;

  constructor(name: string, reading: Reading, places: Places, isMissing: (text: string) => boolean) {
    this.name = name;
    this.#reading = reading;
    this.#places = places;
    this.#isMissing = isMissing;
  }

  get rows(): number {
    return this.#rows;
  }

  add(value: unknown): void {
    const row = this.#rows++;
    if (isAbsent(value)) this.#addMissing(row);
    else if (typeof value === 'string') this.#addText(value.trim(), row);
    else if (typeof value === 'number') this.#addNumber(finite(value, this.#at(row)), 'number', row);
    else if (typeof value === 'bigint') this.#addNumber(Number(value), 'number', row);
    else if (typeof value === 'boolean') this.#addOther(String(value), 'boolean', row);
    else if (types.isDate(value)) this.#addNumber(Date.prototype.getTime.call(value), 'date', row);
    else throw wrongType(this.#at(row), 'a number, text, boolean, Date, or null for a missing value', value);
  }

  finish(): Column {
    const { asked } = this.#reading;
    const kind = this.#mixed ? 'string' : this.#kind;
    if (this.#numbers && kind !== undefined && (asked === undefined || asked === kind) && kind !== 'string' && kind !== 'boolean') {
      const values = this.#numbers.finish();
      return { name: this.name, type: kind, missing: countMissing(values), why: asked ? 'as asked' : `every value is a ${kind}`, values };
    }
    const texts = this.#toTexts().finish(this.name, this.#places);
    return inferTexts(texts, kind === 'boolean' && asked === undefined ? { ...this.#reading, asked: 'boolean' } : this.#reading);
  }

  #at(row: number): string {
    return this.#places.cell(this.name, row);
  }

  /** Whether all values so far are of this kind. */
  #note(kind: Kind): boolean {
    this.#kind ??= kind;
    if (this.#kind !== kind) this.#mixed = true;
    return !this.#mixed;
  }

  #addNumber(value: number, kind: 'number' | 'date', row: number): void {
    if (this.#note(kind) && this.#numbers) this.#numbers.push(value);
    else this.#toTexts().add(kind === 'date' ? new Date(value).toISOString() : String(value), row);
  }

  #addMissing(row: number): void {
    if (this.#numbers) this.#numbers.push(NaN);
    else this.#toTexts().add(undefined, row);
  }

  #addText(text: string, row: number): void {
    if (this.#isMissing(text)) this.#addMissing(row);
    else this.#addOther(text, 'string', row);
  }

  #addOther(text: string, kind: 'string' | 'boolean', row: number): void {
    this.#toTexts().add(text, row);
    this.#note(kind);
  }

  /** The texts so far; numbers and dates become texts. */
  #toTexts(): TextBuilder {
    if (this.#texts) return this.#texts;
    this.#texts = new TextBuilder();
    const values = (this.#numbers as Float64List).finish();
    const toText = this.#kind === 'date' ? (value: number) => new Date(value).toISOString() : String;
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number;
      this.#texts.add(Number.isNaN(value) ? undefined : toText(value), row);
    }
    this.#numbers = undefined;
    return this.#texts;
  }
}

function finite(value: number, name: string): number {
  if (!Number.isFinite(value)) throw wrongValue(name, 'a finite number, or null or NaN for a missing value', value);
  return value;
}

/** Null and undefined, NaN, and a Date that is none. */
const isAbsent = (value: unknown): boolean =>
  value === null || value === undefined || Number.isNaN(value) || (types.isDate(value) && Number.isNaN(Date.prototype.getTime.call(value)));
