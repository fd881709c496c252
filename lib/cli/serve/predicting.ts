import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Batcher } from '../../index';
import { HttpError } from './http-error';
import type { Metrics } from './metrics';
import { outputsOf, type ServedModel } from './served-model';

/** Records that are encoded between two turns of the event loop. */
const atOnce = 256;

/** How often a stream looks for room in the queue. */
const msBetweenLooks = 5;

/** A model at work: single records go through the batcher together, arrays by themselves. */
export class Predicting {
  readonly model: ServedModel;
  readonly since: Date = new Date();
  readonly #batcher: Batcher;
  readonly #queue: Queue;
  readonly #metrics: Metrics;

  constructor(model: ServedModel, queue: Queue, metrics: Metrics) {
    this.model = model;
    this.#batcher = model.network.batcher();
    this.#queue = queue;
    this.#metrics = metrics;
  }

  /** @param isPatient Whether to wait for room in the queue rather than to fail: for streams, which can be kept waiting. */
  async one(record: unknown, isPatient = false): Promise<unknown> {
    const { model } = this;
    const data = this.#encode(record);
    while (isPatient && this.#queue.isFull) await sleep(msBetweenLooks);
    return this.#queue.during(1, async () => {
      const outputs = await this.#batcher.predict({ data, shape: [1, data.length] });
      this.#metrics.rows.add({});
      this.#queue.answered(1);
      return model.decode(outputs.data);
    });
  }

  async many(records: readonly unknown[]): Promise<unknown[]> {
    const { model } = this;
    const { network } = model;
    if (records.length === 0) return [];
    return this.#queue.during(records.length, async () => {
      const x = new Float64Array(records.length * network.inputSize);
      for (const [row, record] of records.entries()) {
        x.set(this.#encode(record, { row }), row * network.inputSize);
        if (row % atOnce === atOnce - 1) await turn();
      }
      const outputs = await network.predictAsync({ data: x, shape: [records.length, network.inputSize] });
      this.#metrics.rows.add({}, records.length);
      this.#queue.answered(records.length);
      return records.map((_, row) => model.decode(outputsOf(outputs, row)));
    });
  }

  /** Resolves when all that it has is answered. */
  close(): Promise<void> {
    return this.#batcher.close();
  }

  #encode(record: unknown, place: { row?: number } = {}): Float32Array | Float64Array {
    try {
      return this.model.encode(record);
    } catch (error) {
      const { message, code = 'INVALID_RECORD' } = error as Error & { code?: string };
      const column = columnAtFault(message, [...this.model.columns, ...namesOf(record)]);
      throw new HttpError(400, code, message, { details: { ...(column !== undefined && { column }), ...place } });
    }
  }
}

/** How many rows may wait, and how many there are that are answered together. */
export class Queue {
  readonly #most: number;
  readonly #onBatch: (rows: number) => void;
  #waiting = 0;
  #answered = 0;

  constructor(most: number, onBatch: (rows: number) => void) {
    this.#most = most;
    this.#onBatch = onBatch;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get isFull(): boolean {
    return this.#waiting >= this.#most;
  }

  /** @throws `HttpError` 503 if too many rows wait already; a single request is never too large for an empty queue. */
  async during<T>(rows: number, work: () => Promise<T>): Promise<T> {
    if (this.#waiting > 0 && this.#waiting + rows > this.#most) {
      throw new HttpError(503, 'OVERLOADED', `${this.#waiting} rows wait already, and at most ${this.#most} may`, {
        headers: { 'retry-after': '1' },
      });
    }
    this.#waiting += rows;
    try {
      return await work();
    } finally {
      this.#waiting -= rows;
    }
  }

  /** Rows of one product are answered in one turn of the event loop. */
  answered(rows: number): void {
    if (this.#answered === 0) {
      setImmediate(() => {
        this.#onBatch(this.#answered);
        this.#answered = 0;
      });
    }
    this.#answered += rows;
  }
}

/** The column that a message names first. */
function columnAtFault(message: string, names: readonly string[]): string | undefined {
  let found: { name: string; at: number } | undefined;
  for (const name of names) {
    const at = message.indexOf(JSON.stringify(name));
    if (at >= 0 && (found === undefined || at < found.at)) found = { name, at };
  }
  return found?.name;
}

function namesOf(record: unknown): string[] {
  return typeof record === 'object' && record !== null && !Array.isArray(record) ? Object.keys(record) : [];
}
