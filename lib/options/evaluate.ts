import { boolean, optional, record, withDefault } from './check';
import { type LossName, losses } from './losses';
import { checkMetrics, type MetricName } from './metrics';

/** The options of `evaluate`. */
export interface EvaluateOptions {
  /** The quantities to measure besides the loss. Default `['accuracy']` with a loss of classes or sides, else none. */
  metrics?: readonly MetricName[];
  /**
   * Whether to count how often each class was taken for each other. A sample's class is its largest output; with one output, 1 or 0 by the
   * side of the middle it is on. Default false.
   */
  confusionMatrix?: boolean;
}

export interface CheckedEvaluate {
  metrics: readonly MetricName[];
  confusionMatrix: boolean;
}

const check = record<{ metrics?: readonly MetricName[] | undefined; confusionMatrix: boolean }>(
  { metrics: optional(checkMetrics), confusionMatrix: withDefault(boolean, false) },
  { bare: true },
);

export function checkEvaluate(value: unknown, loss: LossName): CheckedEvaluate {
  const { metrics = losses[loss].metrics, confusionMatrix } = check(value, 'options');
  return { metrics, confusionMatrix };
}
