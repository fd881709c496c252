import { askingFor } from '../errors';
import type { FilePath } from '../options';
import { named, openFile, using } from './regular-file';
import { fill } from './safetensors';

/** All bytes of a file. */
export async function readWhole(place: FilePath): Promise<Uint8Array> {
  return named(place, async () =>
    using(await openFile(place), async (file) => {
      const { size } = await file.stat();
      const bytes = askingFor(size, () => new Uint8Array(size));
      await fill(bytes, file, 0, place.given);
      return bytes;
    }),
  );
}
