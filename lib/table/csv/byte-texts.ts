import { randomInt } from 'node:crypto';
import { askingFor, outOfMemory } from '../../errors';
import type { Pieces } from '../../event-loop';
import { doubled, Int32List } from '../lists';
import { byRanges } from '../pieces';
import type { Places } from '../places';
import type { Texts } from '../texts';

/** Distinct texts beyond which a column is looked at whether it repeats any. */
const manyTexts = 1 << 17;
/** Bytes of distinct texts beyond which no column is one of categories. */
const mostBytes = 1 << 28;

/** Numbers that are kept of each text: its end in the bytes, how many cells have it, and the place of the first one. */
const facts = 3;
const atEnd = 0;
const atCount = 1;
const atPlace = 2;

/** Unknown to the writer of a file: its texts cannot be chosen to have one hash. */
const seed = randomInt(2 ** 31);

/**
 * Collects the texts of a column from bytes. A text that is known already costs no string: texts are compared as bytes, by a hash table with
 * open addressing. It begins small: a table may have 100,000 columns. (The engine keeps arrays of up to 64 bytes among its objects.)
 */
export class ByteTexts {
  /** The codes of texts by their hashes, plus 1; 0 is empty. Its length is a power of two. */
  #table = new Int32Array(8);
  /** Two hashes of each text. Both tell texts apart whose bytes are not kept. */
  #hashes = new Int32Array(8);
  #facts = new Int32Array(4 * facts);
  #bytes: Buffer | undefined = Buffer.allocUnsafe(32);
  #used = 0;
  #distinct = 0;
  #missing = 0;
  #example = '';
  #codes: Int32List;
  #cells = 0;
  /** Whether every text is needed, however many there are. */
  readonly #keepAll: boolean;

  constructor(keepAll: boolean, expected: number) {
    this.#codes = new Int32List(expected);
    this.#keepAll = keepAll;
  }

  get distinct(): number {
    return this.#distinct;
  }

  /** How many cells there are, missing ones included. */
  get cells(): number {
    return this.#cells;
  }

  get missing(): number {
    return this.#missing;
  }

  /** Whether there are too many distinct texts to keep them: they are counted only. */
  get isCountedOnly(): boolean {
    return this.#bytes === undefined;
  }

  /** Adds missing cells. */
  addMissing(count: number): void {
    const { block, offset } = this.extend(count);
    block.fill(-1, offset, offset + count);
    this.#missing += count;
  }

  /** Room for the codes of further cells, which the caller sets: to what `codeOf` returns, or to -1 with `countMissing`. */
  extend(count: number): { block: Int32Array; offset: number } {
    this.#cells += count;
    return this.#bytes ? this.#codes.extend(count) : { block: new Int32Array(count), offset: 0 };
  }

  countMissing(): void {
    this.#missing++;
  }

  /** The code of a text, which is counted. */
  codeOf(source: Uint8Array, start: number, end: number, place: number): number {
    let hash = seed;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (source[at] as number), 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#table.length - 1;
    let slot = hash & mask;
    for (let entry = this.#table[slot] as number; entry !== 0; entry = this.#table[slot] as number) {
      if (this.#isEqual(entry - 1, hash, source, start, end)) {
        if (this.#bytes) this.#facts[facts * (entry - 1) + atCount] = this.#fact(entry - 1, atCount) + 1;
        return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
    this.#table[slot] = this.#distinct + 1;
    return this.#addDistinct(hash, source, start, end, place);
  }

  /** The first text. */
  get example(): string {
    return this.#example;
  }

  /** The texts; not after `isCountedOnly`. */
  *finish(name: string, places: Places): Pieces<Texts> {
    const bytes = this.#bytes as Buffer;
    const distinct: string[] = [];
    const counts = new Int32Array(this.#distinct);
    const first = new Int32Array(this.#distinct);
    yield* byRanges(this.#distinct, (begin, end) => {
      for (let code = begin; code < end; code++) {
        distinct.push(bytes.toString('utf8', this.#begin(code), this.#fact(code, atEnd)));
        counts[code] = this.#fact(code, atCount);
        first[code] = this.#fact(code, atPlace);
      }
    });
    return { name, codes: yield* this.#codes.finish(), distinct, counts, first, missing: this.#missing, places };
  }

  #fact(code: number, index: number): number {
    return this.#facts[facts * code + index] as number;
  }

  /** The beginning of a text in the bytes. */
  #begin(code: number): number {
    return code === 0 ? 0 : this.#fact(code - 1, atEnd);
  }

  #isEqual(code: number, hash: number, source: Uint8Array, start: number, end: number): boolean {
    if (this.#hashes[2 * code] !== hash) return false;
    if (!this.#bytes) return this.#hashes[2 * code + 1] === otherHash(source, start, end);
    const begin = this.#begin(code);
    if (this.#fact(code, atEnd) - begin !== end - start) return false;
    for (let at = start, own = begin; at < end; at++, own++) if (source[at] !== this.#bytes[own]) return false;
    return true;
  }

  #addDistinct(hash: number, source: Uint8Array, start: number, end: number, place: number): number {
    if (2 * this.#distinct === this.#hashes.length) this.#growLists();
    const code = this.#distinct++;
    this.#hashes[2 * code] = hash;
    this.#hashes[2 * code + 1] = otherHash(source, start, end);
    if (code === 0) this.#example = Buffer.from(source.subarray(start, end)).toString();
    this.#keep(code, source, start, end, place);
    if (2 * this.#distinct > this.#table.length) this.#growTable();
    if (this.#distinct % manyTexts === 0) this.#considerCounting();
    return code;
  }

  #keep(code: number, source: Uint8Array, start: number, end: number, place: number): void {
    const used = this.#used + end - start;
    if (used > mostBytes && !this.#keepAll) this.#countOnly();
    if (!this.#bytes) return;
    if (used > this.#bytes.length) this.#bytes = enlarged(this.#bytes, this.#used, used);
    for (let at = start; at < end; at++) this.#bytes[this.#used++] = source[at] as number;
    this.#facts[facts * code + atEnd] = this.#used;
    this.#facts[facts * code + atCount] = 1;
    this.#facts[facts * code + atPlace] = place;
  }

  /** A column that hardly repeats a text is none of categories. */
  #considerCounting(): void {
    if (!this.#keepAll && this.#distinct > 0.9 * (this.#cells - this.#missing)) this.#countOnly();
  }

  #countOnly(): void {
    this.#bytes = undefined;
    this.#codes = new Int32List();
    this.#facts = new Int32Array(0);
  }

  #growLists(): void {
    this.#hashes = doubled(this.#hashes);
    if (this.#bytes) this.#facts = doubled(this.#facts);
  }

  #growTable(): void {
    const table = new Int32Array(2 * this.#table.length);
    const mask = table.length - 1;
    for (let code = 0; code < this.#distinct; code++) {
      let slot = (this.#hashes[2 * code] as number) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = code + 1;
    }
    this.#table = table;
  }
}

function otherHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = seed;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 33) + (bytes[at] as number)) | 0;
  return hash;
}

/** The offsets of texts are 32-bit integers. */
function enlarged(bytes: Buffer, used: number, needed: number): Buffer {
  if (needed >= 2 ** 31) throw outOfMemory(needed);
  const size = Math.min(Math.max(2 * bytes.length, needed), 2 ** 31 - 1);
  const larger = askingFor(size, () => Buffer.alloc(size));
  larger.set(bytes.subarray(0, used));
  return larger;
}
