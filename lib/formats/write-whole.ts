import { access, constants, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { wrongValue } from '../errors';
import type { FilePath } from '../options';
import { removeLeftovers, temporaryFor } from './leftovers';
import { named, using } from './regular-file';

/**
 * Writes a file whole or not at all: whoever reads `file` at any time, even after a crash or a power failure, finds either what was there
 * before or all of `parts`. Writers at the same time are safe; the last one to finish wins. A link is followed; the mode of a file that
 * is replaced is kept. Temporary files in the same folder whose writers have ended are removed first.
 */
export async function writeWhole(file: FilePath, parts: readonly Uint8Array[]): Promise<void> {
  await named(file, async () => {
    const target = await resolveTarget(file);
    const folder = path.dirname(target.path);
    await removeLeftovers(folder);
    const temporary = await temporaryFor(target.path);
    try {
      await writeAndSync(temporary, parts, target.mode);
      await rename(temporary, target.path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    await syncFolder(folder);
  });
}

/** Throws now what `writeWhole` would later: no such folder, or one that must not be written to. */
export async function checkWritable(file: FilePath): Promise<void> {
  await named(file, async () => {
    const target = await resolveTarget(file);
    await access(path.dirname(target.path), constants.W_OK);
  });
}

async function resolveTarget({ absolute, given, argument }: FilePath): Promise<{ path: string; mode?: number }> {
  const resolved = await realpath(absolute).catch(() => absolute);
  // A rename over a device or a pipe would replace it, and one over a link that leads nowhere would replace the link. A file may also appear
  // between the two questions, when another writer makes it.
  const found = (await stat(resolved).catch(() => undefined)) ?? (await lstat(resolved).catch(() => undefined));
  if (found === undefined) return { path: resolved };
  if (!found.isFile()) throw wrongValue(argument, 'a regular file, or the name of a new one', given);
  return { path: resolved, mode: found.mode & 0o777 };
}

async function writeAndSync(file: string, parts: readonly Uint8Array[], mode: number | undefined): Promise<void> {
  await using(await open(file, 'wx', mode), async (handle) => {
    for (const part of parts) await handle.writeFile(part);
    if (mode !== undefined) await handle.chmod(mode);
    await handle.sync();
  });
}

/** The disk's own failures. All others mean that a folder cannot be flushed at all: Windows has no such thing, and some file systems refuse. */
const failures = ['EIO', 'ENOSPC', 'EDQUOT'];

/** Makes the rename last. The file itself is complete and in place. */
async function syncFolder(folder: string): Promise<void> {
  try {
    await using(await open(folder, 'r'), (handle) => handle.sync());
  } catch (error) {
    if (failures.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
