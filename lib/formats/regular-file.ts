import type { Stats } from 'node:fs';
import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { wrongValue } from '../errors';
import type { FilePath } from '../options';

/*
 * Files to be read. Opening a pipe would wait for its other end, in one of the few threads that do all of a process's file work. Opening a
 * device may do anything. Neither is opened.
 */

/** Opens a file for reading. Anything but a regular file is refused, at once. */
export async function openFile(file: FilePath): Promise<FileHandle> {
  checkRegular(await stat(file.absolute), file);
  // It may have been replaced since; opened like this, a pipe does not wait.
  const handle = await open(file.absolute, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    checkRegular(await handle.stat(), file);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function checkRegular(found: Pick<Stats, 'isFile'>, { argument, given }: FilePath): void {
  if (!found.isFile()) throw wrongValue(argument, 'a regular file', given);
}

/** Does work on an open file, and closes it whatever happens. The first error is thrown, that of closing too: some disks are full only then. */
export async function using<T>(handle: FileHandle, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work(handle);
  } catch (error) {
    await handle.close().catch(() => {});
    throw error;
  }
  await handle.close();
  return result;
}

/** Does something with a file. The system's errors then name it as the user did, also those that are about a file of ours beside it. */
export async function named<T>({ given }: FilePath, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isSystemError(error) ? renamed(error, given) : error;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException & { syscall: string } {
  const { errno, syscall } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return error instanceof Error && typeof errno === 'number' && typeof syscall === 'string';
}

/** The message is `CODE: description, syscall 'path' -> 'destination'`. */
function renamed(error: NodeJS.ErrnoException & { syscall: string }, given: string): Error {
  const { message, errno, code, syscall } = error;
  const [description] = message.split(`, ${syscall}`);
  return Object.assign(new Error(`${description}, ${syscall} '${given}'`, { cause: error }), { errno, code, syscall, path: given });
}
