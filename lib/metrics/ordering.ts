import type { Pieces } from '../event-loop';

const bits = 8;
const buckets = 2 ** bits;
const digits = 64 / bits;

/** Elements that are moved between two looks at the clock. */
const elementsAtOnce = 2 ** 14;

/**
 * The order in which numbers ascend, equal ones in their order; -0 and 0 are equal. A radix sort in pieces: a library's sort of a million
 * numbers would hold the event loop up.
 */
export function* orderOf(values: ArrayLike<number>): Pieces<Uint32Array> {
  const { length } = values;
  const [high, low] = yield* keysOf(values);
  let order = yield* ascending(length);
  let next = new Uint32Array(length);
  for (let digit = 0; digit < digits; digit++) {
    const words = digit < digits / 2 ? low : high;
    const shift = (digit % (digits / 2)) * bits;
    const starts = yield* counting(words, shift);
    if (starts === undefined) continue;
    for (let begin = 0; begin < length; begin += elementsAtOnce) {
      distribute(order, next, begin, Math.min(length, begin + elementsAtOnce), words, shift, starts);
      yield;
    }
    [order, next] = [next, order];
  }
  return order;
}

/** The numbers from 0 to `length` - 1. */
export function* ascending(length: number): Pieces<Uint32Array<ArrayBuffer>> {
  const numbers = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    numbers[i] = i;
    if (i % elementsAtOnce === 0) yield;
  }
  return numbers;
}

/** Two words for each number, which ascend as the numbers do: the bits of a double, inverted below 0. */
function* keysOf(values: ArrayLike<number>): Pieces<[high: Uint32Array, low: Uint32Array]> {
  const { length } = values;
  const [high, low] = [new Uint32Array(length), new Uint32Array(length)];
  const view = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < length; i++) {
    view.setFloat64(0, (values[i] as number) + 0); // -0 + 0 is 0
    const word = view.getUint32(0);
    const sign = word >>> 31 === 1;
    high[i] = sign ? ~word : word ^ 0x8000_0000;
    low[i] = sign ? ~view.getUint32(4) : view.getUint32(4);
    if (i % elementsAtOnce === 0) yield;
  }
  return [high, low];
}

/** Where the elements of each digit begin; undefined if all have the same one. */
function* counting(words: Uint32Array, shift: number): Pieces<Uint32Array | undefined> {
  const counts = new Uint32Array(buckets);
  for (let begin = 0; begin < words.length; begin += elementsAtOnce) {
    const end = Math.min(words.length, begin + elementsAtOnce);
    for (let i = begin; i < end; i++) {
      const digit = ((words[i] as number) >>> shift) & (buckets - 1);
      counts[digit] = (counts[digit] as number) + 1;
    }
    yield;
  }
  if (counts.includes(words.length)) return undefined;
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum - count;
  });
}

function distribute(
  from: Uint32Array,
  to: Uint32Array,
  begin: number,
  end: number,
  words: Uint32Array,
  shift: number,
  starts: Uint32Array,
): void {
  for (let i = begin; i < end; i++) {
    const element = from[i] as number;
    const digit = ((words[element] as number) >>> shift) & (buckets - 1);
    const at = starts[digit] as number;
    starts[digit] = at + 1;
    to[at] = element;
  }
}
