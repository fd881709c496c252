import { wrongOption, wrongType, wrongValue } from '../errors';
import {
  boolean,
  type Check,
  type Checks,
  callback,
  elements,
  integer,
  isArray,
  isRevoked,
  number,
  oneOf,
  optional,
  record,
} from './check';

/** How the figures of several classes become one; `'none'`: they stay a list. */
export type Average = 'binary' | 'micro' | 'macro' | 'weighted' | 'none';

/** The settings of metrics; each metric has some of them. */
export interface MetricSettings {
  /**
   * `'binary'`: of the positive class; `'micro'`: of all classes counted together; `'macro'`: the mean over the classes; `'weighted'`: the same,
   * each class by its number of samples; `'none'`: a figure for each class. Default `'binary'` for two classes, else `'macro'`. The areas
   * `rocAuc` and `prAuc` have `'macro'`, `'weighted'` and `'none'`.
   */
  average?: Average | undefined;
  /**
   * The value where a quotient is not defined, 0, 1 or NaN; NaN leaves the class out of averages. Default: NaN, but 0 in averages, and a
   * warning.
   */
  zeroDivision?: number | undefined;
  /** Of `fBeta`: recall counts this many times as much as precision. */
  beta?: number | undefined;
  /** Of `topKAccuracy`. Default 2. */
  k?: number | undefined;
  /** Of `expectedCalibrationError`: the number of bins of equal width. Default 15. */
  bins?: number | undefined;
  /** Of `cohenKappa`: how much a wrong class counts by its distance from the right one. Default: all count the same. */
  weights?: 'linear' | 'quadratic' | undefined;
  /** Of `pinball`: the quantile that is predicted. Default 0.5. */
  quantile?: number | undefined;
  /** Of `balancedAccuracy`: whether a guess has 0 in place of one over the number of classes. Default false. */
  adjusted?: boolean | undefined;
}

/** The input of a metric: predicted classes, scores in any scale, probabilities, or numbers. */
export type MetricNeeds = 'classes' | 'labels' | 'scores' | 'topScores' | 'probabilities' | 'numbers';

interface MetricRow {
  better: 'min' | 'max';
  least: number;
  most: number;
  needs: MetricNeeds;
  /** The names of its settings. */
  settings: readonly (keyof MetricSettings)[];
  /** Whether training measures it itself: the metrics of native/nn/metrics.inc, in its order. */
  native: boolean;
}

/** Kinds of metrics: whether smaller or larger is better, and the least and the largest value. */
const kinds = {
  share: { better: 'max', least: 0, most: 1 },
  agreement: { better: 'max', least: -1, most: 1 },
  explained: { better: 'max', least: -Infinity, most: 1 },
  error: { better: 'min', least: 0, most: Infinity },
  errorOfShares: { better: 'min', least: 0, most: 1 },
  errorOfRows: { better: 'min', least: 0, most: 2 },
} as const satisfies Record<string, Pick<MetricRow, 'better' | 'least' | 'most'>>;

/** Every metric beside the loss. Types, checks, monitors and docs/metrics.md follow from it. */
const rows = {
  accuracy: { kind: 'share', needs: 'classes', native: true, settings: [] },
  mse: { kind: 'error', needs: 'numbers', native: true, settings: [] },
  mae: { kind: 'error', needs: 'numbers', native: true, settings: [] },
  balancedAccuracy: { kind: 'agreement', needs: 'classes', native: false, settings: ['adjusted'] },
  topKAccuracy: { kind: 'share', needs: 'topScores', native: false, settings: ['k'] },
  precision: { kind: 'share', needs: 'labels', native: false, settings: ['average', 'zeroDivision'] },
  recall: { kind: 'share', needs: 'labels', native: false, settings: ['average', 'zeroDivision'] },
  f1: { kind: 'share', needs: 'labels', native: false, settings: ['average', 'zeroDivision'] },
  fBeta: { kind: 'share', needs: 'labels', native: false, settings: ['beta', 'average', 'zeroDivision'] },
  mcc: { kind: 'agreement', needs: 'classes', native: false, settings: [] },
  cohenKappa: { kind: 'agreement', needs: 'classes', native: false, settings: ['weights'] },
  rocAuc: { kind: 'share', needs: 'scores', native: false, settings: ['average'] },
  prAuc: { kind: 'share', needs: 'scores', native: false, settings: ['average'] },
  logLoss: { kind: 'error', needs: 'probabilities', native: false, settings: [] },
  brier: { kind: 'errorOfRows', needs: 'probabilities', native: false, settings: [] },
  expectedCalibrationError: { kind: 'errorOfShares', needs: 'probabilities', native: false, settings: ['bins'] },
  rmse: { kind: 'error', needs: 'numbers', native: false, settings: [] },
  medianAbsoluteError: { kind: 'error', needs: 'numbers', native: false, settings: [] },
  mape: { kind: 'error', needs: 'numbers', native: false, settings: [] },
  r2: { kind: 'explained', needs: 'numbers', native: false, settings: [] },
  pinball: { kind: 'error', needs: 'numbers', native: false, settings: ['quantile'] },
  poissonDeviance: { kind: 'error', needs: 'numbers', native: false, settings: [] },
  gammaDeviance: { kind: 'error', needs: 'numbers', native: false, settings: [] },
} as const;

