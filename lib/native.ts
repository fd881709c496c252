import { join } from 'node:path';
import { loadBinding } from './load-binding';
import type { FloatArray, NativeCustomLoss, NativeNames } from './native/spec';
import { adopter, ownFloats, translated, translatedClass, translatedRun } from './native/translate';
import { identifyThread, type ThreadIdentity } from './thread-identity';

export type {
  FloatArray,
  FloatArrayOf,
  NativeCustomLoss,
  NativeInput,
  NativeLayer,
  NativeLoss,
  NativeNames,
  NativeSetting,
  NativeSpec,
} from './native/spec';

/** The numbers with which a network computes: lib/options/network.ts says what they are. */
export type NativePrecision = 'f32' | 'f64' | 'bf16';

/** An optimizer with the settings that it has. */
export interface NativeOptimizer {
  type: string;
  learningRate: number;
  [setting: string]: string | number | boolean;
}

/** Settings of one trained tensor. */
export type NativeTensorSettings = readonly [learningRateFactor: number, decays: number, l1: number, l2: number, frozen: number];

/**
 * Samples for the addon: `x` holds `rows * inputSize` values, row-major, in the network's element type.
 * `y` is an `Int32Array` of `rows` class indices (checked to be in range), or values, `rows` times the number of targets. `weights` has one
 * for each row, of at least 0.
 */
export interface NativeSamples {
  x: FloatArray;
  y: Int32Array | FloatArray;
  weights?: FloatArray | undefined;
  rows: number;
  /** The rows of `x` and `y`, which may have others, too: `rows` of them, each checked to be there, in memory of our own. Default: the first ones. */
  index?: Uint32Array | undefined;
}

/** Any typed array of numbers but a Float16Array. */
export type NativeNumbers = FloatArray | Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array;

/** Large arrays on their way in. The work is shared by all threads, and bounded by the memory. */
export interface NativeIntake {
  /** For new memory that was never written: asks for huge pages. */
  prepare(array: FloatArray): void;
  /** Gives memory back to the system before V8 collects it; its values are lost. */
  release(array: FloatArray): void;
  /**
   * The same as `to.set(from)` for arrays of the same length; whether all of `to` is from `low` to `high` then. Both are finite, so that
   * other numbers never are.
   */
  take(from: NativeNumbers, to: FloatArray, low: number, high: number): boolean;
  /**
   * Whether all of an array in shared memory is, and has whole numbers from 0 where categories belong; off the main thread. `categories` has
   * three numbers for each group of columns: the first column, the number of columns, and of categories.
   */
  areWithin(array: FloatArray, columns: number, low: number, high: number, categories: Float64Array): Promise<boolean>;
  /**
   * The least values of all columns of finite numbers, then the largest ones; with `moments` also their means and standard deviations.
   * Without an index, of the first rows. Off the main thread: the array is in shared memory, or copied.
   */
  measure(array: FloatArray, columns: number, rows: number, index: Uint32Array | undefined, moments: boolean): Promise<Float64Array>;
}

/** Means over the samples of an epoch, a batch or a data set. */
export interface NativeMetrics {
  loss: number;
  /** Each of `NativeNames.metrics`. */
  [metric: string]: number;
}

/**
 * The rows of a run, of equal length, with one value per epoch: the learning rates, the loss, and the metrics in the order of their names.
 * The metrics are there only if the trainer measures them.
 */
export type NativeRecords = Float64Array;

export interface NativeRunResult {
  /** Epochs completed in this run (fewer than asked for when time was up, or training was aborted or diverged). */
  epochs: number;
  aborted: boolean;
  /** The batch, counted over the whole training from 0, whose loss was not finite; -1 if none. */
  divergedAtStep: number;
  /** Batches of this run that were trained on. */
  batches: number;
  /** Steps of the optimizer in this run. */
  steps: number;
  /** The mean loss of the last of these batches. */
  batchLoss: number;
  /** The sum of its samples' weights, on all ranks. */
  batchWeight: number;
}

/**
 * Three numbers for each step of the optimizer, in order: the learning rate, the weight decay, and the factor of all dropout rates, which
 * stay below 1 with it. Where there are none, the rates are those of the records, the weight decay is the optimizer's own, and the factor is 1.
 */
export type NativeSteps = Float64Array;

