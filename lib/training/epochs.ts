import { type SampleShape, toSamples } from '../data/samples';
import type { Stream } from '../data/streams';
import { wrongShape } from '../errors';
import type { NativeRunResult, NativeTrainer } from '../native';
import { abortable } from './abort';

/** Where the loop over epochs gets its epochs from. */
export interface Epochs {
  /** The most epochs worth asking for at once. */
  readonly atOnce: number;
  /** Trains for at least one epoch and at most one for each learning rate. */
  run(learningRates: Float64Array): Promise<NativeRunResult>;
}

/** How long a native run may take before it reports. */
const milliseconds = 20;

/** Epochs over samples that the trainer has. */
export function sampleEpochs(trainer: NativeTrainer, metrics: boolean): Epochs {
  return {
    atOnce: 1 << 14,
    run: (learningRates) => trainer.run({ learningRates, milliseconds, metrics }),
  };
}

interface StreamOptions {
  shape: SampleShape;
  metrics: boolean;
  signal: AbortSignal | undefined;
}

/** Epochs over a stream of batches: while one batch is trained on, the next one is fetched and converted. */
export function streamEpochs(trainer: NativeTrainer, stream: Stream, options: StreamOptions): Epochs {
  const { shape, metrics, signal } = options;

  async function run(learningRates: Float64Array): Promise<NativeRunResult> {
    const rate = learningRates[0] as number;
    const totals = new Totals(metrics);
    const iterator = await abortable(stream.open(), signal);
    let step: Promise<NativeRunResult> | undefined;
    let exhausted = false;
    try {
      for (let index = 0; ; index++) {
        const next = await abortable(iterator.next(), signal);
        exhausted = next.done === true;
        const name = `batches[${index}]`;
        const batch = exhausted ? undefined : toSamples(await abortable(next.value, signal), name, `${name}.`, shape, 'none');
        if (step !== undefined) totals.add(await step);
        step = undefined;
        if (batch === undefined || totals.interrupted) break;
        totals.rows = batch.rows;
        step = trainer.step(batch, rate, metrics);
        step.catch(() => {}); // it is awaited above or below, but something else may throw first
      }
    } finally {
      await step?.catch(() => {}); // the trainer may be closed only when it is idle
      if (!exhausted) leave(iterator);
    }
    if (totals.samples === 0 && !totals.interrupted) throw emptyStream(stream);
    if (!totals.interrupted) trainer.publish();
    return totals.result();
  }

  return { atOnce: 1, run };
}

function emptyStream(stream: Stream): Error {
  const hint = stream.opened > 1 ? ' (a stream must start anew in each epoch: pass a function that returns a new iterable)' : '';
  return wrongShape(`data must have at least one batch in each epoch, got none in epoch ${stream.opened}${hint}`);
}

/** Tells an iterator that nobody will ask for more. One that is stuck is not waited for, and what it throws now comes too late. */
function leave(iterator: Iterator<unknown> | AsyncIterator<unknown>): void {
  Promise.resolve()
    .then(() => iterator.return?.())
    .catch(() => {});
}

/** Adds up the steps of an epoch to one result. */
class Totals {
  /** The rows of the step to be added next. */
  rows = 0;
  samples = 0;
  interrupted = false;
  readonly #names: readonly ('loss' | 'accuracy' | 'mse' | 'mae')[];
  readonly #sums: Record<'loss' | 'accuracy' | 'mse' | 'mae', number> = { loss: 0, accuracy: 0, mse: 0, mae: 0 };
  #last: NativeRunResult | undefined;

  constructor(metrics: boolean) {
    this.#names = metrics ? ['loss', 'accuracy', 'mse', 'mae'] : ['loss'];
  }

  add(step: NativeRunResult): void {
    this.#last = step;
    this.interrupted = step.cancelled || step.divergedAtStep >= 0;
    if (this.interrupted) return;
    this.samples += this.rows;
    for (const name of this.#names) this.#sums[name] += (step[name][0] as number) * this.rows;
  }

  result(): NativeRunResult {
    const mean = (name: 'loss' | 'accuracy' | 'mse' | 'mae'): Float64Array =>
      Float64Array.from(this.interrupted || !this.#names.includes(name) ? [] : [this.#sums[name] / this.samples]);
    return {
      epochs: this.interrupted ? 0 : 1,
      cancelled: this.#last?.cancelled ?? false,
      divergedAtStep: this.#last?.divergedAtStep ?? -1,
      loss: mean('loss'),
      accuracy: mean('accuracy'),
      mse: mean('mse'),
      mae: mean('mae'),
    };
  }
}
