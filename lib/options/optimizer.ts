import { wrongOption } from '../errors';
import type { NativeOptimizer } from '../native';
import { wrongCall } from './arguments';
import { boolean, type Check, number, object, oneOf, record, withDefault } from './check';
import { type CheckedSchedule, checkLearningRate, checkNoSchedule, checkWeightDecay, isConstant } from './schedule';
import type { Schedule } from './schedules';

const fraction = number({ min: 0, below: 1 });
const notNegative = number({ min: 0 });

/** The kinds of settings, with their checks by the default; a rate may be a schedule. */
const kinds = {
  rate: checkLearningRate,
  decay: checkWeightDecay,
  fraction: (byDefault: number) => withDefault(fraction, byDefault),
  notNegative: (byDefault: number) => withDefault(notNegative, byDefault),
  flag: (byDefault: boolean) => withDefault(boolean, byDefault),
};

/**
 * Every setting: its kind, and the optimizers that have it with their defaults. The types of the options, their checks and what crosses the
 * border follow from this table; native/kernels/settings.inc has the same names.
 */
const settings = {
  /** A number above 0, or a schedule (in `fit` only). Default 0.001 (`rmsprop`, `adagrad`: 0.01). */
  learningRate: { kind: 'rate', defaults: { sgd: 1e-3, adam: 1e-3, adamw: 1e-3, rmsprop: 1e-2, adagrad: 1e-2 } },
  /**
   * Strength of the L2 penalty, added to the gradient (`adamw`: decoupled from it): a number, 0 or more, or a schedule (in `fit` only).
   * Default 0 (`adamw`: 0.01).
   */
  weightDecay: { kind: 'decay', defaults: { sgd: 0, adam: 0, adamw: 1e-2, rmsprop: 0, adagrad: 0 } },
  /** From 0 to below 1. Default 0. */
  momentum: { kind: 'fraction', defaults: { sgd: 0, rmsprop: 0 } },
  /** Nesterov's momentum; needs `momentum`. Default false. */
  nesterov: { kind: 'flag', defaults: { sgd: false } },
  /** Decay of the mean of gradients, from 0 to below 1. Default 0.9. */
  beta1: { kind: 'fraction', defaults: { adam: 0.9, adamw: 0.9 } },
  /** Decay of the mean of squared gradients, from 0 to below 1. Default 0.999. */
  beta2: { kind: 'fraction', defaults: { adam: 0.999, adamw: 0.999 } },
  /** Decay of the mean of squared gradients, from 0 to below 1. Default 0.99. */
  alpha: { kind: 'fraction', defaults: { rmsprop: 0.99 } },
  /** Added to the denominator, 0 or more. Default 1e-8 (`adagrad`: 1e-10). */
  epsilon: { kind: 'notNegative', defaults: { adam: 1e-8, adamw: 1e-8, rmsprop: 1e-8, adagrad: 1e-10 } },
  /** Whether the gradient is normalised by an estimate of its variance. Default false. */
  centered: { kind: 'flag', defaults: { rmsprop: false } },
  /** The rate of step k (from 0) is `learningRate / (1 + k * learningRateDecay)`; 0 or more. Default 0. */
  learningRateDecay: { kind: 'notNegative', defaults: { adagrad: 0 } },
  /** The value that the sums of squared gradients start from; 0 or more. Default 0. */
  initialAccumulator: { kind: 'notNegative', defaults: { adagrad: 0 } },
} as const;

type Rows = typeof settings;

interface ValueOf {
  rate: number | Schedule;
  decay: number | Schedule;
  fraction: number;
  notNegative: number;
  flag: boolean;
}

/** The settings that an optimizer has. */
type SettingsOf<Type extends string> = {
  -readonly [Name in keyof Rows as Type extends keyof Rows[Name]['defaults'] ? Name : never]?: ValueOf[Rows[Name]['kind']];
};

/** Stochastic gradient descent. */
export interface SgdOptions extends SettingsOf<'sgd'> {
  type: 'sgd';
}

/** Adam (Kingma & Ba 2015). */
export interface AdamOptions extends SettingsOf<'adam'> {
  type: 'adam';
}

/** Adam with decoupled weight decay. */
export interface AdamWOptions extends SettingsOf<'adamw'> {
  type: 'adamw';
}

