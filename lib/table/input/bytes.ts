import { concatenated } from '../../formats/concatenated';

/** The first bytes of a stream, and all of it. */
export interface Peeked {
  head: Uint8Array;
  /** Whether the stream has no more bytes. */
  isWhole: boolean;
  all: AsyncGenerator<Uint8Array>;
}

/** Reads the beginning of a stream: as much as is enough, or all there is. */
export async function peek(pieces: AsyncGenerator<Uint8Array>, isEnough: (bytes: Uint8Array) => boolean): Promise<Peeked> {
  const first: Uint8Array[] = [];
  let length = 0;
  let head: Uint8Array = new Uint8Array(0);
  let isWhole = false;
  for (let asked = 1; !isWhole; asked = 2 * head.length) {
    while (length < asked && !isWhole) {
      const { done, value } = await pieces.next();
      if (done) isWhole = true;
      else {
        first.push(value.slice());
        length += value.length;
      }
    }
    head = concatenated(first);
    if (isEnough(head)) break;
  }
  return { head, isWhole, all: after(first, pieces) };
}

/** The stream with its first pieces in front. Unlike a generator, it closes the stream even if nothing was read from it. */
function after(first: Uint8Array[], pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let next = 0;
  const all: AsyncGenerator<Uint8Array> = {
    next: async () => (next < first.length ? { done: false, value: first[next++] as Uint8Array } : pieces.next()),
    return: (value) => pieces.return(value),
    throw: (error) => pieces.throw(error),
    [Symbol.asyncIterator]: () => all,
  } as AsyncGenerator<Uint8Array>;
  return all;
}

/** All bytes of a stream. */
export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece.slice());
  return concatenated(all);
}
