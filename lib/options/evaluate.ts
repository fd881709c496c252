import { boolean, optional, record, withDefault } from './check';
import { type LossType, losses } from './losses';
import { type CheckedMetric, checkMetrics, type Metric } from './metrics';

/** The options of `evaluate`. */
export interface EvaluateOptions {
  /**
   * The metrics to measure besides the loss, over the whole data set: names, `{ type, … }` with settings, functions of your own.
   * Default `['accuracy']` with a loss of classes or sides, else none.
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

const check = record<{ metrics?: readonly CheckedMetric[] | undefined; confusionMatrix: boolean }>(
  { metrics: optional(checkMetrics), confusionMatrix: withDefault(boolean, false) },
  { bare: true },
);

export function checkEvaluate(value: unknown, loss: LossType): CheckedEvaluate {
  const { metrics = checkMetrics(losses[loss].metrics, 'metrics'), confusionMatrix } = check(value, 'options');
  return { metrics, confusionMatrix };
}
