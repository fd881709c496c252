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

/** Unknown to the writer of a file: its texts cannot be chosen to have one hash. */
const seed = randomInt(2 ** 31);

/**
 * Collects the texts of a column from bytes. A text that is known already costs no string: texts are compared as bytes, by a hash table with
 * open addressing.
 */
export class ByteTexts {
  /** The codes of texts by their hashes, plus 1; 0 is empty. Its length is a power of two. */
  #table = new Int32Array(64);
  #hashes = new Int32Array(32);
  /** A second hash; both tell texts apart whose bytes are not kept. */
  #others = new Int32Array(32);
  /** The end of each text in `#bytes`. */
  #ends = new Int32Array(32);
  #counts = new Int32Array(32);
  #first = new Int32Array(32);
  #bytes: Uint8Array | undefined = new Uint8Array(256);
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
    this.extend(count).fill(-1);
    this.#missing += count;
  }

  /** Room for the codes of further cells, which the caller sets: to what `codeOf` returns, or to -1 with `countMissing`. */
  extend(count: number): Int32Array {
    this.#cells += count;
    return this.#bytes ? this.#codes.extend(count) : new Int32Array(count);
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
        if (this.#bytes) this.#counts[entry - 1] = (this.#counts[entry - 1] as number) + 1;
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
    const bytes = Buffer.from((this.#bytes as Uint8Array).buffer);
    const distinct: string[] = [];
    yield* byRanges(this.#distinct, (begin, end) => {
      for (let code = begin; code < end; code++) {
        distinct.push(bytes.toString('utf8', code === 0 ? 0 : (this.#ends[code - 1] as number), this.#ends[code] as number));
      }
    });
    return { name, codes: yield* this.#codes.finish(), distinct, counts: this.#counts, first: this.#first, missing: this.#missing, places };
  }

  #isEqual(code: number, hash: number, source: Uint8Array, start: number, end: number): boolean {
    if (this.#hashes[code] !== hash) return false;
    if (!this.#bytes) return this.#others[code] === otherHash(source, start, end);
    const begin = code === 0 ? 0 : (this.#ends[code - 1] as number);
    if ((this.#ends[code] as number) - begin !== end - start) return false;
    for (let at = start, own = begin; at < end; at++, own++) if (source[at] !== this.#bytes[own]) return false;
    return true;
  }

  #addDistinct(hash: number, source: Uint8Array, start: number, end: number, place: number): number {
    if (this.#distinct === this.#hashes.length) this.#growLists();
    const code = this.#distinct++;
    this.#hashes[code] = hash;
    this.#others[code] = otherHash(source, start, end);
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
    this.#counts[code] = 1;
    this.#first[code] = place;
    this.#ends[code] = this.#used;
  }

  /** A column that hardly repeats a text is none of categories. */
  #considerCounting(): void {
    if (!this.#keepAll && this.#distinct > 0.9 * (this.#cells - this.#missing)) this.#countOnly();
  }

  #countOnly(): void {
    this.#bytes = undefined;
    this.#codes = new Int32List();
    this.#ends = this.#counts = this.#first = new Int32Array(0);
  }

  #growLists(): void {
    this.#hashes = doubled(this.#hashes);
    this.#others = doubled(this.#others);
    if (!this.#bytes) return;
    this.#ends = doubled(this.#ends);
    this.#counts = doubled(this.#counts);
    this.#first = doubled(this.#first);
  }

  #growTable(): void {
    const table = new Int32Array(2 * this.#table.length);
    const mask = table.length - 1;
    for (let code = 0; code < this.#distinct; code++) {
      let slot = (this.#hashes[code] as number) & mask;
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
function enlarged(bytes: Uint8Array, used: number, needed: number): Uint8Array {
  if (needed >= 2 ** 31) throw outOfMemory(needed);
  const size = Math.min(Math.max(2 * bytes.length, needed), 2 ** 31 - 1);
  const larger = askingFor(size, () => new Uint8Array(size));
  larger.set(bytes.subarray(0, used));
  return larger;
}
