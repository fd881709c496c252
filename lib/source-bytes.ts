import { readWhole } from './formats/whole-file';
import { bytesOf } from './model';
import { checkPath } from './options/check';

/** A whole file, in memory of ours, from its path or a copy of its bytes; and its name in errors. */
export async function bytesFrom(source: unknown): Promise<{ bytes: Uint8Array; name: string }> {
  const given = bytesOf(source);
  if (given !== undefined) return { bytes: given.slice(), name: 'bytes' };
  const place = checkPath(source, 'source');
  return { bytes: await readWhole(place), name: place.given };
}
