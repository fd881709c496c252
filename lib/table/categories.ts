import type { Pieces } from '../event-loop';
import { parseNumber } from './numbers';
import { byRanges, every, numbersFor } from './pieces';
import { sorted } from './sorting';

/** Categories, and for each of the texts its place among them. */
export interface Arranged {
  readonly categories: readonly string[];
  readonly places: Int32Array;
}

/** Those that come `first`, whether they are among the texts or not; then the others in ascending order. */
export function* arranged(texts: readonly string[], first: readonly string[]): Pieces<Arranged> {
  const categories = [...first];
  const places = new Int32Array(texts.length);
  const known = new Map(first.map((text, place) => [text, place]));
  const others: number[] = [];
  yield* byRanges(texts.length, (begin, end) => {
    for (let code = begin; code < end; code++) {
      const place = known.get(texts[code] as string);
      if (place === undefined) others.push(code);
      else places[code] = place;
    }
  });
  const order = yield* ascending(texts, others);
  yield* byRanges(order.length, (begin, end) => {
    for (const code of order.subarray(begin, end)) places[code] = categories.push(texts[code] as string) - 1;
  });
  // An array that has grown keeps room for more.
  return { categories: categories.slice(), places };
}

/** Sorts the codes of texts: by value if all texts are numbers, else by UTF-16 code units. */
function* ascending(texts: readonly string[], codes: readonly number[]): Pieces<Int32Array> {
  const values = yield* numbersFor(texts, (text) => parseNumber(text, '.'));
  const byText = (a: number, b: number) => ((texts[a] as string) < (texts[b] as string) ? -1 : 1);
  if (!(yield* every(codes, (code) => !Number.isNaN(values[code])))) return yield* sorted(Int32Array, codes, byText);
  return yield* sorted(Int32Array, codes, (a, b) => (values[a] as number) - (values[b] as number) || byText(a, b));
}
