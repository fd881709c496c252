import { wrongOption, wrongType } from '../errors';
import type { Group } from '../group';
import {
  anything,
  boolean,
  type Check,
  callback,
  integer,
  isCallable,
  isRevoked,
  maxCount,
  number,
  optional,
  record,
  withDefault,
} from './check';
import { type CheckedCheckpoint, type CheckpointOptions, checkCheckpoint } from './checkpoint';
import { type CheckedClassWeight, type ClassWeight, checkClassWeight } from './class-weight';
import {
  type CheckedEarlyStopping,
  checkEarlyStopping,
  completeEarlyStopping,
  completeSchedule,
  type EarlyStoppingOptions,
  type GivenEarlyStopping,
} from './early-stopping';
import { checkGroup, checkWithGroup, shardsOf } from './group';
import { checkFitOptimizer, checkWithLbfgs, type LbfgsOptions } from './lbfgs';
import { type CheckedMetric, checkMetrics, isNative, type Metric, type MonitorName } from './metrics';
import type { CheckedOptimizer, Optimizer } from './optimizer';
import { type CheckedSchedule, checkDropoutSchedule, isConstant } from './schedule';
import type { Schedule } from './schedules';
import { checkShards } from './shards';
import { type CheckedStep, completeStep, type StepOptions, stepChecks } from './step';

/** The argument of `onEpoch`: the numbers of the epoch just completed. */
export interface EpochInfo extends Partial<Record<MonitorName, number>> {
  /** Epochs completed so far; the first call has 1. */
  epoch: number;
  /** The epochs asked for. */
  epochs: number;
  /** Mean loss over the epoch's samples, each measured before its own batch's update. */
  loss: number;
  /** The rate of the epoch's first step. */
  learningRate: number;
  /** Batches trained on so far. */
  steps: number;
  /** Seconds since `fit` began. */
  seconds: number;
  /** Whether the training ends with this epoch, unless a callback, `signal` or `maxTime` ends it earlier. */
  isLast: boolean;
  /** Metrics that have names of their own. */
  [metric: string]: unknown;
}

/** The argument of `onBatch`: the batch just trained on. */
export interface BatchInfo {
  /** The epoch that it is in, from 1. */
  epoch: number;
  /** Its number in the epoch, from 1. */
  batch: number;
  /** Its number in the whole training, from 1. */
  step: number;
  /** Mean loss over the batch's samples, before its update. */
  loss: number;
  /** The rate of its update. */
  learningRate: number;
}

/** Called after a batch. Training waits for a promise; it ends when the result is `false`, and nothing else matters. */
export type BatchCallback = (info: BatchInfo) => unknown;

/** Called after an epoch. Training waits for a promise; it ends when the result is `false`, and nothing else matters. */
export type EpochCallback = (info: EpochInfo) => unknown;

/** The share of samples to use as validation data: drawn by the seed and stratified, or the last ones. */
export type ValidationSplit = number | { last: number };