/** RMSprop (Tieleman & Hinton 2012). */
export interface RmspropOptions extends SettingsOf<'rmsprop'> {
  type: 'rmsprop';
}

/** Adagrad (Duchi et al. 2011). */
export interface AdagradOptions extends SettingsOf<'adagrad'> {
  type: 'adagrad';
}

/** An optimizer with its settings; names and defaults are PyTorch's. */
export type OptimizerOptions = SgdOptions | AdamOptions | AdamWOptions | RmspropOptions | AdagradOptions;

/** The name of an optimizer. */
export type OptimizerName = OptimizerOptions['type'];

/** An optimizer's name (with the default settings), or an object. */
export type Optimizer = OptimizerName | OptimizerOptions;

/** A checked optimizer. `settings.learningRate` and `settings.weightDecay` are the initial values of their schedules. */
export interface CheckedOptimizer {
  settings: NativeOptimizer;
  schedule: CheckedSchedule;
  /** Absent where the weight decay is constant. */
  decaySchedule?: CheckedSchedule;
}

/** The values that an optimizer's state array may have. */
export type StateArray = 'any' | 'notNegative';

/** A state array that is kept always, or only with a setting. */
interface StateArrayRow {
  values: StateArray;
  with?: keyof Rows;
}

/** The state arrays of each optimizer, in the order of native/kernels/optimizers.inc. */
const stateArrays: Record<OptimizerName, readonly StateArrayRow[]> = {
  sgd: [{ values: 'any', with: 'momentum' }],
  adam: [{ values: 'any' }, { values: 'notNegative' }],
  adamw: [{ values: 'any' }, { values: 'notNegative' }],
  rmsprop: [{ values: 'notNegative' }, { values: 'any', with: 'momentum' }, { values: 'any', with: 'centered' }],
  adagrad: [{ values: 'notNegative' }],
};

/** No optimizer has more. */
export const mostStateArrays: number = Math.max(...Object.values(stateArrays).map(({ length }) => length));

/** The arrays of an optimizer's state: each has a value for every parameter. */
export function stateArraysOf(optimizer: NativeOptimizer): StateArray[] {
  const kept = stateArrays[optimizer.type as OptimizerName].filter((row) => row.with === undefined || optimizer[row.with]);
  return kept.map(({ values }) => values);
}

export const optimizerNames: readonly OptimizerName[] = Object.keys(stateArrays) as OptimizerName[];

const optimizerName = oneOf(optimizerNames);

/** The check of each setting that an optimizer has. */
function checksOf(type: OptimizerName): Record<string, Check<unknown>> {
  const checks: Record<string, Check<unknown>> = { type: () => type };
  for (const [name, { kind, defaults }] of Object.entries(settings)) {
    const byDefault = (defaults as Partial<Record<OptimizerName, never>>)[type];
    if (byDefault !== undefined) checks[name] = kinds[kind](byDefault);
  }
  return checks;
}

type Given = NativeOptimizer & { learningRate: CheckedSchedule; weightDecay?: CheckedSchedule };

/** An optimizer's name or options, checked and with defaults. */
export const checkOptimizer: Check<CheckedOptimizer> = (value, name) => {
  const isName = typeof value !== 'object' || value === null;
  const type = isName ? optimizerName(value, name) : optimizerName(object(value, name).type, `${name}.type`);
  const { learningRate: schedule, weightDecay: decay, ...given } = record(checksOf(type))(isName ? {} : value, name) as unknown as Given;
  if (given.nesterov && given.momentum === 0) throw wrongOption(`${name}.nesterov needs ${name}.momentum above 0`);
  const settings = { ...given, type, learningRate: schedule.initial, ...(decay && { weightDecay: decay.initial }) };
  return { settings, schedule, ...(decay !== undefined && !isConstant(decay) && { decaySchedule: decay }) };
};

/** The same for a single step: the learning rate must be a number, as there are no epochs. */
export const checkStepOptimizer: Check<NativeOptimizer> = (value, name) => {
  const expected = 'the name or the options of an optimizer';
  if (typeof value === 'number' || value === undefined) throw wrongCall(name, expected, value, 'update(gradients, 0.1)');
  const { settings, schedule, decaySchedule } = checkOptimizer(value, name);
  checkNoSchedule(schedule, `${name}.learningRate`);
  if (decaySchedule !== undefined) checkNoSchedule(decaySchedule, `${name}.weightDecay`);
  return settings;
};
