import { batchesOf } from '../data/batches';
import type { Stream } from '../data/streams';
import type { NativeSamples } from '../native';
import type { CheckedFit, CheckedSchedule } from '../options';
import { isConstant, measures, scheduledValue } from '../options/schedule';
import { Plateau } from './plateau';

/** The length of a training. */
interface Length {
  epochs: number;
  /** Undefined where it is unknown: for a stream whose epochs end by themselves. */
  batchesPerEpoch: number | undefined;
}

/** A batch, counted within its epoch; both from 0. */
export interface BatchPlace {
  epoch: number;
  batch: number;
}

/** The length that a training of these data has. */
export function lengthOf(source: NativeSamples | Stream, fit: CheckedFit): Length {
  const { epochs, stepsPerEpoch } = fit;
  return { epochs, batchesPerEpoch: 'rows' in source ? batchesOf(fit.allRows ?? source.rows, fit).count : stepsPerEpoch };
}

/** The values of one schedule over a training. */
export class Timetable {
  readonly #schedule: CheckedSchedule;
  readonly #epochs: number;
  readonly #stepsPerEpoch: number;
  readonly #plateau: Plateau | undefined;

  constructor(schedule: CheckedSchedule, epochs: number, stepsPerEpoch: number) {
    this.#schedule = schedule;
    this.#epochs = epochs;
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#plateau = measures(schedule) ? new Plateau(schedule) : undefined;
  }

  /** Takes what was measured in the next epoch. */
  add(measured: (monitor: string) => number): void {
    this.#plateau?.add(measured(this.#plateau.monitor));
  }

  /** Whether the value depends on what the epochs before have measured. */
  get waits(): boolean {
    return this.#plateau !== undefined;
  }

  /** Whether the value changes within an epoch. */
  get perStep(): boolean {
    return this.#schedule.per === 'step' && !isConstant(this.#schedule);
  }

  /** Writes the values of the first steps of `count` epochs from `epoch` on. */
  fill(values: Float64Array, epoch: number, count: number): void {
    const { type, initial, warmup } = this.#schedule;
    if (type === 'constant' && epoch >= warmup) values.fill(initial, 0, count);
    else for (let i = 0; i < count; i++) values[i] = this.at(epoch + i, 0);
  }

  /** The value at a step (from 0) of an epoch (from 0). */
  at(epoch: number, step: number): number {
    const { type, initial, warmup, per, value } = this.#schedule;
    if (type === 'constant' && epoch >= warmup) return initial;
    const perEpoch = per === 'epoch' ? 1 : this.#stepsPerEpoch;
    const now = per === 'epoch' ? epoch : epoch * perEpoch + step;
    const all = this.#epochs * perEpoch;
    if (value !== undefined) return value(now, now / all);
    const warming = Math.round(warmup * perEpoch);
    if (now < warming) return (initial * (now + 1)) / (warming + 1);
    const [tick, ticks] = [now - warming, all - warming];
    const reductions = this.#plateau?.reductions ?? 0;
    return scheduledValue(this.#schedule, { epochs: tick / perEpoch, of: ticks / perEpoch, tick, ticks, reductions });
  }
}

/** The most steps whose values are computed at once. */
const mostSteps = 2 ** 12;

/** All that schedules set in a training. */
export class Timetables {
  readonly #rate: Timetable;
  readonly #decay: Timetable | undefined;
  readonly #dropout: Timetable | undefined;
  /** The weight decay where it has no schedule. */
  readonly #weightDecay: number;
  /** Batches and steps of the optimizer in an epoch; Infinity where they are unknown. */
  readonly #batchesPerEpoch: number;
  readonly #stepsPerEpoch: number;
  /** Batches of a step; the last step of an epoch may have fewer. */
  readonly #accumulate: number;

  constructor({ optimizer, dropoutSchedule, accumulate = 1 }: CheckedFit, { epochs, batchesPerEpoch = Infinity }: Length) {
    this.#batchesPerEpoch = batchesPerEpoch;
    this.#stepsPerEpoch = Math.ceil(batchesPerEpoch / accumulate);
    this.#accumulate = accumulate;
    const timetable = (schedule: CheckedSchedule): Timetable => new Timetable(schedule, epochs, this.#stepsPerEpoch);
    this.#rate = timetable(optimizer.schedule);
    this.#decay = optimizer.decaySchedule && timetable(optimizer.decaySchedule);
    this.#dropout = dropoutSchedule && timetable(dropoutSchedule);
    this.#weightDecay = Number(optimizer.settings.weightDecay ?? 0);
  }

  /** Whether the values of steps cannot be said by a learning rate for each epoch. */
  get perStep(): boolean {
    return this.#rate.perStep || this.#decay !== undefined || this.#dropout !== undefined;
  }

  /** How many epochs can be trained at once. */
  get epochsAtOnce(): number {
    if (this.#all.some(({ waits }) => waits)) return 1;
    return this.perStep ? Math.max(1, Math.floor(mostSteps / this.#stepsPerEpoch)) : Infinity;
  }

  /** How many batches can be trained on at once. */
  get batchesAtOnce(): number {
    return this.perStep ? mostSteps * this.#accumulate : Infinity;
  }

  /** Takes what was measured in the next epoch. */
  add(measured: (monitor: string) => number): void {
    for (const timetable of this.#all) timetable.add(measured);
  }

  /** The learning rate of the step that a batch belongs to. */
  learningRate({ epoch, batch }: BatchPlace): number {
    return this.#rate.at(epoch, Math.floor(batch / this.#accumulate));
  }

  /** The same by the batch's number in the whole training, from 0. */
  learningRateOf(batch: number, epoch: number): number {
    return this.learningRate({ epoch, batch: this.#rate.perStep ? batch - epoch * this.#batchesPerEpoch : 0 });
  }

  /** Writes the learning rates of the first steps of `count` epochs from `epoch` on. */
  fillLearningRates(rates: Float64Array, epoch: number, count: number): void {
    this.#rate.fill(rates, epoch, count);
  }

  /** The numbers of the steps of `count` batches, as the engine takes them: learning rate, weight decay and share of the dropout rates. */
  values(first: BatchPlace, count: number): Float64Array {
    const values = new Float64Array(3 * this.#stepsOf(first.batch, count));
    let { epoch } = first;
    let step = Math.floor(first.batch / this.#accumulate);
    for (let i = 0; i < values.length; i += 3) {
      values[i] = this.#rate.at(epoch, step);
      values[i + 1] = this.#decay?.at(epoch, step) ?? this.#weightDecay;
      values[i + 2] = Math.min(this.#dropout?.at(epoch, step) ?? 1, 1); // a schedule may grow
      if (++step === this.#stepsPerEpoch) [epoch, step] = [epoch + 1, 0];
    }
    return values;
  }

  /** How many steps `count` batches from a batch of an epoch on belong to. */
  #stepsOf(batch: number, count: number): number {
    const last = batch + count - 1;
    if (last < this.#batchesPerEpoch) return Math.floor(last / this.#accumulate) - Math.floor(batch / this.#accumulate) + 1;
    const epochs = Math.floor(last / this.#batchesPerEpoch);
    const inLast = Math.floor((last % this.#batchesPerEpoch) / this.#accumulate);
    return epochs * this.#stepsPerEpoch + inLast - Math.floor(batch / this.#accumulate) + 1;
  }

  get #all(): Timetable[] {
    return [this.#rate, this.#decay, this.#dropout].filter((timetable) => timetable !== undefined);
  }
}