/** The name of a metric: docs/metrics.md has the list. */
export type MetricName = keyof typeof rows;

/** A quantity of an epoch; the `val_` ones are of the validation data. */
export type MonitorName = 'loss' | MetricName | 'val_loss' | `val_${MetricName}`;

export const metricNames: readonly MetricName[] = Object.keys(rows) as MetricName[];

export const metricRows: Readonly<Record<MetricName, MetricRow>> = Object.fromEntries(
  metricNames.map((name) => {
    const { kind, ...row } = rows[name];
    return [name, { ...kinds[kind], ...row }];
  }),
) as unknown as Record<MetricName, MetricRow>;

/** The metrics that training measures itself. */
export type NativeMetricName = { [M in MetricName]: (typeof rows)[M] extends { native: true } ? M : never }[MetricName];

export const nativeMetricNames: readonly NativeMetricName[] = metricNames.filter(
  (name): name is NativeMetricName => metricRows[name].native,
);

export const averages: readonly Average[] = ['binary', 'micro', 'macro', 'weighted', 'none'];

const checkZeroDivision: Check<number> = (value, name) => {
  if (typeof value !== 'number') throw wrongType(name, '0, 1 or NaN', value);
  if (value !== 0 && value !== 1 && !Number.isNaN(value)) throw wrongValue(name, '0, 1 or NaN', value);
  return value;
};

/** The check of each setting. */
export const settingChecks: Checks<MetricSettings> = {
  average: optional(oneOf(averages)),
  zeroDivision: optional(checkZeroDivision),
  beta: optional(number({ above: 0 })),
  k: optional(integer({ min: 1 })),
  bins: optional(integer({ min: 1, max: 10_000 })),
  weights: optional(oneOf(['linear', 'quadratic'])),
  quantile: optional(number({ above: 0, below: 1 })),
  adjusted: optional(boolean),
};

/** The checks of a metric's own settings. */
export function checksOf(type: MetricName): Record<string, Check<unknown>> {
  return Object.fromEntries(metricRows[type].settings.map((setting) => [setting, settingChecks[setting]]));
}

/** Settings that are right each by itself may still not go with the metric. */
export function checkTogether(type: MetricName, { average, beta }: MetricSettings, name: string): void {
  if (type === 'fBeta' && beta === undefined) throw wrongType(`${name}.beta`, 'a finite number above 0', beta);
  const isArea = metricRows[type].needs === 'scores';
  if (isArea && (average === 'binary' || average === 'micro')) {
    throw wrongValue(`${name}.average`, 'one of "macro", "weighted" or "none" for an area', average);
  }
}

/** The settings that a metric has. */
type SettingsOf<M extends MetricName> = Pick<MetricSettings, (typeof rows)[M]['settings'][number]>;

/** A metric with its settings: `{ type: 'f1', average: 'macro' }`. `name` is its name in the result; default: its type. */
export type MetricOptions = { [M in MetricName]: { type: M; name?: string } & SettingsOf<M> }[MetricName];

/** The predictions or targets that a metric of the user's own gets: a copy. `data` has class indices where `shape` has one number. */
export interface MetricValues {
  data: Float32Array | Float64Array | Int32Array;
  /** `[rows, outputs]`, or `[rows]` for class indices. */
  shape: number[];
}

/** A metric of the user's own, over the whole data set. */
export interface CustomMetric {
  /** Its name in the result: letters, digits, `_` and `-`. */
  name: string;
  /** Must return a number at once; NaN where it is not defined. */
  value(predictions: MetricValues, targets: MetricValues): number;
  /** Whether smaller or larger is better. Early stopping on it needs this, or its own `mode`. */
  better?: 'min' | 'max';
}

/** A metric: a name, a name with settings, or a function. */
export type Metric = MetricName | MetricOptions | CustomMetric;

