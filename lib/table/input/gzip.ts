import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { badFile } from '../places';
import { peek } from './bytes';
import type { Source } from './source';

/** The source, decompressed if it is a gzip file, into `mostBytes` at most. */
export function decompressed(source: Source, mostBytes: number): Source {
  let isPacked = false;
  return {
    ...source,
    size: () => (isPacked ? undefined : source.size?.()),
    async *open() {
      const { head, all } = await peek(source.open(), ({ length }) => length >= 2);
      isPacked = head[0] === 0x1f && head[1] === 0x8b;
      yield* isPacked ? gunzip(all, source.name, mostBytes) : all;
    },
  };
}

/** The stream reads ahead: its pieces must stay valid. */
async function* copies(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield piece.slice();
}

async function* gunzip(pieces: AsyncGenerator<Uint8Array>, name: string, mostBytes: number): AsyncGenerator<Uint8Array> {
  const packed = Readable.from(copies(pieces));
  const unpacked = createGunzip({ chunkSize: 1 << 17 });
  packed.on('error', (error) => unpacked.destroy(error));
  let bytes = 0;
  try {
    for await (const piece of packed.pipe(unpacked)) {
      bytes += piece.length;
      if (bytes > mostBytes)
        throw badFile(name, `becomes more than ${mostBytes} bytes when it is decompressed: the option maxBytes allows more`);
      yield piece;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code?.startsWith('Z_') ? badFile(name, `cannot be decompressed: ${message}`, error) : error;
  } finally {
    packed.destroy();
  }
}
