import { wrongOption } from '../errors';
import type { NativeLbfgs, NativeOptimizer } from '../native';
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
  smaller: (byDefault: number) => withDefault(number({ above: 0, below: 1 }), byDefault),
  larger: (byDefault: number) => withDefault(number({ above: 1 }), byDefault),
  positive: (byDefault: number) => withDefault(number({ above: 0 }), byDefault),
  flag: (byDefault: boolean) => withDefault(boolean, byDefault),
  /** A flag that is absent where it is off, as in checkpoints that are older than it. */
  optIn:
    (_: false): Check<true | undefined> =>
    (value, name) =>
      (value !== undefined && boolean(value, name)) || undefined,
};

/**
 * Every setting: its kind, and the optimizers that have it with their defaults. The types of the options, their checks and what crosses the
 * border follow from this table; native/kernels/settings.inc has the same names.
 */
const settings = {
  /**
   * A number above 0, or a schedule (in `fit` only). Default 0.001 (`rmsprop`, `adagrad`, `rprop`: 0.01; `nadam`, `adamax`: 0.002; `adadelta`:
   * 1; `lion`: 0.0001). `rprop` takes its first rate for the size of the first step, and no later one.
   */
  learningRate: {
    kind: 'rate',
    defaults: {
      sgd: 1e-3,
      adam: 1e-3,
      adamw: 1e-3,
      rmsprop: 1e-2,
      adagrad: 1e-2,
      nadam: 2e-3,
      radam: 1e-3,
      adamax: 2e-3,
      adadelta: 1,
      rprop: 1e-2,
      lion: 1e-4,
    },
  },
  /**
   * Strength of the L2 penalty, added to the gradient (`adamw`, `lion`: decoupled from it): a number, 0 or more, or a schedule (in `fit` only).
   * Default 0 (`adamw`: 0.01).
   */
  weightDecay: {
    kind: 'decay',
    defaults: { sgd: 0, adam: 0, adamw: 1e-2, rmsprop: 0, adagrad: 0, nadam: 0, radam: 0, adamax: 0, adadelta: 0, lion: 0 },
  },
  /** From 0 to below 1. Default 0. */
  momentum: { kind: 'fraction', defaults: { sgd: 0, rmsprop: 0 } },
  /** Nesterov's momentum; needs `momentum`. Default false. */
  nesterov: { kind: 'flag', defaults: { sgd: false } },
  /** Decay of the mean of gradients, from 0 to below 1. Default 0.9. */
  beta1: { kind: 'fraction', defaults: { adam: 0.9, adamw: 0.9, nadam: 0.9, radam: 0.9, adamax: 0.9, lion: 0.9 } },
  /**
   * Decay of the mean of squared gradients (`adamax`: of the largest gradient; `lion`: of the mean of gradients that is kept, where `beta1`
   * is that of the one it steps by), from 0 to below 1. Default 0.999 (`lion`: 0.99).
   */
  beta2: { kind: 'fraction', defaults: { adam: 0.999, adamw: 0.999, nadam: 0.999, radam: 0.999, adamax: 0.999, lion: 0.99 } },
  /** Decay of the mean of squared gradients, from 0 to below 1. Default 0.99. */
  alpha: { kind: 'fraction', defaults: { rmsprop: 0.99 } },
  /** Added to the denominator, 0 or more. Default 1e-8 (`adagrad`: 1e-10; `adadelta`: 1e-6, under the roots). */
  epsilon: {
    kind: 'notNegative',
    defaults: { adam: 1e-8, adamw: 1e-8, rmsprop: 1e-8, adagrad: 1e-10, nadam: 1e-8, radam: 1e-8, adamax: 1e-8, adadelta: 1e-6 },
  },
  /** Whether the gradient is normalised by an estimate of its variance. Default false. */
  centered: { kind: 'flag', defaults: { rmsprop: false } },
  /** The rate of step k (from 0) is `learningRate / (1 + k * learningRateDecay)`; 0 or more. Default 0. */
  learningRateDecay: { kind: 'notNegative', defaults: { adagrad: 0 } },
  /** The value that the sums of squared gradients start from; 0 or more. Default 0. */
  initialAccumulator: { kind: 'notNegative', defaults: { adagrad: 0 } },
  /** Whether the largest mean square so far takes the place of the last one (AMSGrad: Reddi, Kale & Kumar 2018). Default false. */
  amsgrad: { kind: 'optIn', defaults: { adam: false, adamw: false } },
  /** How fast the momentum rises to `beta1`: that of step t is `beta1 * (1 - 0.96^(t * momentumDecay) / 2)`; 0 or more. Default 0.004. */
  momentumDecay: { kind: 'notNegative', defaults: { nadam: 4e-3 } },
  /** Decay of the means of squared gradients and of squared steps, from 0 to below 1. Default 0.9. */
  rho: { kind: 'fraction', defaults: { adadelta: 0.9 } },
  /** The factor of a step's size where the gradient has changed its sign; above 0 and below 1. Default 0.5. */
  etaMinus: { kind: 'smaller', defaults: { rprop: 0.5 } },
  /** The factor of a step's size where the gradient has kept its sign; above 1. Default 1.2. */
  etaPlus: { kind: 'larger', defaults: { rprop: 1.2 } },
  /** The least size of a step; above 0. Default 1e-6. */
  minStep: { kind: 'positive', defaults: { rprop: 1e-6 } },
  /** The largest size of a step; at least `minStep`. Default 50. */
  maxStep: { kind: 'positive', defaults: { rprop: 50 } },
} as const;

