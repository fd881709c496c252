import type { MatrixLike } from '../data/matrix';
import { atOnce } from '../event-loop';
import { anything, type Check, optional, record } from '../options/check';
import { type Average, checksOf, checkTogether, type MetricName, type MetricSettings } from '../options/metrics';
import { confusionMatrix } from './confusion-matrix';
import { measuring, type Pairs, warnUndefined } from './formulas';
import {
  type ClassesLike,
  type ClassLabel,
  checkLabel,
  checkLabels,
  readClassPairs,
  readLabelPairs,
  readNumberPairs,
  readScorePairs,
} from './read';

/** The options that all metrics have. */
export interface WeightedOptions {
  /** A weight for each sample, 0 or more. Default: all count the same. */
  sampleWeight?: ArrayLike<number>;
}

/** The options of precision, recall and their means. */
export interface AveragedOptions extends WeightedOptions, Pick<MetricSettings, 'zeroDivision'> {
  /**
   * `'binary'`: of the class `positive`; `'micro'`: of all classes counted together; `'macro'`: the mean over the classes; `'weighted'`: the
   * same, each class by its number of samples; `'none'`: a list, in the order of `labels`. Default `'binary'` where the classes are 0 and 1,
   * or `positive` is given; else `'macro'`.
   */
  average?: Average;
  /** The classes that count, which need not occur. Default: those that occur in `actual` or `predicted`, numbers first, ascending. */
  labels?: readonly ClassLabel[];
  /** The positive class. Default 1, where the classes are 0 and 1. */
  positive?: ClassLabel;
}

/** The options of areas under curves. */
export interface AreaOptions extends WeightedOptions {
  /** With several classes, each against the rest: their mean, the same by their numbers of samples, or a list. Default `'macro'`. */
  average?: 'macro' | 'weighted' | 'none';
}

/** Class indices from 0, as `predicted` has its columns (with one column: 0 and 1); for areas also rows of 0 and 1. */
export type ActualClasses = ClassesLike | MatrixLike;

type PerClass = { average: 'none' };

/**
 * Metrics of plain arrays. Names and definitions are scikit-learn's, docs/metrics.md has a table. A metric that is not defined on the data is
 * NaN, with one warning of the code `WARN_CHAINRULE_METRIC`.
 *
 * All of them throw a TypeError or RangeError if an argument is wrong: lengths that differ, NaN, no rows, an option that does not exist.
 */
export interface Metrics {
  /** The share of samples whose class is right, from 0 to 1. */
  accuracy(actual: ClassesLike, predicted: ClassesLike, options?: WeightedOptions): number;
  /** The mean recall of the classes that occur. `adjusted`: 0 for a guess, 1 for all right. */
  balancedAccuracy(actual: ClassesLike, predicted: ClassesLike, options?: WeightedOptions & Pick<MetricSettings, 'adjusted'>): number;
  /** The share of samples whose class is among the `k` largest scores of its row. Default 2. */
  topKAccuracy(actual: ClassesLike, scores: MatrixLike, options?: WeightedOptions & Pick<MetricSettings, 'k'>): number;
  /** The share of the samples predicted as a class that are of it. */
  precision(actual: ActualClasses, predicted: ActualClasses, options: AveragedOptions & PerClass): number[];
  precision(actual: ActualClasses, predicted: ActualClasses, options?: AveragedOptions): number;
  /** The share of the samples of a class that are predicted as it. */
  recall(actual: ActualClasses, predicted: ActualClasses, options: AveragedOptions & PerClass): number[];
  recall(actual: ActualClasses, predicted: ActualClasses, options?: AveragedOptions): number;
  /** The harmonic mean of precision and recall. */
  f1(actual: ActualClasses, predicted: ActualClasses, options: AveragedOptions & PerClass): number[];
  f1(actual: ActualClasses, predicted: ActualClasses, options?: AveragedOptions): number;
  /** The same where recall counts `beta` times as much as precision. */
  fBeta(actual: ActualClasses, predicted: ActualClasses, options: AveragedOptions & PerClass & { beta: number }): number[];
  fBeta(actual: ActualClasses, predicted: ActualClasses, options: AveragedOptions & { beta: number }): number;
  /** Matthews' correlation of the true and the predicted classes, from -1 to 1. */
  mcc(actual: ClassesLike, predicted: ClassesLike, options?: WeightedOptions): number;
  /** Agreement beyond chance, at most 1. `weights`: `'linear'` or `'quadratic'` in the distance of the classes. */
  cohenKappa(actual: ClassesLike, predicted: ClassesLike, options?: WeightedOptions & Pick<MetricSettings, 'weights'>): number;
  /** Counts: `result[actual][predicted]`. */
  confusionMatrix: typeof confusionMatrix;
  /** The area under the ROC curve: the chance that a sample of the class scores more than another. */
  rocAuc(actual: ActualClasses, scores: MatrixLike, options: AreaOptions & PerClass): number[];
  rocAuc(actual: ActualClasses, scores: MatrixLike, options?: AreaOptions): number;
  /** Average precision: the area under the curve of precision over recall, without interpolation. */
  prAuc(actual: ActualClasses, scores: MatrixLike, options: AreaOptions & PerClass): number[];
  prAuc(actual: ActualClasses, scores: MatrixLike, options?: AreaOptions): number;
  /** The mean of -log of the true class's probability. Rows are divided by their sums. */
  logLoss(actual: ClassesLike, probabilities: MatrixLike, options?: WeightedOptions): number;
  /** The mean squared error of probabilities: with two classes of the positive one, else summed over the classes. */
  brier(actual: ClassesLike, probabilities: MatrixLike, options?: WeightedOptions): number;
  /** The mean distance of the predicted class's probability from its accuracy, in `bins` of equal width. Default 15. */
  expectedCalibrationError(
    actual: ClassesLike,
    probabilities: MatrixLike,
    options?: WeightedOptions & Pick<MetricSettings, 'bins'>,
  ): number;
  /** The mean squared error. This and the following take numbers, or rows of them: then it is the mean over the columns. */
  mse(actual: MatrixLike, predicted: MatrixLike, options?: WeightedOptions): number;
  /** The root of the mean squared error of each column. */
  rmse(actual: MatrixLike, predicted: MatrixLike, options?: WeightedOptions): number;
  /** The mean absolute error. */
  mae(actual: MatrixLike, predicted: MatrixLike, options?: WeightedOptions): number;
  /** The median of the absolute errors. */
  medianAbsoluteError(actual: MatrixLike, predicted: MatrixLike, options?: WeightedOptions): number;
  /** The mean of absolute error over absolute target, as a share. A target of 0 counts as 2^-52. */
  mape(actual: MatrixLike, predicted: MatrixLike, options?: WeightedOptions): number;
  /** 1 less the squared error over the variance of the targets: 1 for all right, 0 for always the mean. */
  r2(actual: MatrixLike, predicted: MatrixLike, options?: WeightedOptions): number;
  /** The mean loss of a quantile. Default 0.5: half of the mean absolute error. */
  pinball(actual: MatrixLike, predicted: MatrixLike, options?: WeightedOptions & Pick<MetricSettings, 'quantile'>): number;
  /** The mean deviance of counts; it needs targets of 0 or more and predictions above 0. */
  poissonDeviance(actual: MatrixLike, predicted: MatrixLike, options?: WeightedOptions): number;
  /** The mean deviance of amounts; it needs targets and predictions above 0. */
  gammaDeviance(actual: MatrixLike, predicted: MatrixLike, options?: WeightedOptions): number;
}