/** Where a trainer stands. Steps and epochs are counted over the network's whole training, which this trainer's joined at the first ones. */
export interface NativeTrainerState {
  firstStep: number;
  firstEpoch: number;
  steps: number;
  epochs: number;
  /** Steps of this trainer's optimizer. */
  updates: number;
  /**
   * All parameters (`parameterCount` values) as they are published, then the optimizer's arrays, which have the trained ones alone
   * (`trainedCount`). With an average, the parameters that it is of come last, the trained ones alone, too.
   */
  arrays: FloatArray[];
}

/**
 * Trains on its own copy of the parameters, and on its own thread; what takes no longer than the way there is done at once. At most one
 * operation is under way at a time.
 * The network sees the new parameters at the end of each completed epoch (small networks: at the end of the run), or at `publish`.
 */
export interface NativeTrainer {
  /**
   * Trains for `epochs` epochs over the samples that the trainer was made with. Returns after the first one that ends later than
   * `milliseconds` after the start (in a group only after the last one); and after `batches` batches (0: no limit), also in the middle of an epoch. The next run resumes there.
   * `steps` has at least the steps that these epochs, or these batches, begin. It starts with the first step that has not been taken yet.
   */
  run(
    records: NativeRecords,
    epochs: number,
    milliseconds: number,
    steps?: NativeSteps,
    batches?: number,
  ): NativeRunResult | Promise<NativeRunResult>;
  /**
   * Trains on one batch of any size (streams), as an epoch of its own; but nothing is published. `values` has the three numbers of the
   * step that the batch belongs to. In a group the batch is this rank's share of `allRows`.
   */
  step(samples: NativeSamples, records: NativeRecords, values?: NativeSteps, allRows?: number): NativeRunResult | Promise<NativeRunResult>;
  /**
   * Takes the step of batches that are waiting for others, makes the trainer's parameters the network's (streams: at the end of an epoch),
   * and gives -1. If they are not finite, it gives the last batch, counted as `divergedAtStep`, and the network keeps those that it has.
   */
  publish(): number | Promise<number>;
  /**
   * The circumstances of the latest divergence. `out[0]` is the index of the trained tensor that had the largest weight then, or -1 without a
   * divergence; `out[1]` is that weight's magnitude. From `out[2]` on there are up to `room` indices of the batch's samples; their number is returned.
   */
  divergence(out: Float64Array, room: number): number;
  /** In a group: to be called by all ranks before `state` of any, since each has a part of the state. Absent in WebAssembly. */
  gather?(): Promise<void>;
  /** A copy of the state, made on the trainer's thread. `extra` is copied as one more array. */
  state(extra?: NativeSnapshot): Promise<NativeTrainerState>;
  /**
   * Goes on from another trainer's state, with the same bits if options and samples are the same; the network gets the parameters.
   * Arrays in shared memory are read in place, on the trainer's thread.
   */
  restore(state: NativeTrainerState): Promise<void>;
  /** Stops the operation under way within one batch; safe at any time. */
  abort(): void;
  /** Ends the thread and frees the copy. Idempotent. Must not be called while an operation is under way. */
  close(): void;
}

/** The settings of L-BFGS. */
export interface NativeLbfgs {
  maxIterations: number;
  maxEvaluations: number;
  toleranceGradient: number;
  toleranceChange: number;
  historySize: number;
  /** Whether there is a line search. */
  lineSearch: boolean;
}

export interface NativeTrainerOptions {
  optimizer: NativeOptimizer;
  /** Takes the steps in the optimizer's place, which has the learning rate alone. One batch has all samples then. */
  lbfgs?: NativeLbfgs | undefined;
  /** Of all trained tensors in the order of the list; none where all are default. */
  tensors: readonly NativeTensorSettings[];
  batchSize: number;
  shuffle: boolean;
  /** Whether the metrics are measured too (`loss` always is). */
  metrics: boolean;
  /** Whether the last batch of an epoch is left out where it has fewer samples than the others. */
  dropLast: boolean;
  /** Of a batch, a power of two; each has as many of its rows. */
  shards: number;
  /** Batches of a step. */
  accumulate: number;
  /** The largest Euclidean norm, and the largest absolute value, of a step's gradient; 0: no limit. */
  clipNorm: number;
  clipValue: number;
  /** Of the average of the parameters over the steps; 0: none is made. */
  emaDecay: number;
}

