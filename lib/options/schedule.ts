import { type Check, integer, number, object, oneOf, optional, record, withDefault } from './check';

/** The options of every schedule. Epochs count from 0 in the formulas; `e` is the epoch less `warmup`. */
interface ScheduleBase {
  /** The learning rate after the warm-up, above 0. Default: the optimizer's default. */
  initial?: number;
  /**
   * Epochs of linear warm-up before the schedule proper, in which the rate of epoch k is `initial * (k + 1) / (warmup + 1)`
   * (PyTorch: `LinearLR(start_factor=1 / (warmup + 1), total_iters=warmup)`). Default 0.
   */
  warmup?: number;
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

/** `initial * factor ^ e`: PyTorch's `ExponentialLR`. */
export interface ExponentialSchedule extends ScheduleBase {
  type: 'exponential';
  /** Above 0. */
  factor: number;
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

/** A learning rate that changes from epoch to epoch; it is set at the start of each epoch. */
export type Schedule = ConstantSchedule | StepSchedule | ExponentialSchedule | CosineSchedule;

/** A checked schedule: every default is filled in, but `epochs`, which is `fit`'s. */
export type CheckedSchedule = Schedule & { initial: number; warmup: number };

const positive = number({ above: 0 });
const epochs = integer({ min: 1 });

/** The settings of each schedule besides `initial` and `warmup`. */
const scheduleChecks: Record<Schedule['type'], Record<string, Check<unknown>>> = {
  constant: {},
  step: { every: epochs, factor: withDefault(positive, 0.1) },
  exponential: { factor: positive },
  cosine: { epochs: optional(epochs), final: withDefault(number({ min: 0 }), 0) },
};

const scheduleType = oneOf(Object.keys(scheduleChecks) as Schedule['type'][]);

/** A learning rate: a number, or a schedule. Undefined gives the optimizer's default. */
export function checkLearningRate(defaultRate: number): Check<CheckedSchedule> {
  return (value, name) => {
    if (typeof value !== 'object' || value === null) {
      return { type: 'constant', initial: value === undefined ? defaultRate : positive(value, name), warmup: 0 };
    }
    const type = scheduleType(object(value, name).type, `${name}.type`);
    const checks = {
      type: () => type,
      initial: withDefault(positive, defaultRate),
      warmup: withDefault(integer({ min: 0 }), 0),
      ...scheduleChecks[type],
    };
    return record(checks)(value, name) as CheckedSchedule;
  };
}
