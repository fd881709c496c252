import { wrongOption, wrongValue } from '../errors';
import type { FloatArray, NativeLoss } from '../native';
import { anything, type Check, callback, elements, integer, maxCount, number, object, oneOf, optional, record, withDefault } from './check';
import type { MetricName } from './metrics';

/** The name of a loss function. */
export type LossName =
  | 'mse'
  | 'mae'
  | 'huber'
  | 'quantile'
  | 'gaussianNLL'
  | 'poisson'
  | 'hinge'
  | 'squaredHinge'
  | 'binaryCrossEntropy'
  | 'focal'
  | 'categoricalFocal'
  | 'crossEntropy'
  | 'kl';

/** The Huber loss: squared up to an error of `delta`, linear beyond. */
export interface HuberOptions {
  type: 'huber';
  /** Above 0. Default 1. */
  delta?: number;
}

/** The pinball loss: each output learns a quantile of its target. */
export interface QuantileOptions {
  type: 'quantile';
  /**
   * Each above 0 and below 1, in ascending order. The outputs of a target stand side by side, one for each of them. Default
   * `[0.1, 0.5, 0.9]`.
   */
  quantiles?: readonly number[];
}

/** Cross-entropy of probabilities that are independent of each other. */
export interface BinaryCrossEntropyOptions {
  type: 'binaryCrossEntropy';
  /** Targets move by this share towards one half, from 0 to below 1. Default 0. */
  labelSmoothing?: number;
  /** The weight of targets of 1, above 0: one number, or one for each output. More than 1 for what is rare. Default 1. */
  posWeight?: number | readonly number[];
}

/** Binary cross-entropy that counts what is easy for less: times `(1 - p)^gamma`, p being the probability of the target. */
export interface FocalOptions {
  type: 'focal';
  /** 0 or more. Default 2. */
  gamma?: number;
  /** The weight of targets of 1, from 0 to 1; that of targets of 0 is `1 - alpha`. `'none'`: both are 1. Default 0.25. */
  alpha?: number | 'none';
}

/** The focal loss for classes that exclude each other. */
export interface CategoricalFocalOptions {
  type: 'categoricalFocal';
  /** 0 or more. Default 2. */
  gamma?: number;
}

/** Cross-entropy of classes that exclude each other. */
export interface CrossEntropyOptions {
  type: 'crossEntropy';
  /** Targets move by this share towards equal probabilities, from 0 to below 1. Default 0. */
  labelSmoothing?: number;
}

/**
 * A loss of your own, for one row: two functions of typed arrays (`Float64Array` in `'f64'`, else `Float32Array`), which are valid during the
 * call only. The loss of a batch is the mean over its rows, by their weights. It is far slower than the others: each row is a call, and
 * JavaScript's thread waits for each batch. A saved network does not have the functions: give them again to `load`, or to `fromJSON`.
 */
export interface CustomLoss {
  /** May be left out. */
  type?: 'custom';
  /** The loss of a row, from the outputs of the last activation and the row of `y`. */
  value(outputs: FloatArray, targets: FloatArray): number;
  /** Writes the derivative of `value` with respect to each output into `gradient`, which has zeros. */
  gradient(outputs: FloatArray, targets: FloatArray, gradient: FloatArray): void;
  /** The columns of `y`. Default: as many as outputs. */
  targets?: number;
}

/** A loss without settings. */
export interface PlainLoss {
  type: 'mse' | 'mae' | 'gaussianNLL' | 'poisson' | 'hinge' | 'squaredHinge' | 'kl';
}

/** A loss with its settings. */
export type LossOptions =
  | HuberOptions
  | QuantileOptions
  | BinaryCrossEntropyOptions
  | FocalOptions
  | CategoricalFocalOptions
  | CrossEntropyOptions
  | PlainLoss;

/** A loss's name (with the default settings), an object, or functions of your own. That of a saved network may lack them: it is refused. */
export type Loss = LossName | LossOptions | CustomLoss | CustomLossSpec;

/** A checked loss. `labelSmoothing` and `posWeight` are there only where they differ from the default. */
export type LossSpec =
  | Required<HuberOptions>
  | Required<QuantileOptions>
  | BinaryCrossEntropyOptions
  | Required<FocalOptions>
  | Required<CategoricalFocalOptions>
  | CrossEntropyOptions
  | PlainLoss
  | CustomLossSpec;

/** A checked loss of the user's own. A network that was loaded without the functions has none. */
export interface CustomLossSpec extends Partial<Pick<CustomLoss, 'value' | 'gradient' | 'targets'>> {
  type: 'custom';
}

/** The type of a checked loss. */
export type LossType = LossSpec['type'];

/**
 * The meaning of the outputs to a loss. Scores are on the two sides of 0, logits those of independent probabilities or of classes that
 * exclude each other. `logRates` are logarithms of rates, pairs a mean and a variance.
 */
export type LossKind = 'numbers' | 'scores' | 'logits' | 'logRates' | 'pairs' | 'classLogits';

