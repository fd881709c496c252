import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

/** So much is digested at a time: a millisecond or two. */
const pieceLength = 2 ** 20;

/** The SHA-256 digest, in hex, of texts and bytes one behind the other. The event loop turns meanwhile, however many they are. */
export async function digestOfAll(parts: Iterable<string | Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for (const part of parts) {
    if (typeof part === 'string') {
      hash.update(part);
      continue;
    }
    for (let begin = 0; begin < part.length; begin += pieceLength) {
      hash.update(part.subarray(begin, begin + pieceLength));
      if (begin > 0) await setImmediate();
    }
  }
  return hash.digest('hex');
}
