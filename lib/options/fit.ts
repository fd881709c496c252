import { wrongOption, wrongType } from '../errors';
import { anything, boolean, type Check, integer, isCallable, isRevoked, number, oneOf, optional, record, withDefault } from './check';
import { type CheckedCheckpoint, type CheckpointOptions, checkCheckpoint } from './checkpoint';
import { betterOf, checkMetrics, type MetricName, type MonitorName, monitorNames } from './metrics';
import { type CheckedOptimizer, checkOptimizer, type Optimizer } from './optimizer';
import { type CheckedStep, completeStep, type StepOptions, stepChecks } from './step';

/** Stops training when a quantity stops getting better, or is good enough. */
export interface EarlyStoppingOptions {
  /** Default `'val_loss'` with validation data, else `'loss'`. */
  monitor?: MonitorName;
  /** Training stops as soon as the quantity is as good as this, or better: `{ monitor: 'val_accuracy', target: 0.98 }`. Default: never. */
  target?: number;
  /**
   * Training stops after this many epochs in a row without improvement (0 is the same as 1). Default 0; with `target`, training does not
   * stop for want of improvement unless `patience` is given.
   */
  patience?: number;
  /** An improvement is a change of more than this; 0 or more. Default 0. */
  minDelta?: number;
  /** Whether smaller or larger is better. Default `'max'` for accuracy, else `'min'`. */
  mode?: 'min' | 'max';
  /** Whether the network gets the weights of the best epoch when training ends. Default false. */
  restoreBest?: boolean;
}

/** The argument of `onEpoch`: the numbers of the epoch just completed. */
export interface EpochInfo extends Partial<Record<MonitorName, number>> {
  /** Epochs completed so far; the first call has 1. */
  epoch: number;
  /** The epochs asked for. */
  epochs: number;
  /** Mean loss over the epoch's samples, each measured before its own batch's update. */
  loss: number;
  /** The rate this epoch was trained with. */
  learningRate: number;
  /** Seconds since `fit` began. */
  seconds: number;
}

/** Called after an epoch. Training waits for a promise; it ends when the result is `false`, and nothing else matters. */
export type EpochCallback = (info: EpochInfo) => unknown;

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
  /** Default `'adam'`. */
  optimizer?: Optimizer;
  /** Data to evaluate after every epoch: `{ x, y }`. */
  validation?: V;
  /** The share of samples to use as validation data, above 0 and below 1: the last ones, before any shuffling. Not for streams. */
  validationSplit?: number;
  /** The quantities to measure besides the loss. Default none. */
  metrics?: readonly MetricName[];
  earlyStopping?: EarlyStoppingOptions;
  /** Stops training within one batch: `fit` rejects with an `AbortError`, and the network keeps the last completed epoch's weights. */
  signal?: AbortSignal;
  /** Called after an epoch; may return `false`, or a promise of it, to stop. */
  onEpoch?: EpochCallback;
  /** The number of epochs from one call of `onEpoch` to the next; the last epoch has one, too. More than 1 makes tiny networks much faster. Default 1. */
  callbackEvery?: number;
  /** Saves the training after epochs, and resumes one that was cut off. */
  checkpoint?: CheckpointOptions;
}

export interface CheckedEarlyStopping {
  monitor: MonitorName;
  target?: number | undefined;
  /** Undefined: no number of epochs without improvement stops training. */
  patience?: number | undefined;
  minDelta: number;
  mode: 'min' | 'max';
  restoreBest: boolean;
}

/** Checked options of `fit`; validation data are still as they came. */
export interface CheckedFit extends CheckedStep {
  epochs: number;
  batchSize: number;
  dropLast: boolean;
  shuffle: boolean;
  optimizer: CheckedOptimizer;
  validation?: unknown;
  validationSplit?: number | undefined;
  metrics: readonly MetricName[];
  earlyStopping?: CheckedEarlyStopping | undefined;
  signal?: Signal | undefined;
  onEpoch?: EpochCallback | undefined;
  callbackEvery: number;
  checkpoint?: CheckedCheckpoint | undefined;
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

const checkCallback: Check<EpochCallback> = (value, name) => {
  if (!isCallable(value)) throw wrongType(name, 'a function', value);
  return value as EpochCallback;
};

type GivenEarlyStopping = Omit<CheckedEarlyStopping, 'monitor' | 'mode'> & Pick<EarlyStoppingOptions, 'monitor' | 'mode'>;

const checkEarlyStopping = record<GivenEarlyStopping>(
  {
    monitor: optional(oneOf(monitorNames)) as Check<MonitorName>,
    target: optional(number()),
    patience: optional(integer({ min: 0 })),
    minDelta: withDefault(number({ min: 0 }), 0),
    mode: optional(oneOf(['min', 'max'])) as Check<'min' | 'max'>,
    restoreBest: withDefault(boolean, false),
  },
  { habits: 'earlyStopping' },
);

type GivenFit = Omit<CheckedFit, 'batchSize' | 'dropLast' | 'shuffle' | 'earlyStopping'> & {
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
    optimizer: (value, name) => checkOptimizer(value === undefined ? 'adam' : value, name),
    validation: anything,
    validationSplit: optional(number({ above: 0, below: 1 })),
    metrics: withDefault(checkMetrics, []),
    earlyStopping: optional(checkEarlyStopping),
    signal: optional(checkSignal),
    onEpoch: optional(checkCallback),
    callbackEvery: withDefault(count, 1),
    checkpoint: optional(checkCheckpoint),
    ...stepChecks,
  },
  { bare: true, habits: 'fit' },
);

/** The options that have no meaning where the data come as batches. */
const notForStreams = ['batchSize', 'dropLast', 'shuffle', 'validationSplit'] as const;

/** The options of `fit`, checked and with defaults. `stream` says whether the data are a stream of batches. */
export function checkFit(value: unknown, stream: boolean): CheckedFit {
  const options = checkOptions(value, 'options');
  const { batchSize = 32, dropLast = false, shuffle = true, validation, validationSplit, earlyStopping, ...rest } = options;
  if (stream) {
    const misplaced = notForStreams.find((name) => options[name] !== undefined);
    if (misplaced !== undefined) throw wrongOption(`${misplaced} does not go with a stream: its batches are trained on as they come`);
  }
  if (validation !== undefined && validationSplit !== undefined) {
    throw wrongOption('validation and validationSplit exclude each other');
  }
  const checked: CheckedFit = { ...rest, ...completeStep(rest), batchSize, dropLast, shuffle, validation, validationSplit };
  if (earlyStopping !== undefined) {
    checked.earlyStopping = completeEarlyStopping(earlyStopping, rest.metrics, validation !== undefined || validationSplit !== undefined);
  }
  return checked;
}

function completeEarlyStopping(given: GivenEarlyStopping, metrics: readonly MetricName[], validated: boolean): CheckedEarlyStopping {
  const monitor = given.monitor ?? (validated ? 'val_loss' : 'loss');
  const [quantity, ofValidation] = monitor.startsWith('val_') ? [monitor.slice(4), true] : [monitor, false];
  if (ofValidation && !validated) {
    throw wrongOption(`earlyStopping.monitor "${monitor}" needs validation data: give validation or validationSplit`);
  }
  if (quantity !== 'loss' && !metrics.some((name) => name === quantity)) {
    throw wrongOption(`earlyStopping.monitor "${monitor}" needs metrics to have "${quantity}"`);
  }
  const patience = given.patience ?? (given.target === undefined ? 0 : undefined);
  return { ...given, monitor, patience, mode: given.mode ?? betterOf(monitor) };
}
