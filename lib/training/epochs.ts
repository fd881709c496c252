import { EventLoop } from '../event-loop';
import type { NativeRunResult, NativeTrainer } from '../native';
import type { BatchCallback } from '../options';
import type { Signal } from '../options/fit';
import { abortable } from './abort';
import type { Records } from './records';
import type { BatchPlace, Timetables } from './schedule';
import type { Team } from './team';

/** The result of a run. Where no epoch was completed, it ended in the middle of one. */
export interface EpochsResult extends NativeRunResult {
  /** Whether a callback asked for the end. */
  stopped: boolean;
}

/** Where the loop over epochs gets its epochs from. */
export interface Epochs {
  /** The most epochs worth asking for at once. */
  readonly atOnce: number;
  /**
   * Trains for at least one epoch and at most `count`, with the learning rates that are in the records, unless a batch ends it. `epoch`, from
   * 0, is the number of the first in the whole training.
   */
  run(count: number, epoch: number): Promise<EpochsResult>;
  /** Lets go of what it has opened. */
  close(): void;
}

/** The user's callback for batches. */
export class BatchWatch {
  readonly #callback: BatchCallback | undefined;
  readonly #timetables: Timetables;
  readonly #signal: Signal | undefined;
  readonly #team: Team | undefined;

  constructor(callback: BatchCallback | undefined, timetables: Timetables, signal: Signal | undefined, team: Team | undefined) {
    this.#callback = callback;
    this.#timetables = timetables;
    this.#signal = signal;
    this.#team = team;
  }

  /** How many batches may be trained on at once. */
  get batchesAtOnce(): number {
    return this.#callback === undefined ? Infinity : 1;
  }

  /** Reports a batch, which is number `step` (from 1) of the training; true if training is to stop. */
  async stopsAfter(place: BatchPlace, step: number, loss: number): Promise<boolean> {
    const callback = this.#callback;
    if (callback === undefined) return false;
    const learningRate = this.#timetables.learningRate(place);
    const info = { epoch: place.epoch + 1, batch: place.batch + 1, step, loss, learningRate };
    const call = async (): Promise<boolean> => (await abortable(callback(info), this.#signal)) === false;
    return this.#team === undefined ? call() : this.#team.meet(call);
  }
}

/** How long a native run may take before it reports. */
const milliseconds = 20;

/** Epochs over samples that the trainer has. `steps` are the batches of the training so far. */
export function sampleEpochs(
  trainer: NativeTrainer,
  records: Records,
  { batchesPerEpoch, steps }: { batchesPerEpoch: number; steps: number },
  timetables: Timetables,
  watch: BatchWatch,
): Epochs {
  const eventLoop = new EventLoop();
  let taken = steps;

  async function run(count: number, epoch: number): Promise<EpochsResult> {
    const most = Math.min(count, timetables.epochsAtOnce);
    const limit = Math.min(watch.batchesAtOnce, timetables.batchesAtOnce);
    const first = { epoch, batch: 0 };
    for (;;) {
      await eventLoop.breathe();
      const ahead = Math.min(most * batchesPerEpoch - first.batch, limit);
      const values = timetables.perStep ? timetables.values(first, ahead) : undefined;
      const result = await trainer.run(records.data, most, milliseconds, values, limit === Infinity ? 0 : limit);
      taken += result.batches;
      const stopped = result.batches > 0 && (await watch.stopsAfter(first, taken, result.batchLoss));
      first.batch += result.batches;
      if (result.epochs > 0 || result.aborted || result.divergedAtStep >= 0 || stopped) return { ...result, stopped };
    }
  }

  return { atOnce: records.capacity, run, close: () => {} };
}
