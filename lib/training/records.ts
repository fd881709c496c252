/** The most epochs of one native run. */
const mostEpochs = 1 << 14;

/**
 * Where a native run finds its learning rates and leaves what it measured: one value for each of its epochs. Made once for a training, as a
 * tiny network's run takes less time than making arrays for it.
 */
export class Records {
  /** The whole, as the addon takes it: the rows below, one after the other. */
  readonly data: Float64Array;
  readonly capacity: number;
  readonly learningRate: Float64Array;
  readonly loss: Float64Array;
  /** These three are empty unless metrics are measured. */
  readonly accuracy: Float64Array;
  readonly mse: Float64Array;
  readonly mae: Float64Array;

  constructor(epochs: number, metrics: boolean) {
    this.capacity = Math.min(epochs, mostEpochs);
    this.data = new Float64Array(this.capacity * (metrics ? 5 : 2));
    const row = (index: number): Float64Array => this.data.subarray(index * this.capacity, (index + 1) * this.capacity);
    this.learningRate = row(0);
    this.loss = row(1);
    this.accuracy = row(2);
    this.mse = row(3);
    this.mae = row(4);
  }
}
