import { wrongOption, wrongValue } from '../errors';
import { type Check, elements, integer, isCallable, number, object, oneOf, optional, record, withDefault } from './check';
import { cosPi, log2, power } from './elementary';
import { checkMonitor } from './monitor';
import type { ScheduleFunction, ScheduleName } from './schedules';

/** Where a schedule stands, the warm-up over. */
export interface ScheduleTime {
  /** Epochs since the warm-up: a fraction where the value is set at each step. */
  epochs: number;
  /** The epochs of `fit` that the warm-up leaves. */
  of: number;
  /** The same in steps, or in epochs where the value is set at their starts. */
  tick: number;
  ticks: number;
  /** How often a plateau has reduced the value. */
  reductions: number;
}

/** A checked schedule: every default is filled in, but `epochs`, which is `fit`'s. */
export interface CheckedSchedule {
  type: ScheduleName | 'function';
  initial: number;
  warmup: number;
  per: 'epoch' | 'step';
  /** Of a plateau; `fit` completes it. */
  monitor?: string;
  mode?: 'min' | 'max';
  /** Of a function. */
  value?: ScheduleFunction;
  [setting: string]: unknown;
}

/** All settings that a formula may read; each schedule has some of them. */
interface Settings {
  initial: number;
  every: number;
  factor: number;
  milestones: readonly number[];
  power: number;
  epochs: number | undefined;
  final: number;
  period: number;
  periodFactor: number;
  rise: number;
  divisor: number;
  finalDivisor: number;
  cycles: number;
  min: number;
}

interface Row {
  /** The settings besides those of every schedule. */
  settings: Record<string, Check<unknown>>;
  /** The default. */
  per: 'epoch' | 'step';
  /** Whether the value depends on the epochs of `fit`, unless there is a setting `epochs`. */
  wholeTraining?: true;
  /** Whether the value depends on what was measured, so that it cannot be set within an epoch. */
  measures?: true;
  /** The name of the setting that takes the place of `initial`. */
  initialIs?: string;
  at(settings: Settings, time: ScheduleTime): number;
}

const positive = number({ above: 0 });
const notNegative = number({ min: 0 });
const epochs = integer({ min: 1 });

const checkMilestones: Check<readonly number[]> = (value, name) => {
  const expected = 'an array of ascending epochs, above 0';
  const milestones = elements(value, name, expected, epochs);
  if (milestones.some((epoch, index) => index > 0 && epoch <= (milestones[index - 1] as number))) throw wrongValue(name, expected, value);
  return milestones;
};

/** The half cosine from `from` at 0 to `to` at 1. */
const halfCosine = (from: number, to: number, progress: number): number => to + ((from - to) * (1 + cosPi(progress))) / 2;

/** PyTorch's smallest change of a rate on a plateau. */
const smallestReduction = 1e-8;

/** Every schedule: its settings with their checks, and its formula. */
const rows: Record<ScheduleName, Row> = {
  constant: { settings: {}, per: 'epoch', at: ({ initial }) => initial },
  step: {
    settings: { every: epochs, factor: withDefault(positive, 0.1) },
    per: 'epoch',
    at: ({ initial, every, factor }, time) => initial * power(factor, Math.floor(time.epochs / every)),
  },
  multiStep: {
    settings: { milestones: checkMilestones, factor: withDefault(positive, 0.1) },
    per: 'epoch',
    at: ({ initial, milestones, factor }, time) => initial * power(factor, milestones.filter((epoch) => epoch <= time.epochs).length),
  },
  exponential: {
    settings: { factor: positive },
    per: 'epoch',
    at: ({ initial, factor }, time) => initial * power(factor, time.epochs),
  },
  polynomial: {
    settings: { power: withDefault(positive, 1), epochs: optional(epochs), final: withDefault(notNegative, 0) },
    per: 'epoch',
    wholeTraining: true,
    at: ({ initial, power: exponent, epochs, final }, time) =>
      final + (initial - final) * power(1 - Math.min(time.epochs / (epochs ?? time.of), 1), exponent),
  },
  cosine: {
    settings: { epochs: optional(epochs), final: withDefault(notNegative, 0) },
    per: 'epoch',
    wholeTraining: true,
    at: ({ initial, epochs, final }, time) => halfCosine(initial, final, Math.min(time.epochs / (epochs ?? time.of), 1)),
  },
  cosineRestarts: {
    settings: { period: epochs, periodFactor: withDefault(integer({ min: 1 }), 1), final: withDefault(notNegative, 0) },
    per: 'epoch',
    at: ({ initial, period, periodFactor, final }, time) => {
      const cycle = cycleAt(time.epochs, period, periodFactor);
      return halfCosine(initial, final, cycle.time / cycle.period);
    },
  },
  oneCycle: {
    settings: {
      rise: withDefault(number({ above: 0, below: 1 }), 0.3),
      divisor: withDefault(number({ min: 1 }), 25),
      finalDivisor: withDefault(number({ min: 1 }), 1e4),
    },
    per: 'step',
    wholeTraining: true,
    initialIs: 'peak',
    at: ({ initial: peak, rise, divisor, finalDivisor }, { tick, ticks }) => {
      const top = rise * ticks - 1;
      const first = peak / divisor;
      if (tick <= top && top > 0) return halfCosine(first, peak, tick / top);
      const [begin, end] = [Math.max(top, 0), ticks - 1];
      return halfCosine(peak, first / finalDivisor, end > begin ? (tick - begin) / (end - begin) : 0);
    },
  },
  coslog: {
    settings: { cycles: withDefault(integer({ min: 1, max: 30 }), 4) },
    per: 'step',
    wholeTraining: true,
    at: ({ initial, cycles }, time) => initial * (0.5 - 0.5 * cosPi(2 * log2(1 + (power(2, cycles) - 1) * (time.epochs / time.of)))),
  },
  flatCosine: {
    settings: {},
    per: 'step',
    wholeTraining: true,
    at: ({ initial }, time) => halfCosine(initial, 0, Math.max(0, (2 * time.epochs) / time.of - 1)),
  },
  plateau: {
    settings: {
      monitor: optional(checkMonitor),
      mode: optional(oneOf(['min', 'max'])),
      factor: withDefault(number({ above: 0, below: 1 }), 0.1),
      patience: withDefault(integer({ min: 0 }), 10),
      threshold: withDefault(notNegative, 1e-4),
      cooldown: withDefault(integer({ min: 0 }), 0),
      min: withDefault(notNegative, 0),
    },
    per: 'epoch',
    measures: true,
    at: ({ initial, factor, min }, { reductions }) => {
      let value = initial;
      for (let i = 0; i < reductions; i++) {
        const reduced = Math.max(value * factor, min);
        if (value - reduced > smallestReduction) value = reduced;
      }
      return value;
    },
  },
};

