import { checkBatchRows } from '../data/batch-rows';
import { openSamples, type SampleShape } from '../data/samples';
import { type BatchIterator, iteratorResult, type Stream } from '../data/streams';
import { wrongShape } from '../errors';
import { EventLoop } from '../event-loop';
import type { NativeRunResult, NativeSamples, NativeTrainer } from '../native';
import type { Signal } from '../options/fit';
import { abortable, throwIfAborted } from './abort';
import type { Records } from './records';

/** Where the loop over epochs gets its epochs from. */
export interface Epochs {
  /** The most epochs worth asking for at once. */
  readonly atOnce: number;
  /** Trains for at least one epoch and at most `count`, with the learning rates that are in the records. */
  run(count: number): Promise<NativeRunResult>;
}

/** How long a native run may take before it reports. */
const milliseconds = 20;

/** Epochs over samples that the trainer has. */
export function sampleEpochs(trainer: NativeTrainer, records: Records): Epochs {
  const eventLoop = new EventLoop();
  return {
    atOnce: records.capacity,
    run: async (count) => {
      await eventLoop.breathe();
      return trainer.run(records.data, count, milliseconds);
    },
  };
}

interface StreamOptions {
  shape: SampleShape;
  signal: Signal | undefined;
}

/** Epochs over a stream of batches: while one batch is trained on, the next one is fetched and converted. */
export function streamEpochs(trainer: NativeTrainer, records: Records, stream: Stream, options: StreamOptions): Epochs {
  const { shape, signal } = options;
  const eventLoop = new EventLoop();

  async function run(): Promise<NativeRunResult> {
    const totals = new Totals(records);
    const iterator = await abortable(stream.open(), signal);
    let step: Promise<NativeRunResult> | undefined;
    let exhausted = false;
    try {
      for (let index = 0; ; index++) {
        await eventLoop.breathe();
        const { done, value } = iteratorResult(await abortable(iterator.next(), signal));
        exhausted = done;
        const name = `batches[${index}]`;
        const batch = exhausted ? undefined : await readBatch(await abortable(value, signal), name, options);
        if (batch !== undefined) checkBatchRows(batch.rows, name, shape.rowsNeeded);
        if (step !== undefined) totals.add(await step);
        step = undefined;
        if (batch === undefined || totals.interrupted) break;
        totals.rows = batch.rows;
        stream.latest = batch;
        step = Promise.resolve(trainer.step(batch, records.data));
        step.catch(() => {}); // it is awaited above or below, but something else may throw first
      }
    } finally {
      await step?.catch(() => {}); // the trainer may be closed only when it is idle
      if (!exhausted) leave(iterator);
    }
    if (totals.samples === 0 && !totals.interrupted) throw emptyStream(stream);
    if (!totals.interrupted) totals.end(await trainer.publish());
    return totals.finish();
  }

  return { atOnce: 1, run };
}

/** Reads a batch into memory of our own. */
async function readBatch(value: unknown, name: string, { shape, signal }: StreamOptions): Promise<NativeSamples> {
  const { samples, complete } = openSamples(value, name, `${name}.`, shape, 'none');
  if (complete !== undefined) await complete(() => throwIfAborted(signal));
  return samples;
}

function emptyStream(stream: Stream): Error {
  const hint = stream.opened > 1 ? ' (a stream must start anew in each epoch: pass a function that returns a new iterable)' : '';
  return wrongShape(`data must have at least one batch in each epoch, got none in epoch ${stream.opened}${hint}`);
}

/** Tells an iterator that nobody will ask for more. One that is stuck is not waited for, and what it throws now comes too late. */
function leave(iterator: BatchIterator): void {
  Promise.resolve()
    .then(() => iterator.leave())
    .catch(() => {});
}

/** Adds up the steps of an epoch; each leaves its own values in the records, where the epoch's means are to stand in the end. */
class Totals {
  /** The rows of the step to be added next. */
  rows = 0;
  samples = 0;
  interrupted = false;
  /** For each quantity that is measured: its sum over the samples, and where a step leaves its mean. */
  readonly #totals: { sum: number; record: Float64Array }[];
  #aborted = false;
  #divergedAtStep = -1;
  readonly #counts = { batches: 0, steps: 0, batchLoss: 0 };

  constructor(records: Records) {
    this.#totals = Object.values(records.measured).map((record) => ({ sum: 0, record }));
  }

  add(step: NativeRunResult): void {
    this.#aborted = step.aborted;
    this.end(step.divergedAtStep);
    if (this.interrupted) return;
    this.samples += this.rows;
    this.#counts.batches += step.batches;
    this.#counts.steps += step.steps;
    this.#counts.batchLoss = step.batchLoss;
    for (const total of this.#totals) total.sum += (total.record[0] as number) * this.rows;
  }

  /** The epoch ends with, or goes on after, a step that diverged (or -1). */
  end(divergedAtStep: number): void {
    this.#divergedAtStep = divergedAtStep;
    this.interrupted = this.#aborted || divergedAtStep >= 0;
  }

  finish(): NativeRunResult {
    for (const { sum, record } of this.#totals) record[0] = sum / this.samples;
    return {
      epochs: this.interrupted ? 0 : 1,
      aborted: this.#aborted,
      divergedAtStep: this.#divergedAtStep,
      ...this.#counts,
    };
  }
}
