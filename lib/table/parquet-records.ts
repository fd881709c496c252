import { on } from 'node:events';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ChainruleError } from '../errors';
import { badFile } from './places';

/*
 * The records of a Parquet file. The package hyparquet trusts what a file says of itself: a small one can keep it busy for hours, or make it take
 * any memory. So it works in a thread of its own, which is ended beyond these limits.
 */

export interface Limits {
  /** Milliseconds without a record. */
  ms: number;
  /** Bytes of memory that reading takes. */
  bytes: number;
}

/** A group of rows has a minute, and a millisecond more for each KB of the file: a hundredth of hyparquet's usual pace. */
const limitsFor = (size: number): Limits => ({ ms: 60_000 + size / 1024, bytes: Math.min(4 * 2 ** 30, os.totalmem() / 2) });

/** How often the memory of the process is looked at. Arrays of numbers lie outside the heap, which has a limit of its own. */
const lookEveryMs = 100;

/** The answers of the thread: some rows; the end of a group of rows; or the reason why it cannot go on. */
interface Answer {
  rows?: number;
  columns?: readonly (readonly [name: string, values: readonly unknown[]])[];
  isWhole?: boolean;
  problem?: string;
}

/** The records of a file, many at a time. The memory of its bytes goes over to the thread. */
export async function* parquetRecords(
  name: string,
  file: ArrayBuffer,
  limits: Limits = limitsFor(file.byteLength),
): AsyncGenerator<readonly object[]> {
  const worker = new Worker(path.join(__dirname, 'parquet-worker.js'), {
    workerData: { file, hyparquet: locateHyparquet(name) },
    transferList: [file],
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil(limits.bytes / 2 ** 20) },
  });
  const guard = new Guard(worker, limits);
  try {
    guard.ask();
    for await (const [answer] of on(worker, 'message', { signal: guard.signal, close: ['exit'] })) {
      const { rows, columns, isWhole, problem } = answer as Answer;
      if (problem !== undefined) throw unreadable(name, problem);
      if (columns !== undefined) yield recordsOf(columns, rows as number);
      else if (isWhole) return;
      else guard.ask();
    }
    throw unreadable(name, 'its thread has ended');
  } catch (error) {
    if (guard.signal.aborted) throw unreadable(name, guard.signal.reason as string);
    const { code } = error as { code?: unknown };
    throw code === 'ERR_WORKER_OUT_OF_MEMORY' ? unreadable(name, tooMuchMemory(limits)) : error;
  } finally {
    guard.close();
    await worker.terminate();
  }
}

function recordsOf(columns: NonNullable<Answer['columns']>, rows: number): object[] {
  return Array.from({ length: rows }, (_, row) => {
    const record = Object.create(null) as Record<string, unknown>;
    for (const [name, values] of columns) record[name] = values[row];
    return record;
  });
}

const unreadable = (name: string, problem: string): ChainruleError => badFile(name, `cannot be read as Parquet: ${problem}`);

const tooMuchMemory = ({ bytes }: Limits): string => `that takes more than ${Math.round(bytes / 2 ** 20)} MB of memory`;

/** Asks a thread for groups of rows, and looks at the time and the memory that it takes. */
class Guard {
  readonly #worker: Worker;
  readonly #ms: number;
  readonly #abort = new AbortController();
  readonly #looking: NodeJS.Timeout;
  /** The time until which an answer must come. */
  #due = Infinity;

  constructor(worker: Worker, limits: Limits) {
    this.#worker = worker;
    this.#ms = limits.ms;
    worker.on('message', ({ columns }: Answer) => {
      this.#due = columns === undefined ? Infinity : performance.now() + limits.ms;
    });
    const most = process.memoryUsage.rss() + limits.bytes;
    this.#looking = setInterval(() => {
      if (process.memoryUsage.rss() > most) this.#abort.abort(tooMuchMemory(limits));
      else if (performance.now() > this.#due) this.#abort.abort(`no row came within ${limits.ms / 1000} s`);
    }, lookEveryMs);
  }

  ask(): void {
    this.#due = performance.now() + this.#ms;
    this.#worker.postMessage('next group');
  }

  /** Aborted, with the reason, when a limit is exceeded. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  close(): void {
    clearInterval(this.#looking);
  }
}

/** The address of the optional package. */
function locateHyparquet(name: string): string {
  try {
    return pathToFileURL(createRequire(__filename).resolve('hyparquet')).href;
  } catch (error) {
    const message = `${name} is a Parquet file, which takes the package hyparquet: npm install hyparquet`;
    throw new ChainruleError('ERR_CHAINRULE_UNSUPPORTED', message, { cause: error });
  }
}