/** A checked metric. */
export interface CheckedMetric {
  /** Its name in the result. */
  name: string;
  /** Absent: it is the user's own. */
  type?: MetricName | undefined;
  settings: MetricSettings;
  value?: ((predictions: MetricValues, targets: MetricValues) => unknown) | undefined;
  better?: 'min' | 'max' | undefined;
}

/** Names that a result has already. */
const taken = ['loss', 'epoch', 'epochs', 'seconds', 'learningRate', 'stoppedBy', 'bestEpoch', 'confusionMatrix', 'classNames'];

const checkName: Check<string> = (value, name) => {
  const expected = 'a name of at most 64 letters, digits, "_" and "-"';
  if (typeof value !== 'string') throw wrongType(name, expected, value);
  if (!/^[A-Za-z][\w-]{0,63}$/.test(value)) throw wrongValue(name, expected, value);
  if (taken.includes(value) || value.startsWith('val_')) throw wrongValue(name, 'a name that the results do not have already', value);
  return value;
};

/** Names of ours for other things than `type` are misleading. */
function checkOwnName(value: unknown, at: string): string {
  const name = checkName(value, at);
  if (metricNames.some((known) => known === name)) throw wrongValue(at, 'another name than that of a metric of the package', name);
  return name;
}

const metricName = oneOf(metricNames);
const better = optional(oneOf(['min', 'max'] as const));

const named = (type: MetricName): CheckedMetric => ({ name: type, type, settings: {}, better: metricRows[type].better });

const checkValue: Check<(predictions: MetricValues, targets: MetricValues) => unknown> = callback;

const checkCustom = record<Pick<CheckedMetric, 'name' | 'better'> & { value: NonNullable<CheckedMetric['value']> }>({
  name: checkOwnName,
  value: checkValue,
  better,
});

const checkMetric: Check<CheckedMetric> = (value, at) => {
  if (typeof value === 'string') return complete(named(metricName(value, at)), at);
  if (typeof value !== 'object' || value === null || isRevoked(value) || isArray(value)) {
    throw wrongType(at, 'the name of a metric, { type } with its settings, or { name, value }', value);
  }
  if ('value' in value) {
    const { value: measure, ...own } = checkCustom(value, at);
    return { ...own, settings: {}, value: (...values) => Reflect.apply(measure, value, values) };
  }
  const type = metricName((value as { type?: unknown }).type, `${at}.type`);
  const checks = { type: () => type, name: optional(checkName), ...checksOf(type) };
  const { type: _, name = type, ...settings } = record<{ type: MetricName; name?: string | undefined }>(checks)(value, at);
  return complete({ ...named(type), name, settings }, at);
};

function complete(metric: CheckedMetric, at: string): CheckedMetric {
  checkTogether(metric.type as MetricName, metric.settings, at);
  return metric;
}

/** Metrics, each with a name of its own. */
export const checkMetrics: Check<readonly CheckedMetric[]> = (value, name) => {
  const all = elements(value, name, `an array of metrics (${metricNames.join(', ')}, or your own)`, checkMetric);
  const byName = new Map<string, CheckedMetric>();
  for (const metric of all) {
    const other = byName.get(metric.name);
    const isSame = other !== undefined && metric.type !== undefined && JSON.stringify(other) === JSON.stringify(metric);
    if (other !== undefined && !isSame) throw wrongOption(`${name} has two called "${metric.name}": give one of them another name`);
    byName.set(metric.name, metric);
  }
  return [...byName.values()];
};

/** Whether training measures a metric itself. */
export function isNative({ type, name }: CheckedMetric): boolean {
  return type !== undefined && type === name && metricRows[type].native;
}

/** The values that a column of the history may have; whether it may also be NaN, where it is not defined. */
export interface ColumnRange {
  least: number;
  most: number;
  nan: boolean;
}

/** Sums of rounded numbers may be a little beyond the last value. */
const slack = 1e-9;

/** The values that a quantity may have. Training ends where a loss is not finite, but the square of a finite error may overflow. */
export function rangeOf(monitor: string, metrics: readonly CheckedMetric[]): ColumnRange {
  const quantity = monitor.replace(/^val_/, '');
  // Cross-entropies may be below 0 where targets are not probabilities.
  if (quantity === 'loss') return { least: -Number.MAX_VALUE, most: Number.MAX_VALUE, nan: false };
  const metric = metrics.find(({ name }) => name === quantity);
  if (metric?.type === undefined) return { least: -Infinity, most: Infinity, nan: true };
  const { least, most } = metricRows[metric.type];
  return isNative(metric) ? { least, most, nan: false } : { least: least - slack, most: most + slack, nan: true };
}
