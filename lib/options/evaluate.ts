import { boolean, optional, record, withDefault } from './check';
import { type CheckedMetric, checkMetrics, type Metric, type MetricName } from './metrics';
import type { LossName } from './network';

/** The options of `evaluate`. */
export interface EvaluateOptions {
  /**
   * The metrics to measure besides the loss, over the whole data set: names, `{ type, … }` with settings, functions of your own.
   * Default `['accuracy']` with a cross-entropy loss, else none.
   */
  metrics?: readonly Metric[];
  /**
   * Whether to count how often each class was taken for each other. A sample's class is its largest output; with one output, 1 or 0 by the
   * side of the middle it is on. Default false.
   */
  confusionMatrix?: boolean;
}

export interface CheckedEvaluate {
  metrics: readonly CheckedMetric[];
  confusionMatrix: boolean;
}

/** The default metrics of each loss. */
const metricsByLoss: Record<LossName, readonly MetricName[]> = {
  mse: [],
  mae: [],
  huber: [],
  binaryCrossEntropy: ['accuracy'],
  crossEntropy: ['accuracy'],
};

const check = record<{ metrics?: readonly CheckedMetric[] | undefined; confusionMatrix: boolean }>(
  { metrics: optional(checkMetrics), confusionMatrix: withDefault(boolean, false) },
  { bare: true },
);

export function checkEvaluate(value: unknown, loss: LossName): CheckedEvaluate {
  const { metrics = checkMetrics(metricsByLoss[loss], 'metrics'), confusionMatrix } = check(value, 'options');
  return { metrics, confusionMatrix };
}
