import { Stream } from '../data/streams';
import { ChainruleError, describe, wrongValue } from '../errors';
import { loadCheckpoint, saveCheckpoint, type Training } from '../formats/checkpoint';
import { badModel } from '../formats/state';
import { checkWritable, removeLeftovers } from '../formats/write-whole';
import type { NativeSamples, NativeSnapshot, NativeTrainer } from '../native';
import type { CheckedCheckpoint, CheckedFit, NetworkSpec } from '../options';

/** A training to go on with. */
export type Resumed = Omit<Training, 'spec' | 'settings'>;

/** What is trained, and on what. */
interface Subject {
  spec: NetworkSpec;
  source: NativeSamples | Stream;
  validation: NativeSamples | undefined;
}

/** What the loop over epochs knows, and the trainer does not. */
interface Course {
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

  /** Finds out whether the file can be written, and what there is to go on with. Changes nothing but to tidy up. */
  async open(): Promise<Resumed | undefined> {
    const { path, resume } = this.#options;
    await checkWritable(path);
    const found = resume ? await loadCheckpoint(path) : undefined;
    if (found !== undefined) this.#check(found);
    await removeLeftovers(path);
    if (found === undefined) return undefined;
    const { spec, settings, ...resumed } = found;
    this.#saved = found.history.loss?.length ?? 0;
    const { source } = this.#subject;
    if (source instanceof Stream) source.opened = this.#saved;
    return resumed;
  }

  #check({ spec, settings, history }: Training): void {
    const { path } = this.#options;
    const difference = firstDifference({ ...spec, ...settings }, plain({ ...this.#subject.spec, ...this.#settings }));
    if (difference !== undefined) {
      throw new ChainruleError(
        'ERR_CHAINRULE_CHECKPOINT',
        `${path} is the checkpoint of another training: ${difference}. To train on from its weights all the same, load it as a model`,
      );
    }
    const wanted = ['learningRate', 'loss', ...this.#fit.metrics];
    if (this.#subject.validation !== undefined) wanted.push('val_loss', ...this.#fit.metrics.map((name) => `val_${name}`));
    if (wanted.sort().join() !== Object.keys(history).sort().join())
      throw badModel(path, 'is damaged: it has not the history of its training');
    const completed = history.loss?.length ?? 0;
    if (completed > this.#fit.epochs) throw wrongValue('epochs', `at least ${completed}, which ${path} has already`, this.#fit.epochs);
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
  async begin(trainer: NativeTrainer, { best, seconds, history }: Course): Promise<void> {
    this.#saved = history.loss?.length ?? 0;
    const { arrays, ...position } = await trainer.state(best);
    const training: Training = {
      ...{ spec: this.#subject.spec, settings: this.#settings, seconds, history, ...position },
      best: best && arrays.pop(),
      arrays,
    };
    this.#writing = saveCheckpoint(this.#options.path, training)
      .catch((error) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#writing = undefined;
      });
  }

  /** Makes the checkpoint of the last epoch, if there is none, and waits until it is written. */
  async finish(trainer: NativeTrainer, course: Course): Promise<void> {
    await this.settled();
    if (this.#failure === undefined && course.history.loss?.length !== this.#saved) await this.begin(trainer, course);
    await this.settled();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits until nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing;
  }
}

/** What must be the same for a training to go on with the same bits, by the names of the options. */
function settingsOf({ source, validation }: Subject, fit: CheckedFit): Record<string, unknown> {
  const { optimizer, epochs, shuffle, metrics, earlyStopping } = fit;
  const { schedule, settings } = optimizer;
  const { type, ...rest } = settings;
  const left = epochs - schedule.warmup;
  const learningRate = schedule.type === 'cosine' ? { ...schedule, epochs: schedule.epochs ?? left } : schedule;
  const batches = 'rows' in source ? { samples: source.rows, batchSize: Math.min(fit.batchSize, source.rows), shuffle } : {};
  return plain({
    optimizer: { type, ...rest, learningRate },
    data: 'rows' in source ? 'samples' : 'stream',
    ...batches,
    validation: validation && { samples: validation.rows },
    metrics: [...metrics].sort(),
    earlyStopping,
  });
}

/** As it is after it has been in a file. */
function plain<T extends NetworkSpec | Record<string, unknown>>(value: T): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}

/** What differs first, in words. */
function firstDifference(there: unknown, here: unknown, name = ''): string | undefined {
  if (typeof there !== 'object' || typeof here !== 'object' || there === null || here === null) {
    if (there === here) return undefined;
    const [before, now] = [there, here].map((value) => (value === undefined ? 'absent' : describe(value)));
    return `${name} is ${before} there, but ${now} here`;
  }
  for (const key of new Set([...Object.keys(here), ...Object.keys(there)])) {
    const inner = Array.isArray(here) ? `${name}[${key}]` : `${name === '' ? '' : `${name}.`}${key}`;
    const difference = firstDifference(Reflect.get(there, key), Reflect.get(here, key), inner);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
