import { createHash } from 'node:crypto';
import { TextEncoder } from 'node:util'; // jsdom has no global one
import { inSlices, type Pieces } from '../event-loop';

/** The number of bytes that are digested at a time: half a millisecond, or less. */
const pieceLength = 2 ** 18;

/** The SHA-256 digest, in hex, of texts and bytes one behind the other. */
export function* digesting(parts: Iterable<string | Uint8Array>): Pieces<string> {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = typeof part === 'string' ? new TextEncoder().encode(part) : part;
    for (let begin = 0; begin < bytes.length; begin += pieceLength) {
      hash.update(bytes.subarray(begin, begin + pieceLength));
      yield;
    }
  }
  return hash.digest('hex');
}

/** The same. The event loop turns meanwhile, however many they are. */
export function digestOfAll(parts: Iterable<string | Uint8Array>): Promise<string> {
  return inSlices(digesting(parts));
}
