import { askingFor } from '../../errors';
import { badLine } from '../places';
import type { Block } from './cells';
import { mostCells, type Problem, type Scanner } from './scanner';

/** Bytes that are split at once: they and the places of their cells stay in the CPU's second-level cache. */
const blockBytes = 1 << 17;
/** Bytes of the longest record. */
const longestRecord = 1 << 26;

/** Bytes that wait to be split. */
class Waiting {
  /** With room for one more byte, as the scanner needs. */
  bytes: Buffer = Buffer.alloc(blockBytes + 1);
  length = 0;

  get isFull(): boolean {
    return this.length === this.bytes.length - 1;
  }

  /** Takes as much as there is room for; returns the rest. */
  take(piece: Uint8Array): Uint8Array {
    const part = piece.subarray(0, this.bytes.length - 1 - this.length);
    this.bytes.set(part, this.length);
    this.length += part.length;
    return piece.subarray(part.length);
  }

  /** Forgets what has been split. A record that fills half of the room is given twice as much, so that it is not looked at often. */
  drop(count: number): void {
    const rest = this.bytes.subarray(count, this.length);
    if (2 * rest.length > this.bytes.length) {
      const size = 2 * this.bytes.length;
      this.bytes = askingFor(size, () => Buffer.alloc(size));
    } else if (this.bytes.length > blockBytes + 1 && rest.length < blockBytes / 2) this.bytes = Buffer.alloc(blockBytes + 1);
    this.bytes.set(rest);
    this.length = rest.length;
  }
}

/** Splits a file into blocks of whole records. A block is valid until the next one is asked for. */
export async function* blocksOf(pieces: AsyncGenerator<Uint8Array>, scanner: Scanner, name: string): AsyncGenerator<Block> {
  const waiting = new Waiting();
  for await (const piece of pieces) {
    for (let rest = piece; rest.length > 0; ) {
      rest = waiting.take(rest);
      if (!waiting.isFull) continue;
      const done = split(waiting, scanner, false, name);
      yield { ...scanner.block, bytes: waiting.bytes, isLast: false };
      waiting.drop(done);
    }
  }
  split(waiting, scanner, true, name);
  yield { ...scanner.block, bytes: waiting.bytes, isLast: true };
}

/** Splits what waits; returns how many bytes of it are done. */
function split({ bytes, length }: Waiting, scanner: Scanner, isLast: boolean, name: string): number {
  const done = scanner.scan(bytes, length, isLast);
  if (scanner.problem) throw unreadable(name, scanner.problem);
  if (length - done <= longestRecord) return done;
  const what = scanner.openQuote === undefined ? 'does not end' : 'opens a quote that is not closed';
  throw badLine(name, scanner.openQuote ?? scanner.line, `${what} within ${longestRecord} bytes`);
}

function unreadable(name: string, { line, what }: Problem): Error {
  if (what === 'unclosed quote') return badLine(name, line, 'opens a quote that is never closed');
  if (what === 'too many cells') return badLine(name, line, `has more than ${mostCells} cells`);
  return badLine(
    name,
    line,
    'has text after a closing quote: quotes inside of quotes are written twice, and quote: says which character they are',
  );
}