/** `'overflow'`: a weight or a value of the optimizer's state would not have been finite. Nothing has changed then, or where it was busy. */
export type NativeUpdateResult = 'updated' | 'busy' | 'overflow';

/** The function that `bind` returns: it predicts that number of rows. */
export interface NativeRun {
  (rows: number): void;
  /** Lets go of the network; calls throw `ERR_CHAINRULE_CLOSED` from then on. Idempotent. */
  close(): void;
}

/** An immutable copy of the parameters, to be handed back to `restore`. */
export type NativeSnapshot = { readonly __snapshot: unique symbol };

/** A tensor of a network as the engine keeps it: a matrix. A tensor of one dimension is one row. */
export interface NativeTensor {
  name: string;
  rows: number;
  columns: number;
  trained: boolean;
}

/**
 * A network: immutable structure, and parameters that are replaced as a whole. Other threads may use the same one (`share`). Training takes
 * turns: while one lasts, in whatever thread, nothing else changes the parameters, and what is asked to returns false.
 */
export interface NativeNetwork {
  /** The elements of all tensors. Arrays with all parameters have them in the order of the list, row-major. */
  readonly parameterCount: number;
  /** The list: first the trained ones in the order of the layers, then the others. */
  tensors(): NativeTensor[];
  /** Copies the tensor with this index in the list into `out`. */
  readParameter(index: number, out: FloatArray): void;
  writeParameter(index: number, values: FloatArray): boolean;
  /** Copies all parameters, of one moment, into `out`. */
  readParameters(out: FloatArray): void;
  /** The same off the main thread, into a new array; as they are at the time of the call. */
  readParametersAsync(): Promise<FloatArray>;
  /** Replaces all parameters with as many values. */
  writeParameters(values: FloatArray): boolean;
  /** The same off the main thread; `values` are copied first (a SharedArrayBuffer is read in place). */
  writeParametersAsync(values: FloatArray): Promise<boolean>;
  /** Makes a snapshot of a network with tensors of the same shapes, and the same element type, this one's parameters. */
  assign(snapshot: NativeSnapshot): boolean;
  snapshot(): NativeSnapshot;
  /** During a lease, for its owner. */
  restore(snapshot: NativeSnapshot): boolean;
  /** Makes the network known to all threads, with its specification, and returns its identifier; again, and it returns the same one. */
  share(spec: string): string;
  /** The specification of a shared network; undefined if it is not shared. */
  readonly sharedSpec: string | undefined;
  /** Begins a lease; to be called before `trainer`. It ends with `endTraining`, or with the thread. */
  beginTraining(): boolean;
  /** Ends the lease of this object, if it has one; trainers that are still at work publish nothing more. */
  endTraining(): void;
  /** A snapshot of all parameters. Reads an array in shared memory in place. */
  snapshotOf(values: FloatArray): Promise<NativeSnapshot>;
  /** Predictions for `rows` rows of `x`, into `out` (`rows * outputSize`). */
  predict(x: FloatArray, rows: number, out: FloatArray): void;
  /**
   * Binds two arrays in SharedArrayBuffers, which cannot be detached. The function returned predicts the first `rows` rows of `input` into `output`
   * without passing an array through the boundary.
   */
  bind(input: FloatArray, output: FloatArray): NativeRun;
  /** The same off the main thread, of the rows that `index` names; `x` is copied first (a SharedArrayBuffer is read in place). */
  predictAsync(x: FloatArray, rows: number, index?: Uint32Array): Promise<FloatArray>;
  /** Loss (0 if it is custom) and metrics of the samples, off the main thread unless they are few. */
  evaluate(samples: NativeSamples): NativeMetrics | Promise<NativeMetrics>;
  /**
   * The matrices of a prediction, one behind the other in `layers`: what the inputs become, if they are encoded, then the pre-activations and
   * activations of each dense layer in turn (`[rows, units]` each).
   */
  trace(x: FloatArray, rows: number, layers: FloatArray): void;
  /**
   * Loss of one batch, with dropout as in training. The gradients of all parameters go into `gradients`; those that are not trained have
   * the batch's measurements there. `tensors` is the wire's. `layers` gets two matrices of each dense layer in turn, one behind the other: its input, dropout included
   * (`[rows, in]`), and the gradient with respect to its pre-activations (`[rows, units]`).
   */
  backward(samples: NativeSamples, gradients: FloatArray, tensors: Float64Array, layers?: FloatArray, loss?: NativeCustomLoss): number;
  /**
   * One optimizer step with such gradients, and running statistics move towards what the batch has measured; where that is NaN they stay. The optimizer's state stays with the network as long as its type stays the same. `optimizer` is
   * the wire's.
   */
  update(gradients: FloatArray, optimizer: Float64Array): NativeUpdateResult;
  /**
   * `options` are the wire's. The samples are copied (a SharedArrayBuffer is read in place); streams have none. With a custom loss it works on
   * the calling thread, and `run` returns after the first batch that ends later than asked for. In a group, whose table this is, the samples
   * are this rank's share of `allRows`.
   */
  trainer(options: Float64Array, samples?: NativeSamples, loss?: NativeCustomLoss, group?: unknown, allRows?: number): NativeTrainer;
  /**
   * Frees at once what this object, and all that is bound to it, keep: everything then throws `ERR_CHAINRULE_CLOSED`. Other objects of a
   * shared network, and operations under way, are not affected. Idempotent.
   */
  close(): void;
}

