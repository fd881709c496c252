import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { visibleLines } from '../terminal-text';

/** Where rows go. */
export interface RowWriter {
  /** Resolves when there is room for more. */
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Characters that are written at once. */
const atOnce = 1 << 16;

/** A file, which is there whole or not at all; or the standard output. */
export async function open(file: string | undefined): Promise<RowWriter> {
  const unfinished = `${file}.${process.pid}.tmp`;
  const stream = file === undefined ? process.stdout : createWriteStream(unfinished);
  const isTerminal = file === undefined && process.stdout.isTTY;
  if (file !== undefined) {
    await once(stream, 'open').catch((error: unknown) => {
      throw Object.assign(error as Error, { path: (error as NodeJS.ErrnoException).code === 'ENOENT' ? path.dirname(file) : file });
    });
  }
  let waiting = '';
  const flush = async (): Promise<void> => {
    if (waiting !== '' && !stream.write(waiting)) await once(stream, 'drain');
    waiting = '';
  };
  return {
    async write(text) {
      waiting += isTerminal ? visibleLines(text) : text;
      if (waiting.length >= atOnce) await flush();
    },
    async close() {
      await flush();
      if (file === undefined) return;
      stream.end();
      try {
        await finished(stream);
        await rename(unfinished, file);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    },
  };
}
