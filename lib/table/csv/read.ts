import { describe } from '../../errors';
import { EventLoop, inSlices, type Pieces, slice } from '../../event-loop';
import type { Column } from '../column';
import { peek } from '../input/bytes';
import type { TextSource } from '../input/text';
import { MissingMarkers } from '../missing';
import { checkDistinct, namesOf, unnamed } from '../names';
import type { CheckedOptions } from '../options';
import type { TableParts } from '../parts';
import { badFile, badLine, lines } from '../places';
import { checkAsked, readings } from '../readings';
import { blocksOf } from './blocks';
import { type Block, cellText, type Rows } from './cells';
import { CsvColumn } from './column';
import { decimalHint } from './decimal-hint';
import { Scanner } from './scanner';
import { isSample, type Sniffed, sniff } from './sniff';

/** Reads a CSV file. */
export async function readCsv(source: TextSource, options: CheckedOptions): Promise<TableParts> {
  const pieces = source.open();
  try {
    const { head, isWhole, all } = await peek(pieces, isSample);
    if (isWhole && head.length === 0) throw badFile(source.name, 'is empty');
    const sniffed = await inSlices(sniff(head, isWhole, options));
    return await new CsvReader(source, options, sniffed).read(all);
  } finally {
    await pieces.return(undefined);
  }
}

class CsvReader {
  readonly #source: TextSource;
  readonly #options: CheckedOptions;
  readonly #sniffed: Sniffed;
  readonly #scanner: Scanner;
  readonly #eventLoop = new EventLoop(slice);
  #columns: CsvColumn[] | undefined;
  readonly #finished: Column[] = [];
  #rows = 0;

  constructor(source: TextSource, options: CheckedOptions, sniffed: Sniffed) {
    this.#source = source;
    this.#options = options;
    this.#sniffed = sniffed;
    this.#scanner = new Scanner(sniffed.dialect);
  }

  async read(pieces: AsyncGenerator<Uint8Array>): Promise<TableParts> {
    const { name, path } = this.#source;
    const { dialect, hasHeader } = this.#sniffed;
    for await (const rows of this.#blocks(pieces, this.#scanner)) {
      this.#rows += rows.records;
      await this.#add(this.#columns as CsvColumn[], rows);
    }
    if (!this.#columns) throw badFile(name, 'has no rows: it has blank lines or comments only');
    if (this.#rows === 0) throw badFile(name, `has a header (${shown(this.#columns.map((column) => column.name))}), but no rows`);
    await this.#readAgain(this.#columns.filter(({ isLate }) => isLate));
    const columns = this.#finished;
    const source = {
      format: 'csv' as const,
      ...(path !== undefined && { path }),
      delimiter: String.fromCharCode(dialect.delimiter),
      header: hasHeader,
      encoding: this.#source.encoding(),
      notes: [...this.#notes(), ...decimalHint(columns, this.#options.decimal)],
    };
    return { rows: this.#rows, columns, source };
  }

  /** Reads the columns again that turned out to be texts after many numbers. */
  async #readAgain(late: CsvColumn[]): Promise<void> {
    if (late.length === 0) return;
    for (const column of late) column.restart();
    const scanner = new Scanner(this.#sniffed.dialect);
    let count = 0;
    for await (const rows of this.#blocks(this.#source.open(), scanner)) {
      count += rows.records;
      await this.#add(late, rows);
    }
    if (count !== this.#rows) throw badFile(this.#source.name, `has changed while it was read: it had ${this.#rows} rows, then ${count}`);
  }

  async #add(columns: readonly CsvColumn[], rows: Rows): Promise<void> {
    await inSlices(this.#added(columns, rows));
    await this.#eventLoop.breathe();
  }

  /** With the last cells a column is finished at once: of the many columns of a wide table, one at a time has its working memory. */
  *#added(columns: readonly CsvColumn[], rows: Rows): Pieces<void> {
    for (const column of columns) {
      column.add(rows);
      if (rows.isLast && !column.isLate) this.#finished[column.index] = yield* column.finish();
      yield;
    }
  }

  /** The records without the header, all of the header's length. */
  async *#blocks(pieces: AsyncGenerator<Uint8Array>, scanner: Scanner): AsyncGenerator<Rows> {
    let isFirst = true;
    for await (const block of blocksOf(pieces, scanner, this.#source.name)) {
      if (block.records === 0 && !(block.isLast && this.#columns)) continue;
      this.#columns ??= this.#makeColumns(block);
      const columns = this.#columns.length;
      this.#checkWidths(block, columns);
      const skipped = isFirst && this.#sniffed.hasHeader && block.records > 0 ? 1 : 0;
      isFirst = false;
      yield skipped === 0 ? { ...block, columns } : withoutFirst(block, columns);
    }
  }

  #makeColumns(block: Block): CsvColumn[] {
    const width = block.lastCells[0] as number;
    const names = this.#names(block, width);
    checkAsked(this.#options, names);
    const expected = this.#expectedRows(block);
    const [reading, markers, places] = [readings(this.#options), new MissingMarkers(this.#options.missing), lines(this.#source.name)];
    return names.map((name, index) => new CsvColumn(name, index, reading(name), places, markers, expected));
  }

  /** A guess from the first records, a little too high; 0 if there is nothing to guess from. */
  #expectedRows({ records, starts, lastCells }: Block): number {
    const size = this.#source.size?.();
    const bytes = starts[(lastCells.at(-1) as number) - 1] as number;
    return size === undefined || records < 100 ? 0 : Math.ceil((1.03 * size * records) / bytes);
  }

  #names(block: Block, width: number): readonly string[] {
    const { name } = this.#source;
    if (!this.#sniffed.hasHeader) return namesOf(this.#options, width, `${name} (delimiter ${this.#delimiter})`);
    const names = Array.from({ length: width }, (_, index) => cellText(block, index) || unnamed(index));
    return checkDistinct(names, `${name}: line ${block.lines[0]}`);
  }

  #checkWidths({ lastCells, lines }: Block, columns: number): void {
    for (let record = 0, begin = 0; record < lastCells.length; record++) {
      const end = lastCells[record] as number;
      if (end - begin !== columns) throw this.#ragged(lines[record] as number, end - begin, columns);
      begin = end;
    }
  }

  #ragged(line: number, cells: number, columns: number): Error {
    const first = this.#sniffed.hasHeader ? 'the header' : 'the first row';
    const counts = `has ${cells} ${cells === 1 ? 'cell' : 'cells'}, but ${first} has ${columns}`;
    return badLine(this.#source.name, line, `${counts} (delimiter ${this.#delimiter})`);
  }

  get #delimiter(): string {
    return describe(String.fromCharCode(this.#sniffed.dialect.delimiter));
  }

  #notes(): string[] {
    const { blankLines, commentLines } = this.#scanner;
    return [...counted(blankLines, 'blank line'), ...counted(commentLines, 'comment line')];
  }
}

const counted = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'} skipped`]);

function withoutFirst(block: Block, columns: number): Rows {
  const { starts, ends, lines, records } = block;
  return { ...block, starts: starts.subarray(columns), ends: ends.subarray(columns), lines: lines.slice(1), records: records - 1, columns };
}

function shown(names: readonly string[]): string {
  const first = names.slice(0, 5).map((name) => describe(name));
  return `${first.join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
}
