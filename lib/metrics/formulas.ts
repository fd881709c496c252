import type { Pieces } from '../event-loop';
import { type MetricName, metricRows } from '../options/metrics';
import { type WarningCode, warn } from '../warnings';
import { accuracy, balancedAccuracy, cohenKappa, fBeta, mcc, precision, recall, topKAccuracy } from './classes';
import type { ClassPairs, LabelPairs, Note, NumberPairs, ScorePairs, Settings } from './input';
import { gammaDeviance, mae, mape, medianAbsoluteError, mse, pinball, poissonDeviance, r2, rmse } from './numbers';
import { brier, expectedCalibrationError, logLoss } from './probabilities';
import { prAuc, rocAuc } from './ranking';

export type Pairs = ClassPairs | LabelPairs | ScorePairs | NumberPairs;

/** The formula of each metric, for the input that its row in lib/options/metrics.ts says it needs. */
const formulas: Readonly<Record<MetricName, (pairs: never, settings: Settings, note: Note) => Pieces<number | number[]>>> = {
  accuracy,
  balancedAccuracy,
  topKAccuracy,
  precision,
  recall,
  f1: fBeta,
  fBeta,
  mcc,
  cohenKappa,
  rocAuc,
  prAuc,
  logLoss,
  brier,
  expectedCalibrationError,
  mse,
  rmse,
  mae,
  medianAbsoluteError,
  mape,
  r2,
  pinball,
  poissonDeviance,
  gammaDeviance,
};

/** The metric, or its figures of each class; and why it is not defined on the data, if it is not. */
export function* measuring(
  type: MetricName,
  pairs: Pairs,
  settings: Settings,
): Pieces<{ value: number | number[]; reasons: readonly string[] }> {
  const reasons: string[] = [];
  const formula = formulas[type] as (pairs: Pairs, settings: Settings, note: Note) => Pieces<number | number[]>;
  const value = yield* formula(pairs, settings, (reason) => reasons.push(reason));
  return { value, reasons };
}

export const undefinedMetric: WarningCode = 'WARN_CHAINRULE_METRIC';

/** Warns that a metric is not defined. */
export function warnUndefined(name: string, reasons: readonly string[]): void {
  if (reasons.length > 0) warn(undefinedMetric, explain(name, reasons));
}

const mostReasons = 3;

export function explain(name: string, reasons: readonly string[]): string {
  const more = reasons.length > mostReasons ? `; and ${reasons.length - mostReasons} more` : '';
  return `the metric ${name} is not defined on these data: ${reasons.slice(0, mostReasons).join('; ')}${more}`;
}

/** Whether a metric takes several labels for each sample. */
export const takesLabels = (type: MetricName): boolean => ['labels', 'scores', 'numbers'].includes(metricRows[type].needs);