export interface NativeInfo {
  /** The kernels in use. */
  isa: string;
  /** All kernels that this machine can run, best first. */
  isas: string[];
  /** The precisions that the kernels in use can train in. */
  precisions: NativePrecision[];
  threads: number;
}

/** The addon's exports. Arguments have been checked here in TypeScript; the addon checks again only what could corrupt memory. */
export interface NativeBinding {
  /**
   * `spec` is the wire's. With initial parameters unless `draw` is false; then it is to be given its parameters by `writeParameters` before
   * anything else.
   */
  Network: new (
    spec: Float64Array,
    precision: NativePrecision,
    draw?: boolean,
  ) => NativeNetwork;
  /** Another object for a shared network; undefined if no object for it is left, or there never was one. Identifiers are checked. */
  openShared(id: string): NativeNetwork | undefined;
  info(): NativeInfo;
  setThreads(count: number): void;
  /** Absent in WebAssembly, which copies all memory by itself. */
  intake?: NativeIntake;
  /** This thread among those of the process that have loaded the addon; absent in WebAssembly. */
  thread?: ThreadIdentity;
  names: NativeNames;
}

/** File tracers (@vercel/nft, which Next.js uses) evaluate this very form of the call, and take the binary along. */
const load = (): Addon => require('node-gyp-build')(join(__dirname, '..'));

/** The addon's own exports: as above, but for the functions that `bind` returns, which have no `close`. */
interface Addon extends NativeBinding {
  intake: NativeIntake;
  thread: ThreadIdentity;
  release(run: (rows: number) => void): void;
}

/** The addon's exports with errors, arrays and prototypes of this realm. */
function translate({ Network, openShared, release, info, setThreads, intake, thread, names }: Addon): NativeBinding {
  const trainer = adopter({
    state: ({ arrays, ...position }: NativeTrainerState) => ({ ...position, arrays: [...arrays].map(ownFloats) }),
  });
  const bind = (run: (rows: number) => void): NativeRun => Object.assign(translatedRun(run), { close: translated(() => release(run)) });
  const tensors = (list: NativeTensor[]): NativeTensor[] => Array.from(list, (tensor) => ({ ...tensor }));
  const network = adopter({ bind, predictAsync: ownFloats, readParametersAsync: ownFloats, tensors, trainer });
  return {
    Network: translatedClass(Network, network),
    openShared: translated(openShared, (opened: NativeNetwork | undefined) => opened && network(opened)),
    info: translated(info, ({ isas, precisions, ...rest }: NativeInfo) => ({ ...rest, isas: [...isas], precisions: [...precisions] })),
    setThreads: translated(setThreads),
    intake: Object.fromEntries(Object.entries(intake).map(([name, method]) => [name, translated(method)])) as unknown as NativeIntake,
    thread,
    names,
  };
}

/** The compiled addon: a prebuilt binary for this platform, or one that was compiled here. */
export const native: NativeBinding = translate(loadBinding(join(__dirname, '..'), load));
if (native.thread !== undefined) identifyThread(native.thread);
