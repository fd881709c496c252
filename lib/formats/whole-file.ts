import { askingFor } from '../errors';
import type { FilePath } from '../options';
import { named, openFile, using } from './regular-file';
import { fill } from './safetensors';
import { badModel } from './state';

/** All bytes of a file. One of more than `most` is refused before it is read. */
export async function readWhole(place: FilePath, most: number = Number.MAX_SAFE_INTEGER): Promise<Uint8Array> {
  return named(place, async () =>
    using(await openFile(place), async (file) => {
      const { size } = await file.stat();
      if (size > most) throw badModel(place.given, `has ${size} bytes, where at most ${most} are read`);
      const bytes = askingFor(size, () => new Uint8Array(size));
      await fill(bytes, file, 0, place.given);
      return bytes;
    }),
  );
}