/** The options of `fit`. `V` is the type of validation data. */
export interface FitOptions<V = unknown> extends StepOptions {
  /** Default 10. */
  epochs?: number;
  /** Samples per step; the last batch of an epoch may be smaller. Not for streams. Default 32. */
  batchSize?: number;
  /**
   * Whether the last batch of an epoch is left out where it has fewer samples than the others; with `shuffle`, other samples each time. An
   * epoch of one batch is never empty. Not for streams. Default false.
   */
  dropLast?: boolean;
  /** Whether the samples are put into a new random order, drawn from the network's seed, in each epoch. Not for streams. Default true. */
  shuffle?: boolean;
  /**
   * The parts, a power of two up to 1024, that the data are cut into by row, each with an order of its own. A batch has as many rows of every
   * part; the sums over its rows are one for each part, added up by a fixed tree. So several processes can compute them and get the same bits
   * as one. `batchSize` must be a multiple of it. Default 1; with a group 16, or the ranks if they are more.
   */
  shards?: number;
  /**
   * The processes that train together, as `mpi()` of `chainrule/mpi` makes them: each calls `fit` with the same options, and with its own part
   * of the data, `group.slice(rows)`; validation data are the same on all. The bits are those of one process with as many shards.
   */
  group?: Group;
  /** Default `'adam'`. */
  optimizer?: Optimizer | 'lbfgs' | LbfgsOptions;
  /**
   * The weights of classes: an array by their indices, an object that names some of them (others have 1), or `'balanced'`, which is not for
   * streams. The targets must be class indices, one-hot rows, or a column of two values. It multiplies `sampleWeight`; validation data keep
   * theirs. Default: all 1.
   */
  classWeight?: ClassWeight;
  /** Data to evaluate after every epoch: `{ x, y }`. */
  validation?: V;
  /**
   * The share of samples to use as validation data, above 0 and below 1. They are drawn by the network's seed, and of each label by its share:
   * class indices, one-hot rows, and 0 and 1 under `binaryCrossEntropy`. `{ last: 0.2 }` takes the last ones, as time series need it. Nothing is
   * copied. Not for streams.
   */
  validationSplit?: ValidationSplit;
  /**
   * The metrics to measure besides the loss: names, `{ type, … }` with settings, functions of your own. Training measures `accuracy`, `mse` and
   * `mae` on its way; all others are measured after each epoch from predictions for all rows. Default none.
   */
  metrics?: readonly Metric[];
  earlyStopping?: EarlyStoppingOptions;
  /** Stops training within one batch: `fit` rejects with an `AbortError`, and the network keeps the last completed epoch's weights. */
  signal?: AbortSignal;
  /** Called after an epoch; may return `false`, or a promise of it, to stop. */
  onEpoch?: EpochCallback;
  /**
   * Called after each batch; may return `false`, or a promise of it, to stop: the network keeps the last completed epoch's weights then. Each
   * batch becomes a call of its own, which makes tiny networks many times slower.
   */
  onBatch?: BatchCallback;
  /** The number of epochs from one call of `onEpoch` to the next; the last epoch has one, too. More than 1 makes tiny networks much faster. Default 1. */
  callbackEvery?: number;
  /** Saves the training after epochs, and resumes one that was cut off. */
  checkpoint?: CheckpointOptions;
  /**
   * Seconds, above 0. Training stops within one batch of that time, counted with the earlier parts of a resumed training. An epoch that is
   * not complete by then is dropped, and the network keeps the last completed epoch's weights. Default: no limit.
   */
  maxTime?: number;
  /**
   * Streams only: the batches of an epoch. The stream is read on from epoch to epoch, so that it may be endless, and one that ends is opened
   * anew. Default: an epoch is the whole stream.
   */
  stepsPerEpoch?: number;
  /** The share, from 0 to 1, that the rates of all dropout layers are multiplied by: a number, or a schedule. Default 1. */
  dropoutSchedule?: number | Schedule;
  /** Whether to warn of data and settings that learn badly. Default true. */
  warnings?: boolean;
}

/** Checked options of `fit`; validation data are still as they came. */
export interface CheckedFit extends CheckedStep {
  epochs: number;
  batchSize: number;
  dropLast: boolean;
  shuffle: boolean;
  shards: number;
  group?: Group | undefined;
  /** The rows of all ranks of the group; absent where there is none, and for streams. */
  allRows?: number | undefined;
  optimizer: CheckedOptimizer;
  classWeight?: CheckedClassWeight | undefined;
  validation?: unknown;
  validationSplit?: ValidationSplit | undefined;
  metrics: readonly CheckedMetric[];
  earlyStopping?: CheckedEarlyStopping | undefined;
  signal?: Signal | undefined;
  onEpoch?: EpochCallback | undefined;
  onBatch?: BatchCallback | undefined;
  callbackEvery: number;
  checkpoint?: CheckedCheckpoint | undefined;
  maxTime?: number | undefined;
  stepsPerEpoch?: number | undefined;
  /** Absent where the share is always 1. */
  dropoutSchedule?: CheckedSchedule | undefined;
  warnings: boolean;
}

const count = integer({ min: 1 });

/** The part of an AbortSignal that is used. */
export type Signal = Pick<AbortSignal, 'aborted' | 'reason'> & {
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
};

/** An AbortSignal, or an object of another realm or library that has what it takes. Its methods are read once. */
export const checkSignal: Check<Signal> = (value, name) => {
  const signal = value as AbortSignal;
  const isObject = typeof value === 'object' && value !== null && !isRevoked(value);
  const { addEventListener: add, removeEventListener: remove } = isObject ? signal : ({} as Partial<AbortSignal>);
  if (!isCallable(add) || !isCallable(remove) || typeof signal.aborted !== 'boolean') throw wrongType(name, 'an AbortSignal', value);
  return {
    get aborted() {
      return signal.aborted;
    },
    get reason() {
      return signal.reason;
    },
    addEventListener: (type, listener) => Reflect.apply(add, signal, [type, listener]),
    removeEventListener: (type, listener) => Reflect.apply(remove, signal, [type, listener]),
  };
};

const checkCallback: Check<(info: never) => unknown> = callback;

const share = number({ above: 0, below: 1 });
const checkLast = record<{ last: number }>({ last: share });
const checkValidationSplit: Check<ValidationSplit> = (value, name) =>
  typeof value === 'object' && value !== null ? checkLast(value, name) : share(value, name);

