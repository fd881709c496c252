import { openSync, writeSync } from 'node:fs';
import { add, type Counts, none, runCase } from './cases';
import type { Format } from './format';
import { allFormats } from './formats';

// The process that reads: the one that started it finds out if it ends or hangs, and in which case.

export interface Task {
  format: string;
  seed: number;
  /** The first case, and the one behind the last. */
  begin: number;
  end: number;
  /** The file that has the number of the case at work. */
  progress: string;
}

export function serve(): void {
  const made = new Map<string, Promise<Format>>();
  process.on('message', async (task: Task) => {
    if (!made.has(task.format)) made.set(task.format, make(task.format));
    process.send?.(await run((await made.get(task.format)) as Format, task));
  });
}

async function make(name: string): Promise<Format> {
  const format = allFormats[name]?.();
  if (format === undefined) throw new Error(`there is no format ${name}`);
  await format.prepare?.();
  return format;
}

async function run(format: Format, { format: name, seed, begin, end, progress }: Task): Promise<Counts> {
  const file = openSync(progress, 'w');
  const counts = none();
  for (let index = begin; index < end; index++) {
    writeSync(file, String(index).padEnd(16), 0);
    add(counts, await runCase(format, name, seed, index));
  }
  return counts;
}
