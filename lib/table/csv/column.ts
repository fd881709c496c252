import { describe } from '../../errors';
import { type Column, countMissing } from '../column';
import { parseDate } from '../dates';
import { everyNumber, inferTexts, isoDates, notADate, notANumber, type Reading, unusedTexts } from '../infer';
import { Float64List } from '../lists';
import type { MissingMarkers } from '../missing';
import { isPadded } from '../numbers';
import { inferNumbers } from '../numeric';
import { badCell, type Places } from '../places';
import { ByteTexts } from './byte-texts';
import { cellText, type Rows, unescaped } from './cells';
import { parseNumberBytes } from './number-bytes';

const zero = 0x30;

/**
 * Collects a column of a CSV file. Its first cells tell whether it is read as numbers, dates or texts. If a later cell is something else,
 * the column `isLate`: it must be read again, as texts.
 */
export class CsvColumn {
  readonly name: string;
  readonly index: number;
  isLate = false;
  readonly #reading: Reading;
  readonly #places: Places;
  readonly #markers: MissingMarkers;
  readonly #decimalMark: number;
  #as: 'number' | 'date' | 'text' | undefined;
  /** Cells of earlier records, all missing as long as `#as` is undefined. */
  #rows = 0;
  #values = new Float64List();
  #texts: ByteTexts | undefined;

  constructor(name: string, index: number, reading: Reading, places: Places, markers: MissingMarkers) {
    this.name = name;
    this.index = index;
    this.#reading = reading;
    this.#places = places;
    this.#markers = markers;
    this.#decimalMark = reading.decimal.charCodeAt(0);
  }

  /** Forgets all cells; they will come again, to be read as texts. */
  restart(): void {
    this.isLate = false;
    this.#rows = 0;
    this.#readAsTexts();
  }

  /** Reads this column's cell of each record. */
  add(cells: Rows): void {
    if (this.isLate) return;
    if (this.#as === undefined) this.#decide(cells);
    else if (this.#as === 'text') this.#addTexts(cells);
    else if (!this.#addValues(cells)) this.isLate = true;
    this.#rows += cells.records;
  }

  finish(): Column {
    const { asked } = this.#reading;
    if (this.#as === undefined) this.#readAsTexts();
    if (this.#texts) {
      const { cells, distinct, missing, example, isCountedOnly } = this.#texts;
      if (isCountedOnly) return unusedTexts(this.name, cells, distinct, missing, example);
      return inferTexts(this.#texts.finish(this.name, this.#places), this.#reading);
    }
    const values = this.#values.finish();
    if (this.#as === 'number') return inferNumbers(this.name, values, asked === 'number' ? asked : undefined, everyNumber);
    return { name: this.name, type: 'date', missing: countMissing(values), why: asked ? 'as asked' : isoDates, values };
  }

  /** Finds out from the first records with a value as what the column is to be read, and reads them. */
  #decide(cells: Rows): void {
    this.#as = this.#kindOf(cells);
    if (this.#as === undefined) return;
    if (this.#as !== 'text') {
      for (let row = 0; row < this.#rows; row++) this.#values.push(NaN);
      if (this.#addValues(cells)) return;
    }
    this.#readAsTexts();
    this.#addTexts(cells);
  }

  /** The kind of the first cell that is not missing. */
  #kindOf(cells: Rows): 'number' | 'date' | 'text' | undefined {
    const { asked } = this.#reading;
    if (asked !== undefined) return asked === 'number' || asked === 'date' ? asked : 'text';
    for (let record = 0; record < cells.records; record++) {
      const text = cellText(cells, record * cells.columns + this.index);
      if (this.#markers.has(text)) continue;
      const bytes = Buffer.from(text);
      if (!Number.isNaN(parseNumberBytes(bytes, 0, bytes.length, this.#decimalMark))) return 'number';
      return Number.isNaN(parseDate(text)) ? 'text' : 'date';
    }
    return undefined;
  }

  #readAsTexts(): void {
    const { asked, categories } = this.#reading;
    this.#as = 'text';
    this.#values = new Float64List();
    this.#texts = new ByteTexts(asked !== undefined || categories !== undefined);
    for (let row = 0; row < this.#rows; row++) this.#texts.addMissing();
  }

  #addTexts({ bytes, starts, ends, columns, records, lines, quote }: Rows): void {
    const texts = this.#texts as ByteTexts;
    for (let record = 0, cell = this.index; record < records; record++, cell += columns) {
      const start = starts[cell] as number;
      const end = ends[cell] as number;
      if (end < 0) {
        const plain = unescaped(bytes, start, -end, quote);
        texts.add(plain, 0, plain.length, lines[record] as number);
      } else if (end === start || this.#markers.hasBytes(bytes, start, end)) texts.addMissing();
      else texts.add(bytes, start, end, lines[record] as number);
    }
  }

  /** Returns false at a cell that is not what the column is read as. */
  #addValues(cells: Rows): boolean {
    const { bytes, starts, ends, columns, records } = cells;
    const isNumber = this.#as === 'number';
    for (let record = 0, cell = this.index; record < records; record++, cell += columns) {
      const start = starts[cell] as number;
      const end = ends[cell] as number;
      let value = NaN;
      if (end !== start) {
        if (!isNumber) value = parseDate(cellText(cells, cell));
        else if (end > 0) value = parseNumberBytes(bytes, start, end, this.#decimalMark);
        if (Number.isNaN(value)) {
          if (end < 0 || !this.#markers.hasBytes(bytes, start, end)) return this.#refuse(cells, cell, record);
        } else if (isNumber && bytes[start] === zero && end - start > 1 && this.#reading.asked === undefined) {
          if (isPadded(cellText(cells, cell))) return false;
        }
      }
      this.#values.push(value);
    }
    return true;
  }

  /** A column whose type was asked for is not read as texts. */
  #refuse(cells: Rows, cell: number, record: number): boolean {
    const { asked } = this.#reading;
    if (asked === undefined) return false;
    const text = describe(cellText(cells, cell));
    throw badCell(this.#places, this.name, cells.lines[record] as number, asked === 'number' ? notANumber(text) : notADate(text));
  }
}
