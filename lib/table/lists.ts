import { askingFor } from '../errors';
import type { Pieces } from '../event-loop';
import { byRanges } from './pieces';

/** Elements of the first block of a list that grows one by one. */
const smallest = 16;
/** Elements of the largest block. The empty rest of the last block is small beside a column of a million rows. */
const largest = 1 << 16;

/** The share of a guessed length that must be used; else its memory is not kept. */
const mostlyFull = 0.9;

interface TypedArray<T> {
  readonly length: number;
  [index: number]: number;
  set(values: T, offset: number): void;
  subarray(begin: number, end: number): T;
}

/** Elements of a block, from `offset` on. It is not a view, since the columns of a wide table are many and short. */
interface Room<T> {
  block: T;
  offset: number;
}

/** A list that grows by blocks, so that nothing is copied until its end is known. Where its length can be guessed, nothing is copied at all. */
class List<T extends TypedArray<T>> {
  readonly #make: (length: number) => T;
  readonly #expected: number;
  #full: T[] = [];
  #block: T | undefined;
  #room = 0;
  #used = 0;
  #length = 0;

  constructor(make: (length: number) => T, expected: number) {
    this.#make = make;
    this.#expected = expected;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#used === this.#room) this.#grow(this.#block ? 1 : smallest);
    (this.#block as T)[this.#used++] = value;
    this.#length++;
  }

  /** Room for this many further elements, which the caller sets. */
  extend(count: number): Room<T> {
    if (this.#used + count > this.#room || !this.#block) this.#grow(count);
    this.#length += count;
    this.#used += count;
    return { block: this.#block as T, offset: this.#used - count };
  }

  /** All elements in one array; the list is empty afterwards. */
  *finish(): Pieces<T> {
    const last = this.#used === this.#room ? this.#block : this.#block?.subarray(0, this.#used);
    const isGuessed = last && this.#full.length === 0 && this.#used >= mostlyFull * this.#room;
    const all = isGuessed ? last : this.#make(this.#length);
    if (!isGuessed) {
      let offset = 0;
      for (const block of [...this.#full, ...(last ? [last] : [])]) {
        yield* byRanges(block.length, (begin, end) => all.set(block.subarray(begin, end), offset + begin));
        offset += block.length;
      }
    }
    this.#full = [];
    this.#block = undefined;
    this.#room = this.#used = this.#length = 0;
    return all;
  }

  #grow(count: number): void {
    if (this.#block && this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used));
    const usual = this.#block ? Math.min(2 * this.#room, largest) : this.#expected;
    this.#room = Math.max(count, usual);
    this.#block = this.#make(this.#room);
    this.#used = 0;
  }
}

export class Float64List extends List<Float64Array> {
  constructor(expected = 0) {
    super((length) => askingFor(8 * length, () => new Float64Array(length)), expected);
  }
}

export class Int32List extends List<Int32Array> {
  constructor(expected = 0) {
    super((length) => askingFor(4 * length, () => new Int32Array(length)), expected);
  }
}

/** A copy with room for twice as many elements. */
export function doubled(list: Int32Array): Int32Array<ArrayBuffer> {
  const larger = askingFor(8 * list.length, () => new Int32Array(2 * list.length));
  larger.set(list);
  return larger;
}
