import { DivergenceError } from '../errors';
import { inSlices } from '../event-loop';
import { loadCheckpoint, saveCheckpoint, type Training } from '../formats/checkpoint';
import { checkWritable } from '../formats/write-whole';
import type { NativeSnapshot, NativeTrainer } from '../native';
import type { CheckedCheckpoint, CheckedFit } from '../options';
import { checkingResumable, checkingState, type Subject, settingsOf } from './resumable';

/** A training to resume. */
export type Resumed = Omit<Training, 'spec' | 'settings'>;

/** The state of the loop over epochs, which the trainer does not have. */
interface LoopState {
  seconds: number;
  history: Record<string, Float64Array>;
  best: NativeSnapshot | undefined;
}

/** The checkpoints of one training. A file is written while the next epochs are trained, one at a time. */
export class Checkpoints {
  readonly #options: CheckedCheckpoint;
  readonly #subject: Subject;
  readonly #fit: CheckedFit;
  readonly #settings: Record<string, unknown>;
  #writing: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;
  /** The epoch of the newest checkpoint. */
  #saved = 0;

  constructor(options: CheckedCheckpoint, subject: Subject, fit: CheckedFit) {
    this.#options = options;
    this.#subject = subject;
    this.#fit = fit;
    this.#settings = settingsOf(subject, fit);
  }

  /** Finds out whether the file can be written, and what there is to resume. Changes nothing. */
  async open(): Promise<Resumed | undefined> {
    const { path, resume } = this.#options;
    await checkWritable(path);
    const found = resume ? await loadCheckpoint(path) : undefined;
    if (found === undefined) return undefined;
    await inSlices(checkingResumable(found, this.#subject, this.#fit, path.given));
    const { spec, settings, ...resumed } = found;
    this.#saved = found.history.loss?.length ?? 0;
    return resumed;
  }

  /** How many epochs may be trained until one is to be made. While one is being written there is none. */
  epochsUntilDue(epoch: number): number {
    return this.#writing === undefined ? this.#options.every - (epoch % this.#options.every) : Infinity;
  }

  /** Whether one is to be made after this epoch. Throws if an earlier one could not be written. */
  isDue(epoch: number): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#writing === undefined && epoch % this.#options.every === 0;
  }

  /** Copies the trainer's state, and begins to write it. The trainer may go on when the promise is fulfilled. */
  async begin(trainer: NativeTrainer, { best, seconds, history }: LoopState): Promise<void> {
    this.#saved = history.loss?.length ?? 0;
    const { arrays, ...position } = await trainer.state(best);
    const training: Training = {
      ...{ spec: this.#subject.spec, settings: this.#settings, seconds, history, ...position },
      best: best && arrays.pop(),
      arrays,
    };
    this.#writing = this.#write(training)
      .catch((error) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#writing = undefined;
      });
  }

  /** Nothing is written that could not be resumed: the file stays as it is then. */
  async #write(training: Training): Promise<void> {
    if (!(await inSlices(checkingState(training.arrays.slice(1), this.#fit)))) {
      const { steps, firstStep, history } = training;
      const epoch = history.loss?.length ?? 0;
      throw new DivergenceError(steps - firstStep, epoch, history.learningRate?.at(-1) ?? 0, 'optimizer');
    }
    await saveCheckpoint(this.#options.path, training);
  }

  /**
   * Makes the checkpoint of the last epoch, if there is none, and waits until it is written. Without a trainer, which is in the middle of an
   * epoch then, the file keeps what it has.
   */
  async finish(trainer: NativeTrainer | undefined, state: LoopState): Promise<void> {
    await this.settled();
    const isNew = state.history.loss?.length !== this.#saved;
    if (trainer !== undefined && this.#failure === undefined && isNew) await this.begin(trainer, state);
    await this.settled();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits until nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing;
  }
}
