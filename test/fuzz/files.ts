import { existsSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Where folders for the files of cases are made: in memory if possible, as each checkpoint waits until its bytes are on the disk. */
export const base: string = existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();

/** The folder of this process, in the one that the command has made and removes: the last argument. */
export function folder(): string {
  const own = path.join(process.argv.at(-1) as string, String(process.pid));
  mkdirSync(own, { recursive: true });
  return own;
}
