import { types } from 'node:util';
import { wrongType, wrongValue } from '../errors';
import { atOnce, type Pieces } from '../event-loop';
import { type Column, countMissing } from './column';
import { inferTexts, type Reading } from './infer';
import { Float64List } from './lists';
import type { MissingMarkers } from './missing';
import { inferNumbers } from './numeric';
import type { Places } from './places';
import { TextBuilder } from './texts';

type Kind = 'number' | 'date' | 'boolean' | 'string';

/** Collects the values of a column, cell by cell: numbers, texts, booleans, dates, and null or undefined for missing ones. */
export class ValueBuilder {
  readonly name: string;
  readonly #reading: Reading;
  readonly #places: Places;
  readonly #markers: MissingMarkers;
  #kind: Kind | undefined;
  #mixed = false;
  #rows = 0;
  /** Numbers and dates, as long as there is nothing else. */
  #numbers: Float64List | undefined = new Float64List();
  #texts: TextBuilder | undefined;

  constructor(name: string, reading: Reading, places: Places, markers: MissingMarkers) {
    this.name = name;
    this.#reading = reading;
    this.#places = places;
    this.#markers = markers;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Adds a value; `place` is where errors say that it is. */
  add(value: unknown, place: number): void {
    this.#rows++;
    if (isAbsent(value) || this.#markers.numbers.has(value as number)) this.#addMissing(place);
    else if (typeof value === 'string') this.#addText(value.trim(), place);
    else if (typeof value === 'number') this.#addNumber(finite(value, this.#at(place)), 'number', place);
    else if (typeof value === 'bigint') this.#addNumber(Number(value), 'number', place);
    else if (typeof value === 'boolean') this.#addOther(String(value), 'boolean', place);
    else if (types.isDate(value)) this.#addNumber(Date.prototype.getTime.call(value), 'date', place);
    else throw wrongType(this.#at(place), 'a number, text, boolean, Date, or null for a missing value', value);
  }

  *finish(): Pieces<Column> {
    const { asked, why } = this.#reading;
    const kind = this.#mixed ? 'string' : this.#kind;
    if (this.#numbers && (kind === 'number' || kind === 'date') && (asked ?? kind) === kind) {
      const values = yield* this.#numbers.finish();
      const reason = asked === undefined ? undefined : why;
      if (kind === 'number') return yield* inferNumbers(this.name, values, reason, 'every value is a number');
      return { name: this.name, type: kind, missing: yield* countMissing(values), why: reason ?? 'every value is a Date', values };
    }
    const texts = yield* this.#toTexts().finish(this.name, this.#places);
    if (kind !== 'boolean' || asked !== undefined) return yield* inferTexts(texts, this.#reading);
    return yield* inferTexts(texts, { ...this.#reading, asked: 'boolean', why: 'every value is true or false' });
  }

  #at(place: number): string {
    return this.#places.cell(this.name, place);
  }

  /** Whether all values so far are of this kind. */
  #note(kind: Kind): boolean {
    this.#kind ??= kind;
    if (this.#kind !== kind) this.#mixed = true;
    return !this.#mixed;
  }

  #addNumber(value: number, kind: 'number' | 'date', place: number): void {
    if (this.#note(kind) && this.#numbers) this.#numbers.push(value);
    else this.#toTexts().add(kind === 'date' ? new Date(value).toISOString() : String(value), place);
  }

  #addMissing(place: number): void {
    if (this.#numbers) this.#numbers.push(NaN);
    else this.#toTexts().add(undefined, place);
  }

  #addText(text: string, place: number): void {
    if (this.#markers.has(text)) this.#addMissing(place);
    else this.#addOther(text, 'string', place);
  }

  #addOther(text: string, kind: 'string' | 'boolean', place: number): void {
    this.#toTexts().add(text, place);
    this.#note(kind);
  }

  /** The texts so far; numbers and dates become texts. */
  #toTexts(): TextBuilder {
    if (this.#texts) return this.#texts;
    this.#texts = new TextBuilder();
    const values = atOnce((this.#numbers as Float64List).finish());
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