/** The cycle of restarts that a time is in: its length, and the time since its start. */
function cycleAt(time: number, first: number, factor: number): { time: number; period: number } {
  if (factor === 1) return { time: time - first * Math.floor(time / first), period: first };
  let [rest, period] = [time, first];
  for (; rest >= period; period *= factor) rest -= period;
  return { time: rest, period };
}

const scheduleType = oneOf(Object.keys(rows) as ScheduleName[]);

/** A quantity that may have a schedule: its default, and the values that it may have. */
export interface Scheduled {
  byDefault: number;
  /** Of a number, and of `initial`. */
  value: Check<number>;
  /** The setting `final`, which may be 0. */
  final: Check<number>;
}

/** A quantity: a number, a schedule or a function. Undefined gives the default. */
export function checkScheduled({ byDefault, value: check, final }: Scheduled): Check<CheckedSchedule> {
  return (value, name) => {
    if (isCallable(value)) {
      const own = value as ScheduleFunction;
      const result = (step: number, progress: number): number => check(own(step, progress), `the result of ${name}(${step}, ${progress})`);
      return { type: 'function', initial: byDefault, warmup: 0, per: 'step', value: result };
    }
    if (typeof value !== 'object' || value === null) {
      return { type: 'constant', initial: value === undefined ? byDefault : check(value, name), warmup: 0, per: 'epoch' };
    }
    const type = scheduleType(object(value, name).type, `${name}.type`);
    const { settings, per, measures, initialIs = 'initial' } = rows[type];
    const checkPer = withDefault(oneOf(measures ? ['epoch'] : ['epoch', 'step']), per);
    let warming = integer({ min: 0 });
    const checks: Record<string, Check<unknown>> = {
      type: () => type,
      [initialIs]: withDefault(check, byDefault),
      per: (given, path) => {
        const checked = checkPer(given, path);
        if (checked === 'step') warming = notNegative;
        return checked;
      },
      warmup: (given, path) => (given === undefined ? 0 : warming(given, path)),
      ...settings,
      ...('final' in settings && { final: withDefault(final, 0) }),
    };
    const { [initialIs]: initial, ...checked } = record(checks)(value, name) as Record<string, unknown>;
    return { ...checked, initial } as CheckedSchedule;
  };
}

/** A learning rate: a number, or a schedule. Undefined gives the optimizer's default. */
export function checkLearningRate(byDefault: number): Check<CheckedSchedule> {
  return checkScheduled({ byDefault, value: positive, final: notNegative });
}

/** A strength of weight decay, likewise. */
export function checkWeightDecay(byDefault: number): Check<CheckedSchedule> {
  return checkScheduled({ byDefault, value: notNegative, final: notNegative });
}

const share = number({ min: 0, max: 1 });

/** The share that the rates of all dropout layers are multiplied by. */
export const checkDropoutSchedule: Check<CheckedSchedule> = checkScheduled({ byDefault: 1, value: share, final: share });

/** Whether the value is the same for the whole training. */
export function isConstant({ type, warmup }: CheckedSchedule): boolean {
  return type === 'constant' && warmup === 0;
}

/** Whether the value depends on what was measured after the epochs before. */
export function measures({ type }: CheckedSchedule): boolean {
  return type !== 'function' && rows[type].measures === true;
}

/** The schedule with the number of epochs that it takes in a training of `epochs`. */
export function withEpochs(schedule: CheckedSchedule, epochs: number): CheckedSchedule {
  const whole = schedule.type === 'function' || rows[schedule.type].wholeTraining;
  return whole ? { ...schedule, epochs: schedule.epochs ?? epochs - schedule.warmup } : schedule;
}

/** The value of a schedule other than a function, the warm-up over. */
export function scheduledValue(schedule: CheckedSchedule, time: ScheduleTime): number {
  return rows[schedule.type as ScheduleName].at(schedule as unknown as Settings, time);
}

/** Refuses a step of its own: it has no epochs. */
export function checkNoSchedule(schedule: CheckedSchedule, name: string): void {
  if (!isConstant(schedule)) throw wrongOption(`${name} must be a number here: a schedule needs the epochs of fit`);
}
