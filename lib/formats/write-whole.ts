import { createHash, randomBytes } from 'node:crypto';
import { access, constants, type FileHandle, lstat, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { wrongValue } from '../errors';

/**
 * Writes a file whole or not at all: whoever reads `file` at any time, even after a crash or a power failure, finds either what was there
 * before or all of `parts`. Writers at the same time are safe; the last one to finish wins. A link is followed; the mode of a file that
 * is replaced is kept.
 */
export async function writeWhole(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const target = await resolveTarget(file);
  const folder = path.dirname(target.path);
  const temporary = path.join(folder, `${temporaryPrefix(target.path)}${randomBytes(8).toString('hex')}.tmp`);
  try {
    await writeAndSync(temporary, parts, target.mode);
    await rename(temporary, target.path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/** What the temporary files of one file have in common: a process that is killed leaves one behind. */
export function temporaryPrefix(file: string): string {
  const hash = createHash('sha256').update(path.basename(file)).digest('hex');
  return `.chainrule-${hash.slice(0, 8)}-`;
}

/** Nobody goes on writing after such a pause. */
const oldAge = 60_000;

/** Removes what killed processes have left of `file`. What is younger than a minute may be another process's, which still writes. */
export async function removeLeftovers(file: string): Promise<void> {
  const target = await resolveTarget(file);
  const folder = path.dirname(target.path);
  // A folder that cannot be listed, or a file that is gone by now, is no reason to fail.
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(temporaryPrefix(target.path)) || !name.endsWith('.tmp')) continue;
    const leftover = path.join(folder, name);
    const found = await stat(leftover).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > oldAge) await rm(leftover, { force: true }).catch(() => {});
  }
}

/** Throws now what `writeWhole` would later: no such folder, or one that must not be written to. */
export async function checkWritable(file: string): Promise<void> {
  const target = await resolveTarget(file);
  await access(path.dirname(target.path), constants.W_OK);
}

async function resolveTarget(file: string): Promise<{ path: string; mode?: number }> {
  const resolved = await realpath(file).catch(() => path.resolve(file));
  const found = await stat(resolved).catch(() => undefined);
  if (found?.isFile()) return { path: resolved, mode: found.mode & 0o777 };
  // A rename over a device or a pipe would replace it, and one over a link that leads nowhere would replace the link.
  const other = found ?? (await lstat(resolved).catch(() => undefined));
  if (other !== undefined) throw wrongValue('path', 'a file, or the name of a new one', file);
  return { path: resolved };
}

async function writeAndSync(file: string, parts: readonly Uint8Array[], mode: number | undefined): Promise<void> {
  await using(await open(file, 'wx', mode), async (handle) => {
    for (const part of parts) await handle.writeFile(part);
    if (mode !== undefined) await handle.chmod(mode);
    await handle.sync();
  });
}

/** Makes the rename last. Windows has no such thing, and some file systems refuse. */
async function syncFolder(folder: string): Promise<void> {
  try {
    await using(await open(folder, 'r'), (handle) => handle.sync());
  } catch {
    // The file itself is complete and in place.
  }
}

/** Closes the file whatever happens. */
export async function using<T>(handle: FileHandle, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
