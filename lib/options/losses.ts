import { wrongOption } from '../errors';
import type { NativeLoss } from '../native';
import { type Check, elements, maxCount, number, object, oneOf, optional, record, withDefault } from './check';
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

/** A loss's name (with the default settings), or an object. */
export type Loss = LossName | LossOptions;

/** A checked loss. `labelSmoothing` and `posWeight` are there only where they differ from the default. */
export type LossSpec =
  | Required<HuberOptions>
  | Required<QuantileOptions>
  | BinaryCrossEntropyOptions
  | Required<FocalOptions>
  | Required<CategoricalFocalOptions>
  | CrossEntropyOptions
  | PlainLoss;

/**
 * The meaning of the outputs to a loss. Scores are on the two sides of 0, logits those of independent probabilities or of classes that
 * exclude each other. `logRates` are logarithms of rates, pairs a mean and a variance.
 */
export type LossKind = 'numbers' | 'scores' | 'logits' | 'logRates' | 'pairs' | 'classLogits';

/** Kinds of targets: data/targets.ts checks them. */
export type TargetKind = 'numbers' | 'sides' | 'probabilities' | 'counts' | 'distributions';

/** The properties of a loss. */
interface LossRow<Spec> {
  reads: LossKind;
  targets: TargetKind;
  /** Whether class indices may stand for the targets. */
  takesLabels?: boolean;
  /** The default metrics of `evaluate`. */
  metrics: readonly MetricName[];
  settings?: Record<string, Check<unknown>>;
  /** Default 1. */
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

type SpecOf<Name extends LossName> = Extract<LossSpec, { type: Name }>;

/** Every loss, and what follows from it. */
export const losses: { readonly [Name in LossName]: LossRow<SpecOf<Name>> } = {
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
};

/** Whether the targets of a loss say classes: labels, sides, or probabilities of them. */
export const isOfClasses = (loss: LossName): boolean => ['sides', 'probabilities', 'distributions'].includes(losses[loss].targets);

export const lossNames: readonly LossName[] = Object.keys(losses) as LossName[];

function nearest(values: readonly number[], wanted: number): number {
  const distances = values.map((value) => Math.abs(value - wanted));
  return distances.indexOf(Math.min(...distances));
}

const rowOfLoss = (spec: LossSpec): LossRow<LossSpec> => losses[spec.type] as LossRow<LossSpec>;

const lossName = oneOf(lossNames);

export function checkLoss(value: unknown, name: string): LossSpec {
  if (typeof value === 'string') return checkLoss({ type: lossName(value, name) }, name);
  if (typeof value !== 'object' || value === null) lossName(value, name);
  const type = lossName(object(value, name).type, `${name}.type`);
  return record({ type: () => type, ...losses[type].settings })(value, name) as LossSpec;
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

/** The outputs that a loss has for each column of `y`. They stand side by side. */
export const outputsPerTarget = (spec: LossSpec): number => rowOfLoss(spec).outputsPerTarget?.(spec) ?? 1;

/** The one of the outputs of a target, counted from 0, that metrics compare with the target. */
export const pointOutput = (spec: LossSpec): number => rowOfLoss(spec).point?.(spec) ?? 0;

/** A loss as the wire takes it. */
export function nativeLoss(spec: LossSpec, outputs: number): NativeLoss {
  const row = rowOfLoss(spec);
  const numbers = Object.entries(spec).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return {
    type: spec.type,
    settings: row.native?.(spec) ?? Object.fromEntries(numbers),
    outputsPerTarget: outputsPerTarget(spec),
    point: pointOutput(spec),
    perOutput: row.perOutput?.(spec, outputs) ?? [],
  };
}