type GivenFit = Omit<CheckedFit, 'batchSize' | 'dropLast' | 'shuffle' | 'shards' | 'allRows' | 'earlyStopping'> & {
  shards?: number | undefined;
  batchSize?: number | undefined;
  dropLast?: boolean | undefined;
  shuffle?: boolean | undefined;
  earlyStopping?: GivenEarlyStopping | undefined;
};

const checkOptions = record<GivenFit>(
  {
    epochs: withDefault(count, 10),
    batchSize: optional(count),
    dropLast: optional(boolean),
    shuffle: optional(boolean),
    shards: optional(checkShards),
    group: optional(checkGroup),
    optimizer: (value, name) => checkFitOptimizer(value === undefined ? 'adam' : value, name),
    classWeight: optional(checkClassWeight),
    validation: anything,
    validationSplit: optional(checkValidationSplit),
    metrics: withDefault(checkMetrics, []),
    earlyStopping: optional(checkEarlyStopping),
    signal: optional(checkSignal),
    onEpoch: optional(checkCallback) as Check<EpochCallback>,
    onBatch: optional(checkCallback) as Check<BatchCallback>,
    callbackEvery: withDefault(count, 1),
    checkpoint: optional(checkCheckpoint),
    ...stepChecks,
    maxTime: optional(number({ above: 0 })),
    stepsPerEpoch: optional(count),
    dropoutSchedule: optional(checkDropoutSchedule),
    warnings: withDefault(boolean, true),
  },
  { bare: true, habits: 'fit' },
);

/** The options that have no meaning where the data come as batches. */
const notForStreams = ['batchSize', 'dropLast', 'shuffle', 'validationSplit'] as const;

/** The options of `fit`, checked and with defaults. `stream` says whether the data are a stream of batches. */
export function checkFit(value: unknown, stream: boolean): CheckedFit {
  const options = checkOptions(value, 'options');
  const { lbfgs } = options.optimizer;
  if (lbfgs !== undefined) checkWithLbfgs(options, stream);
  const {
    batchSize = lbfgs === undefined ? 32 : maxCount, // all samples
    dropLast = false,
    shuffle = true,
    validation,
    validationSplit,
    earlyStopping,
    dropoutSchedule,
    ...rest
  } = options;
  const shards = shardsOf(options.shards, options.group);
  if (!stream && lbfgs === undefined && batchSize % shards !== 0) {
    throw wrongOption(`batchSize must be a multiple of shards (${shards}), so that each has as many rows, got ${batchSize}`);
  }
  checkWithGroup(options);
  if (stream) {
    const misplaced = notForStreams.find((name) => options[name] !== undefined);
    if (misplaced !== undefined) throw wrongOption(`${misplaced} does not go with a stream: its batches are trained on as they come`);
    if (rest.classWeight === 'balanced') {
      throw wrongOption('classWeight "balanced" does not go with a stream, whose classes cannot be counted before it: give the weights');
    }
  } else if (rest.stepsPerEpoch !== undefined) {
    throw wrongOption('stepsPerEpoch goes with a stream only: the epochs of { x, y } have all rows');
  }
  const isValidated = validation !== undefined || validationSplit !== undefined;
  const unmeasured = stream ? rest.metrics.filter((metric) => !isNative(metric)) : [];
  if (unmeasured.length > 0 && !isValidated) {
    throw wrongOption(`the metric "${unmeasured[0]?.name}" of a stream needs validation data: its own rows are not kept`);
  }
  if (validation !== undefined && validationSplit !== undefined) {
    throw wrongOption('validation and validationSplit exclude each other');
  }
  const partial = stream ? 'on a stream' : rest.group && 'in a group';
  const measured = { metrics: rest.metrics, validated: isValidated, partial } as const;
  const complete = (schedule: CheckedSchedule, name: string): CheckedSchedule => {
    if (stream && rest.stepsPerEpoch === undefined && schedule.per === 'step' && !isConstant(schedule)) {
      throw wrongOption(`${name} changes at each step, and needs stepsPerEpoch for a stream: how many steps there are is not known before`);
    }
    return completeSchedule(schedule, name, measured);
  };
  const { schedule, decaySchedule, ...optimizer } = rest.optimizer;
  const checked: CheckedFit = {
    ...rest,
    ...completeStep(rest),
    ...{ batchSize, dropLast, shuffle, shards, validation, validationSplit },
    optimizer: {
      ...optimizer,
      schedule: complete(schedule, 'optimizer.learningRate'),
      ...(decaySchedule && { decaySchedule: complete(decaySchedule, 'optimizer.weightDecay') }),
    },
  };
  if (earlyStopping !== undefined) checked.earlyStopping = completeEarlyStopping(earlyStopping, measured);
  if (dropoutSchedule !== undefined && !(isConstant(dropoutSchedule) && dropoutSchedule.initial === 1)) {
    checked.dropoutSchedule = complete(dropoutSchedule, 'dropoutSchedule');
  }
  return checked;
}
