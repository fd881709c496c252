import { isUtf8 } from 'node:buffer';
import { wrongValue } from '../../errors';
import { newline } from '../csv/dialect';
import { badLine } from '../places';
import { peek } from './bytes';
import type { Source } from './source';

const marks: readonly [encoding: string, bytes: readonly number[]][] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** A text in UTF-8 without a byte order mark, of whatever encoding its source is. */
export interface TextSource extends Source {
  /** The encoding of the source, known once the first bytes have been read. */
  encoding(): string;
}

/** Reads a source as text. Every piece ends where a character ends. */
export function textOf(source: Source, asked: string | undefined): TextSource {
  const decoder = asked === undefined ? undefined : decoderOf(asked);
  let encoding = decoder?.encoding ?? 'utf-8';
  return {
    ...source,
    encoding: () => encoding,
    async *open() {
      const { head, all } = await peek(source.open(), ({ length }) => length >= 4);
      const mark = marks.find(([, bytes]) => bytes.every((byte, index) => head[index] === byte));
      encoding = decoder?.encoding ?? mark?.[0] ?? 'utf-8';
      if (encoding !== 'utf-8') yield* transcoded(all, encoding);
      else yield* checked(source, mark ? without(all, mark[1].length) : all);
    },
  };
}

function decoderOf(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding);
  } catch {
    throw wrongValue(
      'options.encoding',
      "the name of an encoding that TextDecoder knows, like 'utf-8', 'utf-16le' or 'windows-1252'",
      encoding,
    );
  }
}

async function* transcoded(pieces: AsyncGenerator<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  for await (const piece of pieces) yield Buffer.from(decoder.decode(piece, { stream: true }));
  yield Buffer.from(decoder.decode());
}

async function* without(pieces: AsyncGenerator<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const piece of pieces) {
    const skipped = Math.min(left, piece.length);
    left -= skipped;
    if (skipped < piece.length) yield piece.subarray(skipped);
  }
}

/** Passes UTF-8 on; anything else, and null characters, are errors that name the line. */
async function* checked(source: Source, pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  let line = 1;
  for await (const piece of pieces) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    const end = completeCharacters(bytes);
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole) || whole.includes(0)) throw notText(source.name, whole, line);
    rest = bytes.slice(end);
    if (whole.length > 0) yield whole;
    line += newlines(whole);
  }
  if (rest.length > 0) throw notText(source.name, rest, line);
}

/** How many bytes there are without an incomplete character at the end. */
function completeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function newlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count++;
  return count;
}

/** The error for the first line that is not text in UTF-8. */
function notText(name: string, bytes: Uint8Array, firstLine: number): Error {
  let line = firstLine;
  for (let at = 0; at < bytes.length; line++) {
    const end = bytes.indexOf(newline, at);
    const text = bytes.subarray(at, end < 0 ? bytes.length : end);
    if (text.includes(0)) {
      return badLine(name, line, "has a null character: it is a binary file, or its encoding is another one (`encoding: 'utf-16le'`)");
    }
    if (!isUtf8(text)) break;
    at = end + 1;
  }
  return badLine(name, line, "is not text in UTF-8: say which encoding it is, most likely `encoding: 'windows-1252'` (Latin-1)");
}
