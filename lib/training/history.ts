import type { Measured } from '../errors';
import type { NativeMetrics } from '../native';
import { type CheckedMetric, type EpochInfo, isNative, type MonitorName, type NativeMetricName } from '../options';
import type { ColumnValue } from './measured';
import type { Records } from './records';

/** The record of a training. The arrays have one value for each epoch. */
export interface History extends Partial<Record<MonitorName, number[]>> {
  /** Numbers of the epochs, from 1. */
  epoch: number[];
  /** Mean loss over the epoch's samples, each measured before its own batch's update. */
  loss: number[];
  /** The rates of the epochs' first steps. */
  learningRate: number[];
  /** How long the whole training took. */
  seconds: number;
  /** Why it ended; `'target'`: the quantity of early stopping reached its target; `'time'`: `maxTime` was over. */
  stoppedBy: 'epochs' | 'earlyStopping' | 'target' | 'callback' | 'time';
  /** With early stopping: the epoch with the best value of its quantity. */
  bestEpoch?: number;
  /** Metrics that have names of their own: a number for each epoch. */
  [metric: string]: unknown;
}

/** Collects what the epochs bring. A tiny network has millions of them, so nothing here is done for each one. */
export class Recorder {
  /** The quantities that the trainer measures, which are finite unless it diverges; others may be NaN where they are not defined. */
  readonly #finite: readonly ('loss' | NativeMetricName)[];
  readonly #columns = new Map<string, Column>();
  /** Epochs so far. */
  epochs = 0;

  /** `columns` are those of the epochs before. */
  constructor(metrics: readonly CheckedMetric[], columns: Readonly<Record<string, Float64Array>> = {}) {
    this.#finite = ['loss', ...metrics.filter(isNative).map(({ name }) => name as NativeMetricName)];
    for (const [name, values] of Object.entries(columns)) {
      this.#column(name).append(values, values.length);
      this.epochs = values.length;
    }
  }