type Rows = typeof settings;

interface ValueOf {
  rate: number | Schedule;
  decay: number | Schedule;
  fraction: number;
  notNegative: number;
  smaller: number;
  larger: number;
  positive: number;
  flag: boolean;
  optIn: boolean;
}

/** The settings that an optimizer has. */
type SettingsOf<Type extends string> = {
  -readonly [Name in keyof Rows as Type extends keyof Rows[Name]['defaults'] ? Name : never]?: ValueOf[Rows[Name]['kind']];
} & (Type extends keyof Rows['weightDecay']['defaults'] ? DecayOptions : unknown);

/** The tensors that weight decay acts on: all of them, as in PyTorch, or those called `weights`: no bias, scale, embedding or frequency. */
export type Decays = 'all' | 'weights';

interface DecayOptions {
  /** The tensors that `weightDecay` acts on: `'all'`, or `'weights'`: no biases, scales, embeddings or frequencies. Default `'all'`. */
  decays?: Decays;
}

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

/** Adam with Nesterov's momentum (Dozat 2016). */
export interface NadamOptions extends SettingsOf<'nadam'> {
  type: 'nadam';
}

/** Adam with a rectified rate at the beginning (Liu et al. 2020). */
export interface RadamOptions extends SettingsOf<'radam'> {
  type: 'radam';
}

/** Adam by the largest gradients (Kingma & Ba 2015, algorithm 2). */
export interface AdamaxOptions extends SettingsOf<'adamax'> {
  type: 'adamax';
}

/** Adadelta (Zeiler 2012). */
export interface AdadeltaOptions extends SettingsOf<'adadelta'> {
  type: 'adadelta';
}

/** Resilient backpropagation (Riedmiller & Braun 1993): steps by the gradients' signs alone. For batches of all samples. */
export interface RpropOptions extends SettingsOf<'rprop'> {
  type: 'rprop';
}

/** Lion (Chen et al. 2023): steps by the sign of a mean of gradients. */
export interface LionOptions extends SettingsOf<'lion'> {
  type: 'lion';
}

/** An optimizer with its settings; names and defaults are PyTorch's, those of `lion` are its paper's. */
export type OptimizerOptions =
  | SgdOptions
  | AdamOptions
  | AdamWOptions
  | RmspropOptions
  | AdagradOptions
  | NadamOptions
  | RadamOptions
  | AdamaxOptions
  | AdadeltaOptions
  | RpropOptions
  | LionOptions;

/** The name of an optimizer. */
export type OptimizerName = OptimizerOptions['type'];

/** An optimizer's name (with the default settings), or an object. */
export type Optimizer = OptimizerName | OptimizerOptions;

