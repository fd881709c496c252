import type { Pieces } from '../../event-loop';
import { parseNumber } from '../numbers';
import type { CheckedOptions } from '../options';
import { type Block, cellText } from './cells';
import { type Dialect, newline, tab } from './dialect';
import { looksLikeHeader } from './header';
import { mostCells, type Problem, Scanner } from './scanner';

/** A dialect, and whether the first record names the columns. */
export interface Sniffed {
  readonly dialect: Dialect;
  readonly hasHeader: boolean;
}

/** Bytes of the sample that a dialect is found out from; more, as long as they hold few lines. */
const sampleBytes = 1 << 16;
const fewLines = 5;
const longestSample = 1 << 24;

/** Where records differ in length, some may be damaged: this share of them must have the first one's. */
const mostRecords = 0.9;

/** In order of preference: where several fit, a comma is more likely part of a cell. */
const delimiters = [tab, ...[';', '|', ','].map((text) => text.charCodeAt(0))];
const comma = 0x2c;
const doubleQuote = 0x22;
const apostrophe = 0x27;

/** Whether the first bytes of a file are enough to find out its dialect. */
export function isSample(bytes: Uint8Array): boolean {
  return bytes.length >= sampleBytes && (bytes.length >= longestSample || fewLinesEnd(bytes) > 0);
}

/** Where the first few lines end; 0 if they do not. */
function fewLinesEnd(bytes: Uint8Array): number {
  let end = 0;
  for (let line = 0; line < fewLines; line++) {
    end = bytes.indexOf(newline, end) + 1;
    if (end === 0) return 0;
  }
  return end;
}

/** How many of the first bytes are looked at. */
function sampleLength(bytes: Uint8Array): number {
  return Math.min(bytes.length, Math.max(sampleBytes, fewLinesEnd(bytes) || longestSample));
}

/** Finds out the dialect of a file from its first bytes. */
export function* sniff(head: Uint8Array, isAll: boolean, options: CheckedOptions): Pieces<Sniffed> {
  const sample = head.subarray(0, sampleLength(head));
  const isWhole = isAll && sample.length === head.length;
  const bytes = Buffer.alloc(sample.length + 1);
  bytes.set(sample);
  const comment = options.comment === undefined ? sniffComment(sample) : Buffer.from(options.comment);
  const scan = (delimiter: number, quote: number): Candidate => {
    const scanner = new Scanner({ delimiter, quote, comment });
    scanner.scan(bytes, sample.length, isWhole);
    return new Candidate({ delimiter, quote, comment }, { ...scanner.block, bytes, isLast: isWhole }, scanner.problem?.what);
  };
  const quote = options.quote?.charCodeAt(0) ?? doubleQuote;
  const candidates: Candidate[] = [];
  for (const each of options.delimiter === undefined ? delimiters : [options.delimiter.charCodeAt(0)]) {
    candidates.push(scan(each, quote));
    yield;
  }
  let best = choose(candidates, options.decimal === ',');
  if (options.quote === undefined && !sample.includes(doubleQuote)) {
    const other = scan(best.dialect.delimiter, apostrophe);
    yield;
    if (hasApostrophes(sample, best.dialect.delimiter) && !other.isBroken && other.share >= best.share) best = other;
  }
  yield;
  const hasHeader = typeof options.header === 'boolean' ? options.header : options.header === undefined && looksLikeHeader(best.texts());
  return { dialect: best.dialect, hasHeader };
}

/** A dialect, and how well a sample fits it. */
class Candidate {
  readonly dialect: Dialect;
  readonly isBroken: boolean;
  /** Cells of the first record. */
  readonly width: number;
  /** The share of records that have as many. */
  readonly share: number;
  readonly #block: Block;

  constructor(dialect: Dialect, block: Block, problem: Problem['what'] | undefined) {
    this.dialect = dialect;
    this.isBroken = problem !== undefined;
    this.#block = block;
    const { lastCells } = block;
    const widths = lastCells.map((last, record) => last - (record === 0 ? 0 : (lastCells[record - 1] as number)));
    this.width = widths[0] ?? (problem === 'too many cells' ? mostCells : 0);
    this.share = widths.filter((width) => width === this.width).length / Math.max(1, widths.length);
  }

  /** The cells of the first records. */
  texts(): string[][] {
    const { lastCells } = this.#block;
    return lastCells.slice(0, 100).map((last, record) => {
      const first = record === 0 ? 0 : (lastCells[record - 1] as number);
      return Array.from({ length: last - first }, (_, cell) => cellText(this.#block, first + cell));
    });
  }

  /** Whether there are commas, and all of them in numbers. */
  get hasDecimalCommas(): boolean {
    const cells = this.texts()
      .flat()
      .filter((text) => text.includes(','));
    return cells.length > 0 && cells.every((text) => !Number.isNaN(parseNumber(text, ',')));
  }
}

function choose(candidates: Candidate[], hasDecimalComma: boolean): Candidate {
  const several = candidates.filter(({ width }) => width > 1);
  const regular = several.filter(({ share, isBroken }) => share >= mostRecords && !isBroken);
  if (regular.length > 0) {
    const others = regular.filter(({ dialect }) => dialect.delimiter !== comma);
    return widest(others.some((other) => hasDecimalComma || other.hasDecimalCommas) ? others : regular);
  }
  if (several.length > 0) return mostRegular(several, several[0] as Candidate);
  const single = candidates.filter(({ dialect }) => !hasDecimalComma || dialect.delimiter !== comma);
  const usual = candidates.find(({ dialect }) => dialect.delimiter === comma) ?? (candidates[0] as Candidate);
  return mostRegular(single, usual);
}

const mostRegular = (candidates: Candidate[], first: Candidate): Candidate =>
  candidates.reduce((best, other) => (other.share > best.share ? other : best), first);
const widest = (candidates: Candidate[]): Candidate => candidates.reduce((best, other) => (other.width > best.width ? other : best));

/** A file that begins with lines of `#` has comments; but `#name,…` over records with as many cells is a header. */
function sniffComment(sample: Uint8Array): Uint8Array | undefined {
  if (sample[0] !== 0x23) return undefined;
  const [first = '', second = ''] = Buffer.from(sample.subarray(0, sampleBytes))
    .toString()
    .split(/\r\n?|\n/);
  const cells = (line: string) => line.split(/[,;\t|]/).length;
  return !/^#\s/.test(first) && cells(first) > 1 && cells(first) === cells(second) ? undefined : Buffer.from('#');
}

/** Whether two or more cells stand between apostrophes. */
function hasApostrophes(sample: Uint8Array, delimiter: number): boolean {
  const edge = `\\u00${delimiter.toString(16).padStart(2, '0')}`;
  const text = Buffer.from(sample.subarray(0, sampleBytes)).toString();
  return (text.match(new RegExp(`(?:^|${edge}) *'[^'\r\n]*' *(?=$|${edge})`, 'gm')) ?? []).length >= 2;
}
