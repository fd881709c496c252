import path from 'node:path';
import load from 'node-gyp-build';

/** The element type of a network: `Float32Array` for `'f32'`, `Float64Array` for `'f64'`. */
export type FloatArray = Float32Array | Float64Array;

export interface NativeInitializer {
  type: string;
  /** `constant`: the value. */
  value: number;
  /** `normal`: mean and standard deviation. */
  mean: number;
  stddev: number;
  /** `uniform`: the interval. */
  low: number;
  high: number;
}

export type NativeLayer =
  | {
      type: 'dense';
      units: number;
      activation: string;
      weightsInitializer: NativeInitializer;
      biasInitializer: NativeInitializer;
    }
  | { type: 'dropout'; rate: number };

/** A complete, checked specification: every default is filled in before it gets here. */
export interface NativeSpec {
  precision: 'f32' | 'f64';
  /** A safe integer, 0 or more. */
  seed: number;
  inputSize: number;
  layers: NativeLayer[];
  loss: { type: string; delta: number };
}

/** Every setting of every optimizer; one that an optimizer does not have is 0 or false. */
export interface NativeOptimizer {
  type: string;
  learningRate: number;
  weightDecay: number;
  momentum: number;
  nesterov: boolean;
  beta1: number;
  beta2: number;
  alpha: number;
  epsilon: number;
  centered: boolean;
  learningRateDecay: number;
  initialAccumulator: number;
}

/**
 * Samples for the addon: `x` holds `rows * inputSize` values, row-major, in the network's element type.
 * `y` is an `Int32Array` of `rows` class indices (checked to be in range), or `rows * outputSize` values.
 */
export interface NativeSamples {
  x: FloatArray;
  y: Int32Array | FloatArray;
  rows: number;
}

/** Means over the samples of an epoch, a batch or a data set. */
export interface NativeMetrics {
  loss: number;
  accuracy: number;
  mse: number;
  mae: number;
}

export interface NativeRunOptions {
  /** The learning rate of each epoch; its length is the number of epochs asked for. */
  learningRates: Float64Array;
  /** The run returns after the first epoch that ends later than this. */
  milliseconds: number;
  /** Whether accuracy, mse and mae are measured too (`loss` always is). */
  metrics: boolean;
}

export interface NativeRunResult {
  /** Epochs completed in this run (fewer than asked for when time was up, or training was cancelled or diverged). */
  epochs: number;
  cancelled: boolean;
  /** The step (batch), counted over the whole training from 0, whose loss was not finite; -1 if none. */
  divergedAtStep: number;
  /** One value per completed epoch; accuracy, mse and mae are empty unless asked for. */
  loss: Float64Array;
  accuracy: Float64Array;
  mse: Float64Array;
  mae: Float64Array;
}

/** Where a trainer stands. Steps and epochs are counted over the network's whole training, which this trainer's joined at the first ones. */
export interface NativeTrainerState {
  firstStep: number;
  firstEpoch: number;
  steps: number;
  epochs: number;
  /** The parameters, then the optimizer's arrays: `parameterCount` values each, weights and bias of each dense layer in turn, row-major. */
  arrays: FloatArray[];
}

/**
 * Trains on its own thread, on its own copy of the parameters. At most one operation is under way at a time.
 * The network sees the new parameters at the end of each completed epoch (small networks: at the end of the run), or at `publish`.
 */
export interface NativeTrainer {
  /** Trains for some epochs over the samples that the trainer was made with. */
  run(options: NativeRunOptions): Promise<NativeRunResult>;
  /** One step on one batch of any size (streams). `divergedAtStep` as above; nothing is published. */
  step(samples: NativeSamples, learningRate: number, metrics: boolean): Promise<NativeRunResult>;
  /** Makes the trainer's parameters the network's (streams: at the end of an epoch). */
  publish(): void;
  /** A copy of the state, made on the trainer's thread. `extra` is copied as one more array. */
  state(extra?: NativeSnapshot): Promise<NativeTrainerState>;
  /** Goes on from another trainer's state, with the same bits if options and samples are the same; the network gets the parameters at once. */
  restore(state: NativeTrainerState): void;
  /** Stops the operation under way within one batch; safe at any time. */
  cancel(): void;
  /** Ends the thread and frees the copy. Idempotent. Must not be called while an operation is under way. */
  close(): void;
}

export interface NativeTrainerOptions {
  optimizer: NativeOptimizer;
  batchSize: number;
  shuffle: boolean;
  /** The data set, copied (a SharedArrayBuffer is read in place); absent for streams. */
  samples?: NativeSamples;
}

/** An immutable copy of the parameters, to be handed back to `restore`. */
export type NativeSnapshot = { readonly __snapshot: unique symbol };

/** A network: immutable structure, and parameters that are replaced as a whole. */
export interface NativeNetwork {
  readonly parameterCount: number;
  /** Copies a dense layer's weights (`[in, out]`, row-major) or bias into `out`. `layer` counts dense layers only. */
  readParameter(layer: number, kind: 'weights' | 'bias', out: FloatArray): void;
  writeParameter(layer: number, kind: 'weights' | 'bias', values: FloatArray): void;
  snapshot(): NativeSnapshot;
  restore(snapshot: NativeSnapshot): void;
  /** A snapshot of `parameterCount` values in the order of `NativeTrainerState.arrays`. */
  snapshotOf(values: FloatArray): NativeSnapshot;
  /** Predictions for `rows` rows of `x`, into `out` (`rows * outputSize`). */
  predict(x: FloatArray, rows: number, out: FloatArray): void;
  /**
   * Binds two arrays in SharedArrayBuffers, which cannot be detached. The function returned predicts the first `rows` rows of `input` into `output`
   * without passing an array through the boundary.
   */
  bind(input: FloatArray, output: FloatArray): (rows: number) => void;
  /** The same off the main thread; `x` is copied first (a SharedArrayBuffer is read in place). */
  predictAsync(x: FloatArray, rows: number): Promise<FloatArray>;
  /** Loss and metrics of the samples, off the main thread. */
  evaluate(samples: NativeSamples): Promise<NativeMetrics>;
  /**
   * Loss of one batch, with dropout as in training; the gradients go into `gradients`: weights and bias of each dense layer in turn
   * (`[in, out]` row-major, and `[out]`).
   */
  backward(samples: NativeSamples, gradients: FloatArray[]): number;
  /** One optimizer step with these gradients; the optimizer's state stays with the network as long as its type stays the same. */
  update(gradients: FloatArray[], optimizer: NativeOptimizer): void;
  trainer(options: NativeTrainerOptions): NativeTrainer;
}

export interface NativeInfo {
  /** The kernels in use. */
  isa: string;
  /** All kernels that this machine can run, best first. */
  isas: string[];
  threads: number;
}

/** The addon's exports. Arguments have been checked here in TypeScript; the addon checks again only what could corrupt memory. */
export interface NativeBinding {
  Network: new (spec: NativeSpec) => NativeNetwork;
  info(): NativeInfo;
  setThreads(count: number): void;
  /** The names in the kernels' lists; a test compares them with options.ts. */
  names: { activations: string[]; losses: string[]; optimizers: string[]; initializers: string[] };
}

/** The compiled addon: a prebuilt binary for this platform, or the one that `npm install` built. */
export const native: NativeBinding = load(path.join(__dirname, '..'));
