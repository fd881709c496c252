import type { Pieces } from '../event-loop';
import { ascending } from '../metrics/ordering';

/*
 * The random orders of native/math/random.cpp in JavaScript: Philox4x32-10 and Fisher-Yates with unbiased choices. The same seed gives the
 * same order on every machine.
 */

/** Streams of random numbers, as native/math/random.h has them. */
export const streams = { shuffle: 0x010000, split: 0x018000 } as const;

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;
const rounds = 10;
const wordsOfBlock = 4;

/** The upper 32 bits of a product of two 32-bit numbers. */
function high(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + (middle >>> 16) + (other >>> 16)) >>> 0;
}

/** Random words, one after another. */
class Words {
  readonly #key: readonly [low: number, high: number];
  readonly #stream: number;
  readonly #step: readonly [low: number, high: number];
  readonly #block = new Uint32Array(wordsOfBlock);
  #blocks = 0;
  #used = wordsOfBlock;

  constructor(seed: number, stream: number, step: number) {
    this.#key = halves(seed);
    this.#stream = stream;
    this.#step = halves(step);
  }

  next(): number {
    if (this.#used === wordsOfBlock) this.#refill();
    return this.#block[this.#used++] as number;
  }

  #refill(): void {
    // Integers of 32 bits with a sign, and no arrays: both would be allocated while this code is not optimized yet.
    let c0 = this.#blocks | 0;
    let c1 = this.#stream | 0;
    let c2 = this.#step[0] | 0;
    let c3 = this.#step[1] | 0;
    let k0 = this.#key[0] | 0;
    let k1 = this.#key[1] | 0;
    for (let round = 0; round < rounds; round++) {
      const high0 = high(c0, multiplier0);
      const high1 = high(c2, multiplier1);
      const low0 = Math.imul(c0, multiplier0);
      const low1 = Math.imul(c2, multiplier1);
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 = (k0 + weyl0) | 0;
      k1 = (k1 + weyl1) | 0;
    }
    const block = this.#block;
    block[0] = c0;
    block[1] = c1;
    block[2] = c2;
    block[3] = c3;
    this.#blocks++;
    this.#used = 0;
  }
}

const halves = (value: number): [low: number, high: number] => [value % 2 ** 32, Math.floor(value / 2 ** 32)];

/** A number below `range`, all equally likely. D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019). */
function bounded(words: Words, range: number): number {
  let word = words.next();
  if (Math.imul(word, range) >>> 0 < range) {
    const threshold = (2 ** 32 - range) % range;
    while (Math.imul(word, range) >>> 0 < threshold) word = words.next();
  }
  return high(word, range);
}

const elementsAtOnce = 2 ** 12;

/** The numbers from 0 to `size` - 1 in a random order. */
export function* permuting(size: number, seed: number, stream: number, step = 0): Pieces<Uint32Array> {
  const order = yield* ascending(size);
  const words = new Words(seed, stream, step);
  for (let left = size; left > 1; left--) {
    const chosen = bounded(words, left);
    const last = order[left - 1] as number;
    order[left - 1] = order[chosen] as number;
    order[chosen] = last;
    if (left % elementsAtOnce === 0) yield;
  }
  return order;
}
