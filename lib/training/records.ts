import { type NativeMetricName, nativeMetricNames } from '../options';

/** The most epochs of one native run. */
const mostEpochs = 1 << 14;

/** A quantity that a native run measures. */
export type Measured = 'loss' | NativeMetricName;

/**
 * Where a native run finds its learning rates and leaves what it measured: one value for each of its epochs. Made once for a training, as a
 * tiny network's run takes less time than making arrays for it.
 */
export class Records {
  /** The whole, as the addon takes it: the rows below, one after the other. */
  readonly data: Float64Array;
  readonly capacity: number;
  readonly learningRate: Float64Array;
  /** The quantities that are measured; undefined for the others. */
  readonly measured: Readonly<Partial<Record<Measured, Float64Array>>>;

  constructor(epochs: number, metrics: boolean) {
    const names: Measured[] = ['loss', ...(metrics ? nativeMetricNames : [])];
    this.capacity = Math.min(epochs, mostEpochs);
    this.data = new Float64Array(this.capacity * (1 + names.length));
    const row = (index: number): Float64Array => this.data.subarray(index * this.capacity, (index + 1) * this.capacity);
    this.learningRate = row(0);
    this.measured = Object.fromEntries(names.map((name, index) => [name, row(1 + index)]));
  }
}
