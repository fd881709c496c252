import { describe } from '../../errors';
import type { Pieces } from '../../event-loop';
import { type Column, countMissing } from '../column';
import { parseDate } from '../dates';
import { allMissing, everyNumber, inferTexts, isoDates, notADate, notANumber, type Reading, unusedTexts } from '../infer';
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
  /** How many rows there probably are; 0 if that is unknown. */
  readonly #expected: number;
  #as: 'number' | 'date' | 'text' | undefined;
  /** Cells of earlier records, all missing as long as `#as` is undefined. */
  #rows = 0;
  #values: Float64List | undefined;
  #texts: ByteTexts | undefined;

  constructor(name: string, index: number, reading: Reading, places: Places, markers: MissingMarkers, expected: number) {
    this.name = name;
    this.index = index;
    this.#reading = reading;
    this.#places = places;
    this.#markers = markers;
    this.#expected = expected;
    this.#decimalMark = reading.decimal.charCodeAt(0);
  }

  /** Forgets all cells; they will come again, to be read as texts. */
  restart(): void {
    this.isLate = false;
    this.#rows = 0;
    // All of them are needed, however many: the first one that is not a number may be a bad cell.
    this.#readAsTexts(true);
  }

  /** Reads this column's cell of each record. */
  add(cells: Rows): void {
    if (this.isLate) return;
    if (this.#as === undefined) this.#decide(cells);
    else if (this.#as === 'text') this.#addTexts(cells);
    else if (!this.#addValues(cells)) this.isLate = true;
    this.#rows += cells.records;
  }

  /** The column that the cells make; they are forgotten. */
  *finish(): Pieces<Column> {
    const { asked, why } = this.#reading;
    const [texts, numbers] = [this.#texts, this.#values];
    this.#texts = this.#values = undefined;
    if (this.#as === undefined) return allMissing(this.name, this.#rows);
    if (texts) {
      const { cells, distinct, missing, example, isCountedOnly } = texts;
      if (isCountedOnly) {
        const counted = unusedTexts(this.name, cells, distinct, missing, example);
        return asked === 'text' || asked === 'id' ? { ...counted, type: asked, why } : counted;
      }
      return yield* inferTexts(yield* texts.finish(this.name, this.#places), this.#reading);
    }
    const values = yield* (numbers as Float64List).finish();
    const reason = asked === undefined ? undefined : why;
    if (this.#as === 'number') return yield* inferNumbers(this.name, values, reason, everyNumber);
    return { name: this.name, type: 'date', missing: yield* countMissing(values), why: reason ?? isoDates, values };
  }

  /** Finds out from the first records with a value as what the column is to be read, and reads them. */
  #decide(cells: Rows): void {
    this.#as = this.#kindOf(cells);
    if (this.#as === undefined) return;
    if (this.#as !== 'text') {
      this.#values = new Float64List(this.#expected);
      const { block, offset } = this.#values.extend(this.#rows);
      block.fill(NaN, offset, offset + this.#rows);
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

  #readAsTexts(keepAll = false): void {
    const { asked, keepTexts } = this.#reading;
    const needsAll = keepAll || (asked !== undefined && (keepTexts || (asked !== 'text' && asked !== 'id')));
    this.#as = 'text';
    this.#values = undefined;
    this.#texts = new ByteTexts(needsAll, this.#expected);
    this.#texts.addMissing(this.#rows);
  }

  #addTexts({ bytes, starts, ends, columns, records, lines, quote }: Rows): void {
    const texts = this.#texts as ByteTexts;
    const { block: codes, offset } = texts.extend(records);
    for (let record = 0, cell = this.index; record < records; record++, cell += columns) {
      const start = starts[cell] as number;
      const end = ends[cell] as number;
      const line = lines[record] as number;
      if (end < 0) {
        const plain = unescaped(bytes, start, -end, quote);
        codes[offset + record] = texts.codeOf(plain, 0, plain.length, line);
      } else if (this.#markers.hasBytes(bytes, start, end)) {
        codes[offset + record] = -1;
        texts.countMissing();
      } else codes[offset + record] = texts.codeOf(bytes, start, end, line);
    }
  }

  /** Returns false at a cell that is not what the column is read as. */
  #addValues(rows: Rows): boolean {
    return this.#as === 'number' ? this.#addNumbers(rows) : this.#addDates(rows);
  }

  #addNumbers(rows: Rows): boolean {
    const { bytes, starts, ends, columns, records } = rows;
    const { block: values, offset } = (this.#values as Float64List).extend(records);
    const mark = this.#decimalMark;
    const mayBePadded = this.#reading.asked === 'number';
    const { numbers } = this.#markers;
    for (let record = 0, cell = this.index; record < records; record++, cell += columns) {
      const start = starts[cell] as number;
      const end = ends[cell] as number;
      const value = end > start ? parseNumberBytes(bytes, start, end, mark) : NaN;
      values[offset + record] = numbers.size > 0 && numbers.has(value) ? NaN : value;
      if (Number.isNaN(value)) {
        if (end !== start && !this.#isMissing(rows, cell)) return this.#refuse(rows, cell, record);
      } else if (bytes[start] === zero && !mayBePadded && isDigit(bytes[start + 1]) && isPadded(cellText(rows, cell))) return false;
    }
    return true;
  }

  #addDates(rows: Rows): boolean {
    const { block: values, offset } = (this.#values as Float64List).extend(rows.records);
    for (let record = 0, cell = this.index; record < rows.records; record++, cell += rows.columns) {
      const value = parseDate(cellText(rows, cell));
      values[offset + record] = value;
      if (Number.isNaN(value) && !this.#isMissing(rows, cell)) return this.#refuse(rows, cell, record);
    }
    return true;
  }

  #isMissing({ bytes, starts, ends }: Rows, cell: number): boolean {
    const end = ends[cell] as number;
    return end >= 0 && this.#markers.hasBytes(bytes, starts[cell] as number, end);
  }

  /** A column whose type was asked for is not read as texts. */
  #refuse(rows: Rows, cell: number, record: number): boolean {
    const { asked } = this.#reading;
    if (asked === undefined) return false;
    const text = describe(cellText(rows, cell));
    throw badCell(this.#places, this.name, rows.lines[record] as number, asked === 'number' ? notANumber(text) : notADate(text));
  }
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= zero + 9;