interface Given extends MetricSettings {
  sampleWeight?: unknown;
  labels?: readonly ClassLabel[] | undefined;
  positive?: ClassLabel | undefined;
}

type Reader = (actual: unknown, predicted: unknown, options: Given) => Pairs;

/** The function of a metric whose arrays are read by `read`; `more`: options that only plain functions have. */
function metricOf(type: MetricName, read: Reader, more: Record<string, Check<unknown>> = {}) {
  const check = record<Given>({ ...checksOf(type), sampleWeight: anything, ...more } as never);
  return (actual: unknown, predicted: unknown, options: unknown = {}): never => {
    const given = check(options, 'options');
    checkTogether(type, given, 'options');
    const { value, reasons } = atOnce(measuring(type, read(actual, predicted, given), given));
    warnUndefined(type, reasons);
    return value as never;
  };
}

const classes = (type: MetricName) => metricOf(type, (actual, predicted, options) => readClassPairs(actual, predicted, options).pairs);

const labels = (type: MetricName) =>
  metricOf(
    type,
    (actual, predicted, options) =>
      readLabelPairs(actual, predicted, options.sampleWeight) ?? readClassPairs(actual, predicted, options).pairs,
    { labels: optional(checkLabels), positive: optional(checkLabel) },
  );

const scores = (type: MetricName, several: boolean) =>
  metricOf(type, (actual, predicted, { sampleWeight }) => readScorePairs(actual, predicted, { sampleWeight, several, bounded: false }));

const probabilities = (type: MetricName) =>
  metricOf(type, (actual, predicted, { sampleWeight }) =>
    readScorePairs(actual, predicted, { sampleWeight, several: false, bounded: true }),
  );

const numbers = (type: MetricName) =>
  metricOf(type, (actual, predicted, { sampleWeight }) => readNumberPairs(actual, predicted, sampleWeight));

/** Metrics of plain arrays: `metrics.f1(actual, predicted, { average: 'macro' })`. */
export const metrics: Metrics = {
  accuracy: classes('accuracy'),
  balancedAccuracy: classes('balancedAccuracy'),
  topKAccuracy: scores('topKAccuracy', false),
  precision: labels('precision'),
  recall: labels('recall'),
  f1: labels('f1'),
  fBeta: labels('fBeta'),
  mcc: classes('mcc'),
  cohenKappa: classes('cohenKappa'),
  confusionMatrix,
  rocAuc: scores('rocAuc', true),
  prAuc: scores('prAuc', true),
  logLoss: probabilities('logLoss'),
  brier: probabilities('brier'),
  expectedCalibrationError: probabilities('expectedCalibrationError'),
  mse: numbers('mse'),
  rmse: numbers('rmse'),
  mae: numbers('mae'),
  medianAbsoluteError: numbers('medianAbsoluteError'),
  mape: numbers('mape'),
  r2: numbers('r2'),
  pinball: numbers('pinball'),
  poissonDeviance: numbers('poissonDeviance'),
  gammaDeviance: numbers('gammaDeviance'),
};
