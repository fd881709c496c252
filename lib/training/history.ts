import type { Measured } from '../errors';
import type { NativeMetrics } from '../native';
import type { EpochInfo, MetricName, MonitorName } from '../options';
import type { Records } from './records';

/** The record of a training. The arrays have one value for each epoch. */
export interface History extends Partial<Record<MonitorName, number[]>> {
  /** Numbers of the epochs, from 1. */
  epoch: number[];
  /** Mean loss over the epoch's samples, each measured before its own batch's update. */
  loss: number[];
  learningRate: number[];
  /** How long the whole training took. */
  seconds: number;
  /** Why it ended; `'target'`: the quantity of early stopping reached its target. */
  stoppedBy: 'epochs' | 'earlyStopping' | 'target' | 'callback';
  /** With early stopping: the epoch with the best value of its quantity. */
  bestEpoch?: number;
}

type ColumnName = MonitorName | 'learningRate';

/** Collects what the epochs bring. A tiny network has millions of them, so nothing here is done for each one. */
export class Recorder {
  readonly #metrics: readonly MetricName[];
  readonly #columns = new Map<ColumnName, Column>();
  /** Epochs so far. */
  epochs = 0;

  /** `columns` are those of the epochs before. */
  constructor(metrics: readonly MetricName[], columns: Readonly<Record<string, Float64Array>> = {}) {
    this.#metrics = metrics;
    for (const [name, values] of Object.entries(columns)) {
      this.#column(name as ColumnName).append(values, values.length);
      this.epochs = values.length;
    }
  }

  /** The values so far: they stay as they are while more are added. */
  columns(): Record<string, Float64Array> {
    return Object.fromEntries([...this.#columns].map(([name, column]) => [name, column.values()]));
  }

  /** Adds the epochs of one native run. */
  addRun(epochs: number, records: Records): void {
    this.epochs += epochs;
    this.#column('learningRate').append(records.learningRate, epochs);
    for (const name of ['loss', ...this.#metrics] as const) this.#column(name).append(records.measured[name] as Float64Array, epochs);
  }

  /** Adds what was measured on the validation data after an epoch. */
  addValidation(measured: NativeMetrics): void {
    for (const name of ['loss', ...this.#metrics] as const)
      this.#column(`val_${name}`).append(Float64Array.of(measured[name] as number), 1);
  }

  /** A quantity of the latest epoch. */
  last(name: ColumnName): number {
    return this.#column(name).last;
  }

  /** The first quantity after `epoch` epochs that is not finite, and the number of its epoch. */
  firstNotFinite(epoch: number): (Measured & { epoch: number }) | undefined {
    for (const [quantity, column] of this.#columns) {
      const index = column.firstNotFinite(epoch);
      if (index >= 0) return { quantity, value: column.values()[index] as number, epoch: index + 1 };
    }
    return undefined;
  }

  /** The numbers of the latest epoch. */
  latest(epochs: number, seconds: number): EpochInfo {
    const values = Object.fromEntries([...this.#columns].map(([name, column]) => [name, column.last]));
    return { epoch: this.epochs, epochs, seconds, ...values } as EpochInfo;
  }

  /** All epochs. */
  finish(rest: Pick<History, 'seconds' | 'stoppedBy' | 'bestEpoch'>): History {
    const columns = Object.fromEntries([...this.#columns].map(([name, column]) => [name, column.toArray()]));
    const epoch = arrayOf(this.epochs);
    for (let i = 0; i < this.epochs; i++) epoch[i] = i + 1;
    return { epoch, ...columns, ...rest } as History;
  }

  #column(name: ColumnName): Column {
    const column = this.#columns.get(name) ?? new Column();
    this.#columns.set(name, column);
    return column;
  }
}

/** Numbers that are appended in blocks. */
class Column {
  #values = new Float64Array(16);
  #length = 0;

  append(values: Float64Array, count: number): void {
    const length = this.#length + count;
    if (length > this.#values.length) {
      const larger = new Float64Array(Math.max(length, 2 * this.#values.length));
      larger.set(this.#values);
      this.#values = larger;
    }
    for (let i = 0; i < count; i++) this.#values[this.#length + i] = values[i] as number; // a view to copy by would take longer to make
    this.#length = length;
  }

  /** No copy: what is appended comes behind, or into other memory. */
  values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }

  /** The index of the first value from `from` on that is not finite, or -1. A finite number times 0 is 0, and NaN stays in a sum. */
  firstNotFinite(from: number): number {
    const values = this.#values;
    let sum = 0;
    for (let i = from; i < this.#length; i++) sum += (values[i] as number) * 0;
    return sum === 0 ? -1 : values.findIndex((value, index) => index >= from && !Number.isFinite(value));
  }

  get last(): number {
    return this.#values[this.#length - 1] as number;
  }

  toArray(): number[] {
    const values = this.#values;
    const length = this.#length;
    const array = arrayOf(length);
    for (let i = 0; i < length; i++) array[i] = values[i] as number;
    return array;
  }
}

/** Beyond this length, V8 makes `new Array(length)` a hash table. */
const longestArray = 2 ** 25;

/** An array made at its full length, which is many times faster to fill than by pushing. */
function arrayOf(length: number): number[] {
  return length <= longestArray ? new Array(length) : [];
}