/** A checked optimizer. `settings.learningRate` and `settings.weightDecay` are the initial values of their schedules. */
export interface CheckedOptimizer {
  settings: NativeOptimizer;
  schedule: CheckedSchedule;
  /** Absent: all. */
  decays?: 'weights';
  /** Takes the steps in the optimizer's place. */
  lbfgs?: NativeLbfgs;
  /** Absent where the weight decay is constant. */
  decaySchedule?: CheckedSchedule;
}

/** The values that an optimizer's state array may have. */
export type StateArray = 'any' | 'notNegative' | 'positive';

/** A state array that is kept always, or only with a setting. */
interface StateArrayRow {
  values: StateArray;
  with?: keyof Rows;
}

/** The state arrays of each optimizer, in the order of native/kernels/optimizers.inc. */
const stateArrays: Record<OptimizerName, readonly StateArrayRow[]> = {
  sgd: [{ values: 'any', with: 'momentum' }],
  adam: [{ values: 'any' }, { values: 'notNegative' }, { values: 'notNegative', with: 'amsgrad' }],
  adamw: [{ values: 'any' }, { values: 'notNegative' }, { values: 'notNegative', with: 'amsgrad' }],
  rmsprop: [{ values: 'notNegative' }, { values: 'any', with: 'momentum' }, { values: 'any', with: 'centered' }],
  adagrad: [{ values: 'notNegative' }],
  nadam: [{ values: 'any' }, { values: 'notNegative' }],
  radam: [{ values: 'any' }, { values: 'notNegative' }],
  adamax: [{ values: 'any' }, { values: 'notNegative' }],
  adadelta: [{ values: 'notNegative' }, { values: 'notNegative' }],
  rprop: [{ values: 'any' }, { values: 'positive' }],
  lion: [{ values: 'any' }],
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
const decaysName = oneOf<Decays>(['all', 'weights']);

/** The check of each setting that an optimizer has. */
function checksOf(type: OptimizerName): Record<string, Check<unknown>> {
  const checks: Record<string, Check<unknown>> = { type: () => type };
  for (const [name, { kind, defaults }] of Object.entries(settings)) {
    const byDefault = (defaults as Partial<Record<OptimizerName, never>>)[type];
    if (byDefault !== undefined) checks[name] = kinds[kind](byDefault);
  }
  if ('weightDecay' in checks) {
    checks.decays = (value, name) => (value === undefined || decaysName(value, name) === 'all' ? undefined : 'weights');
  }
  return checks;
}

type Given = NativeOptimizer & { learningRate: CheckedSchedule; weightDecay?: CheckedSchedule; decays: 'weights' | undefined };

/** An optimizer's name or options, checked and with defaults. */
export const checkOptimizer: Check<CheckedOptimizer> = (value, name) => {
  const isName = typeof value !== 'object' || value === null;
  const type = isName ? optimizerName(value, name) : optimizerName(object(value, name).type, `${name}.type`);
  const checked = record(checksOf(type))(isName ? {} : value, name) as unknown as Given;
  const { learningRate: schedule, weightDecay: decay, decays, ...given } = checked;
  if (given.nesterov && given.momentum === 0) throw wrongOption(`${name}.nesterov needs ${name}.momentum above 0`);
  if ((given.minStep as number) > (given.maxStep as number)) throw wrongOption(`${name}.minStep must be at most ${name}.maxStep`);
  const settings = { ...given, type, learningRate: schedule.initial, ...(decay && { weightDecay: decay.initial }) };
  const decaySchedule = decay !== undefined && !isConstant(decay) && { decaySchedule: decay };
  return { settings, schedule, ...(decays && { decays }), ...decaySchedule };
};

/** The same for a single step: the learning rate must be a number, as there are no epochs. */
export const checkStepOptimizer: Check<CheckedOptimizer> = (value, name) => {
  const expected = 'the name or the options of an optimizer';
  if (typeof value === 'number' || value === undefined) throw wrongCall(name, expected, value, 'update(gradients, 0.1)');
  const checked = checkOptimizer(value, name);
  checkNoSchedule(checked.schedule, `${name}.learningRate`);
  if (checked.decaySchedule !== undefined) checkNoSchedule(checked.decaySchedule, `${name}.weightDecay`);
  return checked;
};
