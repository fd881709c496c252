import type { MonitorName } from './metrics';

/**
 * The options of every schedule. Times count from 0 in epochs. `e` is the time less `warmup`. `t`, from 0 to 1, is the share that `e` has of the
 * epochs that the warm-up leaves.
 */
interface ScheduleBase {
  /** The value after the warm-up, above 0. Default: the optimizer's default; 1 for `dropoutSchedule`. */
  initial?: number;
  /**
   * Epochs of linear warm-up before the schedule proper, in which the value of epoch k is `initial * (k + 1) / (warmup + 1)`
   * (PyTorch: `LinearLR(start_factor=1 / (warmup + 1), total_iters=warmup)`). With `per: 'step'`, k and `warmup` are in steps, and
   * `warmup` may be a fraction of an epoch. Default 0.
   */
  warmup?: number;
  /**
   * `'epoch'`: the value is set at the start of each epoch. `'step'`: it is set at each step, where e is a fraction; a stream needs
   * `stepsPerEpoch` then. Default `'epoch'`; `'step'` for `oneCycle`, `coslog` and `flatCosine`.
   */
  per?: 'epoch' | 'step';
}

/** Always `initial`. */
export interface ConstantSchedule extends ScheduleBase {
  type: 'constant';
}

/** `initial * factor ^ floor(e / every)`: PyTorch's `StepLR`. */
export interface StepSchedule extends ScheduleBase {
  type: 'step';
  /** Epochs between two changes. */
  every: number;
  /** Above 0. Default 0.1. */
  factor?: number;
}

/** `initial * factor ^ m`, where m is the number of milestones that e has reached: PyTorch's `MultiStepLR`. */
export interface MultiStepSchedule extends ScheduleBase {
  type: 'multiStep';
  /** Epochs, above 0 and ascending. */
  milestones: readonly number[];
  /** Above 0. Default 0.1. */
  factor?: number;
}

/** `initial * factor ^ e`: PyTorch's `ExponentialLR`. */
export interface ExponentialSchedule extends ScheduleBase {
  type: 'exponential';
  /** Above 0. */
  factor: number;
}

/** `final + (initial - final) * (1 - e / epochs) ^ power` up to e = `epochs`, then `final`: PyTorch's `PolynomialLR`. */
export interface PolynomialSchedule extends ScheduleBase {
  type: 'polynomial';
  /** Above 0. Default 1: a straight line. */
  power?: number;
  /** Epochs from `initial` to `final`. Default: those of `fit` that the warm-up leaves. */
  epochs?: number;
  /** 0 or more. Default 0. */
  final?: number;
}

/**
 * `final + (initial - final) * (1 + cos(pi * e / epochs)) / 2` up to e = `epochs`, then `final`: PyTorch's `CosineAnnealingLR`, which
 * would rise again.
 */
export interface CosineSchedule extends ScheduleBase {
  type: 'cosine';
  /** Epochs from `initial` to `final`. Default: those of `fit` that the warm-up leaves. */
  epochs?: number;
  /** 0 or more. Default 0. */
  final?: number;
}

/**
 * Half cosines from `initial` to `final`, one after the other (SGDR, Loshchilov & Hutter 2017): PyTorch's `CosineAnnealingWarmRestarts`. The
 * first takes `period` epochs, and each of the others `periodFactor` times as many as the one before.
 */
export interface CosineRestartsSchedule extends ScheduleBase {
  type: 'cosineRestarts';
  /** Epochs. */
  period: number;
  /** A whole number, 1 or more. Default 1. */
  periodFactor?: number;
  /** 0 or more. Default 0. */
  final?: number;
}

/**
 * A half cosine from `peak / divisor` up to `peak`, which takes the share `rise` of the steps. Another leads down to
 * `peak / divisor / finalDivisor` at the last step. Smith & Topin 2018; PyTorch's `OneCycleLR`, but the momentum stays constant.
 */
export interface OneCycleSchedule extends Omit<ScheduleBase, 'initial'> {
  type: 'oneCycle';
  /** The largest value, above 0. Default: the optimizer's default. */
  peak?: number;
  /** Above 0 and below 1. Default 0.3. */
  rise?: number;
  /** 1 or more. Default 25. */
  divisor?: number;
  /** 1 or more. Default 1e4. */
  finalDivisor?: number;
}

/** `initial * (1 - cos(2 pi * log2(1 + (2 ^ cycles - 1) * t))) / 2`: from 0 to 0, each cycle twice as long as the one before (RealMLP). */
export interface CoslogSchedule extends ScheduleBase {
  type: 'coslog';
  /** From 1 to 30. Default 4. */
  cycles?: number;
}

/** `initial` up to t = 1 / 2, then `initial * (1 + cos(pi * (2 t - 1))) / 2` (RealMLP, for dropout and weight decay). */
export interface FlatCosineSchedule extends ScheduleBase {
  type: 'flatCosine';
}

/**
 * The value is multiplied by `factor` after more than `patience` epochs in a row in which a quantity has not improved. It stays for `cooldown`
 * epochs then. PyTorch's `ReduceLROnPlateau`. A resumed training has the same state, which follows from the history.
 */
export interface PlateauSchedule extends Omit<ScheduleBase, 'per'> {
  type: 'plateau';
  /** Default `'val_loss'` with validation data, else `'loss'`. */
  monitor?: MonitorName | (string & {});
  /** Whether smaller or larger is better. Default `'max'` for accuracy, else `'min'`. */
  mode?: 'min' | 'max';
  /** Above 0 and below 1. Default 0.1. */
  factor?: number;
  /** Epochs, 0 or more. Default 10. */
  patience?: number;
  /** An improvement is a change by more than this share of the best value; 0 or more. Default 1e-4. */
  threshold?: number;
  /** Epochs, 0 or more. Default 0. */
  cooldown?: number;
  /** The value never falls below this; 0 or more. Default 0. */
  min?: number;
}

/**
 * The value of each step by a function of your own. `step` counts from 0 over the whole training, and `progress` from 0 to below 1. It is
 * called ahead of the steps, and again for epochs of a checkpoint: it must depend on nothing but its arguments.
 */
export type ScheduleFunction = (step: number, progress: number) => number;

/** The name of a schedule. */
export type ScheduleName = Exclude<Schedule, ScheduleFunction>['type'];

/** A learning rate, weight decay or share of the dropout that changes during the training. */
export type Schedule =
  | ConstantSchedule
  | StepSchedule
  | MultiStepSchedule
  | ExponentialSchedule
  | PolynomialSchedule
  | CosineSchedule
  | CosineRestartsSchedule
  | OneCycleSchedule
  | CoslogSchedule
  | FlatCosineSchedule
  | PlateauSchedule
  | ScheduleFunction;