/** Kinds of targets: data/targets.ts checks them. Numbers are what the outputs are to be, anything is known to the loss alone. */
export type TargetKind = 'numbers' | 'anything' | 'sides' | 'probabilities' | 'counts' | 'distributions';

/** The properties of a loss. */
interface LossRow<Spec> {
  reads: LossKind;
  targets: TargetKind;
  /** Whether class indices may stand for the targets. */
  takesLabels?: boolean;
  /** The default metrics of `evaluate`. */
  metrics: readonly MetricName[];
  settings?: Record<string, Check<unknown>>;
  /** Default 1. A custom loss has as many columns of `y` as it likes. */
  outputsPerTarget?: (spec: Spec) => number;
  /** The one of them that metrics compare with the target. Default: the first. */
  point?: (spec: Spec) => number;
  /** The settings of the native loss. Default: those of the spec that are numbers. */
  native?: (spec: Spec) => Record<string, number>;
  /** One number for each of as many outputs. */
  perOutput?: (spec: Spec, outputs: number) => readonly number[];
  /** Throws if the settings do not fit the number of outputs. */
  refuse?: (spec: Spec, outputs: number) => void;
}

const unlessDefault =
  <T>(check: Check<T>, value: T): Check<T | undefined> =>
  (given, name) => {
    const checked = optional(check)(given, name);
    return checked === value ? undefined : checked;
  };

const labelSmoothing = unlessDefault(number({ min: 0, below: 1 }), 0);
const gamma = withDefault(number({ min: 0 }), 2);
const weight = number({ above: 0 });
const share = number({ min: 0, max: 1 });
const alphaName = oneOf(['none']);
const quantile = number({ above: 0, below: 1 });

/** Quantiles of one target, at the most. */
const mostQuantiles = 1000;

const checkPosWeight: Check<number | readonly number[]> = (value, name) =>
  typeof value === 'object' && value !== null
    ? Object.freeze(elements(value, name, 'a number, or an array with one for each output', weight, maxCount))
    : weight(value, name);

const checkQuantiles: Check<readonly number[]> = (value, name) => {
  const expected = 'an array of quantiles, in ascending order';
  const quantiles = elements(value, name, expected, quantile, mostQuantiles);
  if (quantiles.length === 0) throw wrongOption(`${name} must be ${expected}, got none`);
  const wrong = quantiles.findIndex((each, index) => index > 0 && each <= (quantiles[index - 1] as number));
  if (wrong > 0) throw wrongOption(`${name}[${wrong}] must be above the one before it, got ${quantiles[wrong]}`);
  return Object.freeze(quantiles);
};

type SpecOf<Name extends LossType> = Extract<LossSpec, { type: Name }>;

/** Every loss, and what follows from it. */
export const losses: { readonly [Name in LossType]: LossRow<SpecOf<Name>> } = {
  mse: { reads: 'numbers', targets: 'numbers', metrics: [] },
  mae: { reads: 'numbers', targets: 'numbers', metrics: [] },
  huber: { reads: 'numbers', targets: 'numbers', metrics: [], settings: { delta: withDefault(number({ above: 0 }), 1) } },
  quantile: {
    reads: 'numbers',
    targets: 'numbers',
    metrics: [],
    settings: { quantiles: withDefault(checkQuantiles, Object.freeze([0.1, 0.5, 0.9])) },
    outputsPerTarget: ({ quantiles }) => quantiles.length,
    point: ({ quantiles }) => nearest(quantiles, 0.5),
    perOutput: ({ quantiles }, outputs) => Array.from({ length: outputs }, (_, i) => quantiles[i % quantiles.length] as number),
  },
  gaussianNLL: { reads: 'pairs', targets: 'numbers', metrics: [], outputsPerTarget: () => 2 },
  poisson: { reads: 'logRates', targets: 'counts', metrics: [] },
  hinge: { reads: 'scores', targets: 'sides', metrics: ['accuracy'] },
  squaredHinge: { reads: 'scores', targets: 'sides', metrics: ['accuracy'] },
  binaryCrossEntropy: {
    reads: 'logits',
    targets: 'probabilities',
    metrics: ['accuracy'],
    settings: { labelSmoothing, posWeight: unlessDefault(checkPosWeight, 1) },
    perOutput: ({ posWeight = 1 }, outputs) => (typeof posWeight === 'number' ? new Array<number>(outputs).fill(posWeight) : posWeight),
    refuse({ posWeight }, outputs) {
      if (typeof posWeight !== 'object' || posWeight.length === outputs) return;
      throw wrongOption(`loss.posWeight must have ${outputs} numbers, one for each output, got ${posWeight.length}`);
    },
  },
  focal: {
    reads: 'logits',
    targets: 'probabilities',
    metrics: ['accuracy'],
    settings: { gamma, alpha: withDefault((value, name) => (typeof value === 'string' ? alphaName : share)(value, name), 0.25) },
    native: ({ gamma, alpha }) =>
      alpha === 'none' ? { gamma, positive: 1, negative: 1 } : { gamma, positive: alpha, negative: 1 - alpha },
  },
  categoricalFocal: { reads: 'classLogits', targets: 'probabilities', takesLabels: true, metrics: ['accuracy'], settings: { gamma } },
  crossEntropy: {
    reads: 'classLogits',
    targets: 'probabilities',
    takesLabels: true,
    metrics: ['accuracy'],
    settings: { labelSmoothing },
  },
  kl: { reads: 'classLogits', targets: 'distributions', metrics: [] },
  custom: {
    reads: 'numbers',
    targets: 'anything',
    metrics: [],
    settings: { value: optional(callback), gradient: optional(callback), targets: optional(integer({ min: 1, max: maxCount })) },
    native: () => ({}),
  },
};