  /** A copy of the values so far. */
  columns(): Record<string, Float64Array> {
    return Object.fromEntries([...this.#columns].map(([name, column]) => [name, column.values()]));
  }

  /** Adds the epochs of one native run. */
  addRun(epochs: number, records: Records): void {
    this.epochs += epochs;
    this.#column('learningRate').append(records.learningRate, epochs);
    for (const name of this.#finite) this.#column(name).append(records.measured[name] as Float64Array, epochs);
  }

  /** Adds what was measured on the validation data after an epoch. */
  addValidation(measured: NativeMetrics): void {
    this.addValues(this.#finite.map((name) => [`val_${name}`, measured[name] as number]));
  }

  /** Adds what was measured after an epoch. */
  addValues(values: readonly ColumnValue[]): void {
    for (const [column, value] of values) this.#column(column).append(Float64Array.of(value), 1);
  }

  /** A quantity of the latest epoch. */
  last(name: string): number {
    return this.#column(name).last;
  }

  /** The first quantity of the latest run that has diverged, and the number of its epoch. */
  firstNotFinite(): (Measured & { epoch: number }) | undefined {
    for (const [quantity, { notFinite }] of this.#columns) {
      if (quantity !== 'learningRate' && !this.#finite.some((name) => quantity === name || quantity === `val_${name}`)) continue;
      if (notFinite !== undefined) return { quantity, value: notFinite.value, epoch: notFinite.index + 1 };
    }
    return undefined;
  }

  /** The numbers of the latest epoch. */
  latest(rest: Pick<EpochInfo, 'epochs' | 'steps' | 'seconds' | 'isLast'>): EpochInfo {
    const values = Object.fromEntries([...this.#columns].map(([name, column]) => [name, column.last]));
    return { epoch: this.epochs, ...rest, ...values } as EpochInfo;
  }

  /** All epochs. */
  finish(rest: Pick<History, 'seconds' | 'stoppedBy' | 'bestEpoch'>): History {
    const columns = Object.fromEntries([...this.#columns].map(([name, column]) => [name, column.toArray()]));
    const epoch = arrayOf(this.epochs);
    for (let i = 0; i < this.epochs; i++) epoch[i] = i + 1;
    return { epoch, loss: [], learningRate: [], ...columns, ...rest } as History;
  }

  #column(name: string): Column {
    const column = this.#columns.get(name) ?? new Column();
    this.#columns.set(name, column);
    return column;
  }
}

/** The most numbers in a block of a column. */
const mostInBlock = 2 ** 15;

/**
 * Numbers that are appended. They stay in the block that they were written to: for the history of a tiny network, touching new memory can take
 * as long as the training. As long as all numbers are equal, as constant learning rates are, they are only counted.
 */
class Column {
  readonly #blocks: Float64Array[] = [];
  /** Numbers in the last block. */
  #used = 0;
  #length = 0;
  #last = Number.NaN;
  /** The first number of the latest `append` that is not finite. */
  notFinite: { index: number; value: number } | undefined;

  append(values: Float64Array, count: number): void {
    this.notFinite = this.#firstNotFinite(values, count);
    if (this.#blocks.length === 0) {
      if (this.#length === 0) this.#last = values[0] as number;
      let equal = 0;
      while (equal < count && Object.is(values[equal], this.#last)) equal++;
      if (equal === count) {
        this.#length += count;
        return;
      }
      const before = this.values();
      this.#length = 0;
      this.#write(before, before.length);
    }
    this.#write(values, count);
  }

  /** A copy. */
  values(): Float64Array {
    const all = new Float64Array(this.#length);
    if (this.#blocks.length === 0) return all.fill(this.#last);
    let offset = 0;
    for (const block of this.#filled()) {
      all.set(block, offset);
      offset += block.length;
    }
    return all;
  }

  get last(): number {
    return this.#last;
  }

  toArray(): number[] {
    const length = this.#length;
    const array = arrayOf(length);
    if (this.#blocks.length === 0) for (let i = 0; i < length; i++) array[i] = this.#last;
    let index = 0;
    for (const block of this.#filled()) for (let i = 0; i < block.length; i++) array[index++] = block[i] as number;
    return array;
  }

  #filled(): Float64Array[] {
    return this.#blocks.map((block, index) => (index === this.#blocks.length - 1 ? block.subarray(0, this.#used) : block));
  }

  #write(values: Float64Array, count: number): void {
    for (let i = 0; i < count; ) {
      const block = this.#blockWithRoom();
      const start = this.#used - i;
      const stop = Math.min(count, block.length - start);
      for (; i < stop; i++) block[start + i] = values[i] as number; // a view to copy by would take longer to make
      this.#used = start + i;
    }
    this.#length += count;
    if (count > 0) this.#last = values[count - 1] as number;
  }

  #blockWithRoom(): Float64Array {
    const last = this.#blocks.at(-1);
    if (last !== undefined && this.#used < last.length) return last;
    const block = new Float64Array(last === undefined ? 16 : Math.min(2 * last.length, mostInBlock));
    this.#blocks.push(block);
    this.#used = 0;
    return block;
  }

  #firstNotFinite(values: Float64Array, count: number): Column['notFinite'] {
    let sum = 0; // a finite number times 0 is 0, and NaN stays in a sum
    for (let i = 0; i < count; i++) sum += (values[i] as number) * 0;
    if (sum === 0) return undefined;
    const index = values.findIndex((value) => !Number.isFinite(value));
    return { index: this.#length + index, value: values[index] as number };
  }
}

/** Beyond this length, V8 makes `new Array(length)` a hash table. */
const longestArray = 2 ** 25;

/** An array made at its full length, which is many times faster to fill than by pushing. */
function arrayOf(length: number): number[] {
  return length <= longestArray ? new Array(length) : [];
}
