import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';

/** A thread that does what `shared-worker.js` knows, one task after another. */
export class SharedWorker {
  readonly thread: Worker;

  constructor(handle?: unknown) {
    this.thread = new Worker(path.join(__dirname, 'shared-worker.js'), { workerData: { handle } });
  }

  /** Rejects with what the task threw. */
  async call<T>(task: string, ...args: unknown[]): Promise<T> {
    const answered = once(this.thread, 'message');
    this.thread.postMessage({ task, args });
    return SharedWorker.#value<T>(await answered);
  }

  /** The next message of the thread, without another request. */
  async next<T>(): Promise<T> {
    return SharedWorker.#value<T>(await once(this.thread, 'message'));
  }

  static #value<T>(messages: unknown[]): T {
    const { value, error } = messages[0] as { value: T; error?: Error };
    if (error !== undefined) throw Object.assign(new Error(error.message), error);
    return value;
  }

  async end(): Promise<void> {
    await this.thread.terminate();
  }
}
