import type { FileHandle } from 'node:fs/promises';
import { types } from 'node:util';
import { wrongType } from '../../errors';
import { named, openFile } from '../../formats/regular-file';
import { checkPath, type FilePath, object } from '../../options/check';

/** Bytes of each piece that is read. */
const pieceBytes = 1 << 18;

/** Bytes that can be read several times, from the beginning each time. */
export interface Source {
  /** The name in errors. */
  readonly name: string;
  /** The path of a file, as it was given. */
  readonly path?: string;
  /** How many bytes there are, where that is known. */
  size?(): number | undefined;
  /** A piece is valid until the next one is asked for. */
  open(): AsyncGenerator<Uint8Array>;
}

/** The sources that `readTable` takes. */
export type TableInput =
  | string
  | URL
  | AsyncIterable<Uint8Array | string>
  | { readonly text: string; readonly name?: string }
  | { readonly bytes: Uint8Array; readonly name?: string };

/** The source that an argument of `readTable` is. */
export function openSource(input: unknown): Source {
  if (typeof input === 'string') return ofFile(checkPath(input, 'source'));
  const given = object(input, 'source');
  if ('href' in given) return ofFile(checkPath(input, 'source'));
  if (typeof given[Symbol.asyncIterator as unknown as string] === 'function') return ofStream(input as AsyncIterable<unknown>);
  const { text, bytes, name = text === undefined ? 'bytes' : 'text' } = given;
  if (typeof name !== 'string') throw wrongType('source.name', 'a string', name);
  if (typeof text === 'string') return ofBytes(Buffer.from(text), name);
  if (types.isUint8Array(bytes)) return ofBytes(copyOf(bytes, 'source.bytes'), name);
  throw wrongType('source', 'the name of a file, a stream of bytes, { text } or { bytes }', input);
}

function ofFile(place: FilePath): Source {
  let size: number | undefined;
  return {
    name: place.given,
    path: place.given,
    size: () => size,
    async *open() {
      const handle = await named(place, () => openFile(place));
      try {
        ({ size } = await handle.stat());
        yield* piecesOf(handle, place);
      } finally {
        await handle.close();
      }
    },
  };
}

async function* piecesOf(handle: FileHandle, place: FilePath): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(pieceBytes);
  for (;;) {
    const { bytesRead } = await named(place, () => handle.read(piece, 0, pieceBytes));
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
  }
}

function ofBytes(bytes: Uint8Array, name: string): Source {
  return {
    name,
    size: () => bytes.length,
    async *open() {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
  };
}

/** A stream can be read once only: its bytes are kept. */
function ofStream(stream: AsyncIterable<unknown>): Source {
  const kept: Uint8Array[] = [];
  let isRead = false;
  return {
    name: 'stream',
    async *open() {
      if (isRead) return yield* kept;
      isRead = true;
      for await (const piece of stream) {
        const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
        if (!types.isUint8Array(bytes)) throw wrongType('a piece of the stream', 'bytes or a string', piece);
        const copy = copyOf(bytes, 'a piece of the stream');
        for (let at = 0; at < copy.length; at += pieceBytes) {
          const part = copy.subarray(at, at + pieceBytes);
          kept.push(part);
          yield part;
        }
      }
    },
  };
}

function copyOf(bytes: Uint8Array, name: string): Uint8Array {
  try {
    return Uint8Array.prototype.slice.call(bytes);
  } catch {
    throw wrongType(name, 'bytes whose memory was not transferred elsewhere', bytes);
  }
}
