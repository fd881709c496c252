import { checkBatchRows } from '../data/batch-rows';
import { openSamples, type SampleShape } from '../data/samples';
import type { Stream } from '../data/streams';
import { weighClassesNow } from '../data/weights';
import { EventLoop } from '../event-loop';
import type { NativeRunResult, NativeSamples, NativeTrainer } from '../native';
import type { CheckedFit, Signal } from '../options/fit';
import { abortable, throwIfAborted } from './abort';
import type { BatchWatch, Epochs, EpochsResult } from './epochs';
import type { Records } from './records';
import type { Timetables } from './schedule';
import type { Team } from './team';

interface StreamOptions {
  shape: SampleShape;
  signal: Signal | undefined;
  classWeight: CheckedFit['classWeight'];
  shards: number;
  timetables: Timetables;
  watch: BatchWatch;
  /** The batches of the training so far. */
  steps: number;
  /** The ranks whose streams have the other parts of each batch. */
  team: Team | undefined;
}

/** Epochs over a stream of batches: while one batch is trained on, the next one is fetched and converted. */
export function streamEpochs(trainer: NativeTrainer, records: Records, stream: Stream, options: StreamOptions): Epochs {
  const { shape, signal, timetables, watch, team, shards } = options;
  const eventLoop = new EventLoop();
  let taken = options.steps;

  async function run(_: number, epoch: number): Promise<EpochsResult> {
    const totals = new Totals(records);
    let step: Promise<NativeRunResult> | undefined;
    try {
      for (let index = 0; ; index++) {
        await eventLoop.breathe();
        const name = `batches[${index}]`;
        const read = async (): Promise<NativeSamples | undefined> => {
          if (index === 0) await abortable(stream.begin(epoch + 1), signal);
          const next = await stream.next((pending) => abortable(pending, signal));
          return next && readBatch(next.value, name, options);
        };
        const batch = await (team === undefined ? read() : readInTeam(read, step, team));
        if (step !== undefined) {
          totals.add(await step);
          taken++;
          if (!totals.interrupted) totals.stopped = await watch.stopsAfter({ epoch, batch: index - 1 }, taken, totals.batchLoss);
        }
        step = undefined;
        const allRows = await team?.rowsOfBatch(batch?.rows, name);
        if (batch === undefined || totals.interrupted || totals.stopped) break;
        totals.rows = allRows ?? batch.rows;
        checkBatchRows(totals.rows, name, shape.rowsNeeded?.(), shards);
        stream.latest = batch;
        const values = timetables.perStep ? timetables.values({ epoch, batch: index }, 1) : undefined;
        step = Promise.resolve(trainer.step(batch, records.data, values, allRows));
        step.catch(() => {}); // it is awaited above or below, but something else may throw first
      }
    } finally {
      await step?.catch(() => {}); // the trainer may be closed only when it is idle
    }
    const completed = !totals.interrupted && stream.isAtEnd;
    if (completed) totals.end(await trainer.publish());
    return totals.finish(completed);
  }

  return { atOnce: 1, run, close: () => stream.close() };
}

/** The other ranks hear of an error when the step is complete that is under way. */
function readInTeam(
  read: () => Promise<NativeSamples | undefined>,
  step: Promise<unknown> | undefined,
  team: Team,
): Promise<NativeSamples | undefined> {
  return team.alone(async () => {
    try {
      return await read();
    } catch (error) {
      await step?.catch(() => {});
      throw error;
    }
  });
}

/** Reads a batch into memory of our own. */
async function readBatch(value: unknown, name: string, { shape, signal, classWeight }: StreamOptions): Promise<NativeSamples> {
  const { samples, complete } = openSamples(value, name, `${name}.`, shape, 'none');
  if (complete !== undefined) await complete(() => throwIfAborted(signal));
  return classWeight === undefined ? samples : weighClassesNow(samples, classWeight, shape, `${name}.y`);
}

/** Adds up the steps of an epoch; each leaves its own values in the records, where the epoch's means are to stand in the end. */
class Totals {
  /** The rows of the step to be added next: its weight in the mean of the metrics. */
  rows = 0;
  interrupted = false;
  stopped = false;
  /** For each quantity that is measured: its sum over the samples, and where a step leaves its mean. */
  readonly #totals: { sum: number; weight: number; of: 'batchWeight' | 'rows'; record: Float64Array }[];
  #aborted = false;
  #divergedAtStep = -1;
  readonly #counts = { batches: 0, steps: 0, batchLoss: 0, batchWeight: 0 };

  constructor(records: Records) {
    this.#totals = Object.entries(records.measured).map(([name, record]) => {
      const of = name === 'loss' ? 'batchWeight' : 'rows';
      return { sum: 0, weight: 0, of, record };
    });
  }

  get batchLoss(): number {
    return this.#counts.batchLoss;
  }

  add(step: NativeRunResult): void {
    this.#aborted = step.aborted;
    this.end(step.divergedAtStep);
    if (this.interrupted) return;
    this.#counts.batches += step.batches;
    this.#counts.steps += step.steps;
    this.#counts.batchLoss = step.batchLoss;
    this.#counts.batchWeight = step.batchWeight;
    for (const total of this.#totals) {
      const weight = total.of === 'rows' ? this.rows : step.batchWeight;
      total.sum += (total.record[0] as number) * weight;
      total.weight += weight;
    }
  }

  /** The epoch ends with, or goes on after, a step that diverged (or -1). */
  end(divergedAtStep: number): void {
    this.#divergedAtStep = divergedAtStep;
    this.interrupted = this.#aborted || divergedAtStep >= 0;
  }

  finish(completed: boolean): EpochsResult {
    for (const { sum, weight, record } of this.#totals) record[0] = sum / weight;
    return {
      epochs: completed && !this.interrupted ? 1 : 0,
      aborted: this.#aborted,
      divergedAtStep: this.#divergedAtStep,
      stopped: this.stopped,
      ...this.#counts,
    };
  }
}
