import { wrongOption } from '../errors';
import type { NativeOptimizer } from '../native';
import { wrongCall } from './arguments';
import { boolean, type Check, type Checks, number, object, oneOf, record, withDefault } from './check';
import { type CheckedSchedule, checkLearningRate, type Schedule } from './schedule';

interface OptimizerBase {
  /** A number above 0, or a schedule (in `fit` only). */
  learningRate?: number | Schedule;
  /** Strength of the L2 penalty, added to the gradient (`adamw`: decoupled from it); 0 or more. Default 0 (`adamw`: 0.01). */
  weightDecay?: number;
}

/** Stochastic gradient descent. Default learning rate 0.001. */
export interface SgdOptions extends OptimizerBase {
  type: 'sgd';
  /** From 0 to below 1. Default 0. */
  momentum?: number;
  /** Nesterov's momentum; needs `momentum`. Default false. */
  nesterov?: boolean;
}

interface AdamBase extends OptimizerBase {
  /** Decay of the mean of gradients, from 0 to below 1. Default 0.9. */
  beta1?: number;
  /** Decay of the mean of squared gradients, from 0 to below 1. Default 0.999. */
  beta2?: number;
  /** Added to the denominator, 0 or more. Default 1e-8. */
  epsilon?: number;
}

/** Adam. Default learning rate 0.001. */
export interface AdamOptions extends AdamBase {
  type: 'adam';
}

/** Adam with decoupled weight decay. Default learning rate 0.001, default weight decay 0.01. */
export interface AdamWOptions extends AdamBase {
  type: 'adamw';
}

/** RMSprop. Default learning rate 0.01. */
export interface RmspropOptions extends OptimizerBase {
  type: 'rmsprop';
  /** Decay of the mean of squared gradients, from 0 to below 1. Default 0.99. */
  alpha?: number;
  /** Added to the denominator, 0 or more. Default 1e-8. */
  epsilon?: number;
  /** From 0 to below 1. Default 0. */
  momentum?: number;
  /** Whether the gradient is normalised by an estimate of its variance. Default false. */
  centered?: boolean;
}

/** Adagrad. Default learning rate 0.01. */
export interface AdagradOptions extends OptimizerBase {
  type: 'adagrad';
  /** The rate of step k (from 0) is `learningRate / (1 + k * learningRateDecay)`; 0 or more. Default 0. */
  learningRateDecay?: number;
  /** Where the sums of squared gradients start; 0 or more. Default 0. */
  initialAccumulator?: number;
  /** Added to the denominator, 0 or more. Default 1e-10. */
  epsilon?: number;
}

/** An optimizer with its settings; names and defaults are PyTorch's. */
export type OptimizerOptions = SgdOptions | AdamOptions | AdamWOptions | RmspropOptions | AdagradOptions;

/** The name of an optimizer. */
export type OptimizerName = OptimizerOptions['type'];

/** An optimizer's name (with the default settings), or an object. */
export type Optimizer = OptimizerName | OptimizerOptions;

/** A checked optimizer. `settings.learningRate` is the schedule's initial rate. */
export interface CheckedOptimizer {
  settings: NativeOptimizer;
  schedule: CheckedSchedule;
}

type Settings = Omit<NativeOptimizer, 'type'>;

/** Each optimizer's settings and their defaults. */
const optimizers: Record<OptimizerName, Partial<Settings>> = {
  sgd: { learningRate: 1e-3, weightDecay: 0, momentum: 0, nesterov: false },
  adam: { learningRate: 1e-3, weightDecay: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  adamw: { learningRate: 1e-3, weightDecay: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  rmsprop: { learningRate: 1e-2, weightDecay: 0, alpha: 0.99, epsilon: 1e-8, momentum: 0, centered: false },
  adagrad: { learningRate: 1e-2, weightDecay: 0, learningRateDecay: 0, initialAccumulator: 0, epsilon: 1e-10 },
};

const fraction = number({ min: 0, below: 1 });
const notNegative = number({ min: 0 });

/** What each setting must be, whichever optimizer has it. */
const settingChecks: Checks<Omit<Settings, 'learningRate'>> = {
  weightDecay: notNegative,
  momentum: fraction,
  nesterov: boolean,
  beta1: fraction,
  beta2: fraction,
  alpha: fraction,
  epsilon: notNegative,
  centered: boolean,
  learningRateDecay: notNegative,
  initialAccumulator: notNegative,
};

/** The values that an optimizer's state array may have. */
export type StateArray = 'any' | 'notNegative';

/** The arrays of each optimizer's state, as native/kernels/optimizers.inc has them. */
const stateArrays: Record<OptimizerName, (settings: Settings) => StateArray[]> = {
  sgd: ({ momentum }) => (momentum === 0 ? [] : ['any']),
  adam: () => ['any', 'notNegative'],
  adamw: () => ['any', 'notNegative'],
  rmsprop: ({ momentum, centered }) => ['notNegative', ...(momentum === 0 ? [] : ['any' as const]), ...(centered ? ['any' as const] : [])],
  adagrad: () => ['notNegative'],
};

/** No optimizer has more. */
export const mostStateArrays = 3;

/** The arrays of an optimizer's state: each has a value for every parameter. */
export function stateArraysOf(settings: NativeOptimizer): StateArray[] {
  return stateArrays[settings.type as OptimizerName](settings);
}

/** A setting that an optimizer does not have. */
const absent: Settings = {
  learningRate: 0,
  weightDecay: 0,
  momentum: 0,
  nesterov: false,
  beta1: 0,
  beta2: 0,
  alpha: 0,
  epsilon: 0,
  centered: false,
  learningRateDecay: 0,
  initialAccumulator: 0,
};

export const optimizerNames: readonly OptimizerName[] = Object.keys(optimizers) as OptimizerName[];

const optimizerName = oneOf(optimizerNames);

/** An optimizer's name or options, checked and with defaults. */
export const checkOptimizer: Check<CheckedOptimizer> = (value, name) => {
  const isName = typeof value !== 'object' || value === null;
  const type = isName ? optimizerName(value, name) : optimizerName(object(value, name).type, `${name}.type`);
  const { learningRate = 0, ...defaults } = optimizers[type];
  const checks: Record<string, Check<unknown>> = { type: () => type, learningRate: checkLearningRate(learningRate) };
  for (const [key, byDefault] of Object.entries(defaults)) {
    checks[key] = withDefault<unknown>(settingChecks[key as keyof typeof settingChecks], byDefault);
  }
  const given = record(checks)(isName ? {} : value, name) as Partial<Settings> & { learningRate: CheckedSchedule };
  const schedule = given.learningRate;
  const settings: NativeOptimizer = { ...absent, ...given, type, learningRate: schedule.initial };
  if (settings.nesterov && settings.momentum === 0) throw wrongOption(`${name}.nesterov needs ${name}.momentum above 0`);
  return { settings, schedule };
};

/** The same for a single step: the learning rate must be a number, as there are no epochs. */
export const checkStepOptimizer: Check<NativeOptimizer> = (value, name) => {
  const expected = 'the name or the options of an optimizer';
  if (typeof value === 'number' || value === undefined) throw wrongCall(name, expected, value, 'update(gradients, 0.1)');
  const { settings, schedule } = checkOptimizer(value, name);
  if (schedule.type !== 'constant' || schedule.warmup > 0) {
    throw wrongOption(`${name}.learningRate must be a number here: a schedule needs the epochs of fit`);
  }
  return settings;
};
