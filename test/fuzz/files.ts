import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A folder for files of this process, in memory where that is possible: each checkpoint waits until its bytes are on the disk. */
const memory = '/dev/shm';

let own: string | undefined;

export function folder(): string {
  if (own !== undefined) return own;
  const made = mkdtempSync(path.join(existsSync(memory) ? memory : os.tmpdir(), 'chainrule-fuzz-'));
  process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  own = made;
  return made;
}
