import { type Check, elements, oneOf } from './check';

/** The metrics in the order of native/nn/metrics.inc, each of a kind. The loss is measured always. */
const metrics = { accuracy: 'share', mse: 'error', mae: 'error' } as const;

/** The kinds of metrics: whether smaller or larger is better, and the largest value. The smallest is 0. */
const kinds = { share: { better: 'max', most: 1 }, error: { better: 'min', most: Infinity } } as const;

/**
 * `accuracy`: the share of samples whose largest output is that of the right class; with one output, or several under
 * `binaryCrossEntropy`, the share of outputs on the right side of the middle. `mse` and `mae`: the mean squared and absolute error over
 * samples and outputs.
 */
export type MetricName = keyof typeof metrics;

/** A quantity of an epoch; the `val_` ones are of the validation data. */
export type MonitorName = 'loss' | MetricName | 'val_loss' | `val_${MetricName}`;

export const metricNames: readonly MetricName[] = Object.keys(metrics) as MetricName[];

const quantities = ['loss', ...metricNames] as const;

export const monitorNames: readonly MonitorName[] = [...quantities, ...quantities.map((name) => `val_${name}` as const)];

const quantityOf = (monitor: string): string => monitor.replace(/^val_/, '');

/** Whether smaller or larger is better. */
export function betterOf(monitor: MonitorName): 'min' | 'max' {
  const quantity = quantityOf(monitor);
  return quantity === 'loss' ? 'min' : kinds[metrics[quantity as MetricName]].better;
}

/** The values that a quantity may have. Training ends where a loss is not finite, but the square of a finite error may overflow. */
export function rangeOf(monitor: MonitorName): [least: number, most: number] {
  const quantity = quantityOf(monitor);
  // Cross-entropies may be below 0 where targets are not probabilities.
  return quantity === 'loss' ? [-Number.MAX_VALUE, Number.MAX_VALUE] : [0, kinds[metrics[quantity as MetricName]].most];
}

const metricName = oneOf(metricNames);

export const checkMetrics: Check<readonly MetricName[]> = (value, name) => {
  return [...new Set(elements(value, name, `an array of metric names (${metricNames.join(', ')})`, metricName))];
};
