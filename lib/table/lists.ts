import { askingFor } from '../errors';

/** Elements of the first block: a table may have 100,000 columns. */
const smallest = 64;
/** Elements of the largest block. The empty rest of the last block is small beside a column of a million rows. */
const largest = 1 << 16;

interface TypedArray<T> {
  readonly length: number;
  [index: number]: number;
  set(values: T, offset: number): void;
  subarray(begin: number, end: number): T;
}

/** A list that grows by blocks, so that nothing is copied until its end is known. */
class List<T extends TypedArray<T>> {
  readonly #make: (length: number) => T;
  #full: T[] = [];
  #block: T;
  #used = 0;
  #length = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#block = make(smallest);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#used === this.#block.length) {
      this.#full.push(this.#block);
      this.#block = this.#make(Math.min(2 * this.#block.length, largest));
      this.#used = 0;
    }
    this.#block[this.#used++] = value;
    this.#length++;
  }

  /** All elements in one array; the list is empty afterwards. */
  finish(): T {
    const all = this.#make(this.#length);
    let offset = 0;
    for (const block of this.#full) {
      all.set(block, offset);
      offset += block.length;
    }
    all.set(this.#block.subarray(0, this.#used), offset);
    this.#full = [];
    this.#used = this.#length = 0;
    return all;
  }
}

export class Float64List extends List<Float64Array> {
  constructor() {
    super((length) => askingFor(8 * length, () => new Float64Array(length)));
  }
}

export class Int32List extends List<Int32Array> {
  constructor() {
    super((length) => askingFor(4 * length, () => new Int32Array(length)));
  }
}