/** Whether the targets of a loss are what its outputs are to be, as they come. */
export const comparesNumbers = (loss: LossType): boolean => losses[loss].reads === 'numbers' && losses[loss].targets === 'numbers';

/** Whether the targets of a loss say classes: labels, sides, or probabilities of them. */
export const isOfClasses = (loss: LossType): boolean => ['sides', 'probabilities', 'distributions'].includes(losses[loss].targets);

export const lossNames: readonly LossName[] = Object.keys(losses).filter((name): name is LossName => name !== 'custom');

function nearest(values: readonly number[], wanted: number): number {
  const distances = values.map((value) => Math.abs(value - wanted));
  return distances.indexOf(Math.min(...distances));
}

const rowOfLoss = (spec: LossSpec): LossRow<LossSpec> => losses[spec.type] as LossRow<LossSpec>;

const lossName = oneOf(lossNames);

export function checkLoss(value: unknown, name: string): LossSpec {
  if (typeof value === 'string') return checkLoss({ type: lossName(value, name) }, name);
  if (typeof value !== 'object' || value === null) lossName(value, name);
  const given = object(value, name);
  if (given.type === 'custom' || (given.type === undefined && ('value' in given || 'gradient' in given))) {
    return record({ type: () => 'custom', ...losses.custom.settings })(value, name) as LossSpec;
  }
  const type = lossName(given.type, `${name}.type`);
  return record({ type: () => type, ...losses[type].settings })(value, name) as LossSpec;
}

/** A loss that a user gives: one of their own must have its functions. */
export function checkGivenLoss(value: unknown, name: string): LossSpec {
  const loss = checkLoss(value, name);
  if (loss.type === 'custom') {
    for (const part of ['value', 'gradient'] as const) callback(loss[part], `${name}.${part}`);
  }
  return loss;
}

/** The options of `load`, `fromBytes`, `fromJSON` and `fromShared`. */
export interface LoadOptions {
  /** The network's own loss, whose functions are not in the file: needed to train and to evaluate, not to predict. */
  loss?: CustomLoss;
}

const loadOptions = record<{ loss: unknown }>({ loss: anything }, { bare: true });

/** A saved network's loss with the functions that the options give again. */
export function withLoss(saved: LossSpec, options: unknown): LossSpec {
  const { loss } = loadOptions(options, 'options');
  if (loss === undefined) return saved;
  if (saved.type !== 'custom')
    throw wrongOption(`loss is for networks with a loss of their own, but this one has "${saved.type}", which was saved with it`);
  const given = checkGivenLoss(loss, 'loss');
  if (given.type !== 'custom') throw wrongValue('loss', 'the functions { value, gradient } that the network was made with', given.type);
  if (given.targets !== undefined && given.targets !== saved.targets)
    throw wrongValue('loss.targets', `${saved.targets ?? 'left out'}, as it was saved`, given.targets);
  return { ...given, ...saved };
}

/** Throws if a loss cannot go with this number of outputs. */
export function checkOutputs(spec: LossSpec, outputs: number): void {
  const each = outputsPerTarget(spec);
  if (outputs % each !== 0) {
    throw wrongOption(
      `loss "${spec.type}" needs ${each} outputs for each target: the last layer must have a multiple of ${each} units, got ${outputs}`,
    );
  }
  rowOfLoss(spec).refuse?.(spec, outputs);
}

/** The outputs that a loss of the package has for each column of `y`. They stand side by side. */
export const outputsPerTarget = (spec: LossSpec): number => rowOfLoss(spec).outputsPerTarget?.(spec) ?? 1;

/** The columns of `y` where it has values. Those of a custom loss may be no divisor of the outputs: then nothing compares them. */
export const targetColumns = (spec: LossSpec, outputs: number): number =>
  spec.type === 'custom' ? (spec.targets ?? outputs) : outputs / outputsPerTarget(spec);

/** The one of the outputs of a target, counted from 0, that metrics compare with the target. */
export const pointOutput = (spec: LossSpec): number => rowOfLoss(spec).point?.(spec) ?? 0;

/** A loss as the wire takes it. */
export function nativeLoss(spec: LossSpec, outputs: number): NativeLoss {
  const row = rowOfLoss(spec);
  const numbers = Object.entries(spec).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return {
    type: spec.type,
    settings: row.native?.(spec) ?? Object.fromEntries(numbers),
    targets: targetColumns(spec, outputs),
    point: pointOutput(spec),
    perOutput: row.perOutput?.(spec, outputs) ?? [],
  };
}
