import { wrongOption } from '../errors';
import { boolean, type Check, integer, number, oneOf, optional, record, withDefault } from './check';
import { type CheckedMetric, isNative, type MonitorName, metricNames } from './metrics';
import { checkMonitor } from './monitor';
import { type CheckedSchedule, measures } from './schedule';

/** Stops training when a quantity stops getting better, or is good enough. */
export interface EarlyStoppingOptions {
  /** The name of a column of the history. Default `'val_loss'` with validation data, else `'loss'`. */
  monitor?: MonitorName | (string & {});
  /** Training stops as soon as the quantity is as good as this, or better: `{ monitor: 'val_accuracy', target: 0.98 }`. Default: never. */
  target?: number;
  /**
   * Training stops after this many epochs in a row without improvement (0 is the same as 1). With `Infinity` it never does, and only
   * `restoreBest` matters. Default 0; with `target`, `Infinity`.
   */
  patience?: number;
  /** An improvement is a change of more than this; 0 or more. Default 0. */
  minDelta?: number;
  /** Whether smaller or larger is better. Default: the metric's own, `'max'` for accuracy and `'min'` for losses and errors. */
  mode?: 'min' | 'max';
  /** Whether the network gets the weights of the best epoch when training ends. Default: whether there are validation data. */
  restoreBest?: boolean;
  /** Which of several epochs with the same best value counts as the best. The others are without improvement all the same. Default `'first'`. */
  ties?: 'first' | 'last';
}

export interface CheckedEarlyStopping {
  monitor: string;
  target?: number | undefined;
  /** Undefined: no number of epochs without improvement stops training. */
  patience?: number | undefined;
  minDelta: number;
  mode: 'min' | 'max';
  restoreBest: boolean;
  ties: 'first' | 'last';
}

export type GivenEarlyStopping = Omit<CheckedEarlyStopping, 'monitor' | 'mode' | 'restoreBest'> & {
  monitor?: string | undefined;
  mode?: 'min' | 'max' | undefined;
  restoreBest?: boolean | undefined;
};

const epochs = integer({ min: 0 });
const checkPatience: Check<number> = (value, name) => (value === Infinity ? value : epochs(value, name));

export const checkEarlyStopping: Check<GivenEarlyStopping> = record<GivenEarlyStopping>(
  {
    monitor: optional(checkMonitor),
    target: optional(number()),
    patience: optional(checkPatience),
    minDelta: withDefault(number({ min: 0 }), 0),
    mode: optional(oneOf(['min', 'max'])) as Check<'min' | 'max'>,
    restoreBest: optional(boolean) as Check<boolean>,
    ties: withDefault(oneOf(['first', 'last']), 'first'),
  },
  { habits: 'earlyStopping' },
);

/** The quantities that a training measures. */
interface Measures {
  metrics: readonly CheckedMetric[];
  validated: boolean;
  /** Where no process has all rows of the training after an epoch; undefined elsewhere. */
  partial: 'on a stream' | 'in a group' | undefined;
}

export function completeEarlyStopping(given: GivenEarlyStopping, measured: Measures): CheckedEarlyStopping {
  const { monitor, mode } = completeMonitor(given, 'earlyStopping', measured);
  const { restoreBest = measured.validated, patience, ...rest } = given;
  const byDefault = given.target === undefined ? 0 : Infinity;
  const limit = patience ?? byDefault;
  return { ...rest, monitor, mode, restoreBest, patience: limit === Infinity ? undefined : limit };
}

interface Monitor {
  monitor: string;
  mode: 'min' | 'max';
}

/** A quantity that is measured, the default or one that was given; and whether smaller or larger is better. */
function completeMonitor(
  { monitor: given, mode }: { monitor?: string | undefined; mode?: 'min' | 'max' | undefined },
  owner: string,
  { metrics, validated, partial }: Measures,
): Monitor {
  const monitor = given ?? (validated ? 'val_loss' : 'loss');
  const [quantity, ofValidation] = monitor.startsWith('val_') ? [monitor.slice(4), true] : [monitor, false];
  const metric = metrics.find(({ name }) => name === quantity);
  if (quantity !== 'loss' && metric === undefined) {
    if (metricNames.some((name) => name === quantity)) {
      throw wrongOption(`${owner}.monitor "${monitor}" needs metrics to have "${quantity}"`);
    }
    const quantities = ['loss', ...metrics.map(({ name }) => name)];
    oneOf([...quantities, ...quantities.map((name) => `val_${name}`)])(monitor, `${owner}.monitor`);
  }
  if (ofValidation && !validated) {
    throw wrongOption(`${owner}.monitor "${monitor}" needs validation data: give validation or validationSplit`);
  }
  if (partial !== undefined && !ofValidation && metric !== undefined && !isNative(metric)) {
    throw wrongOption(`${owner}.monitor "${monitor}" is not measured ${partial}: take "val_${monitor}"`);
  }
  const better = mode ?? (quantity === 'loss' ? 'min' : metric?.better);
  if (better === undefined) throw wrongOption(`${owner}.monitor "${monitor}" needs ${owner}.mode, or better in the metric`);
  return { monitor, mode: better };
}

/** The same for a schedule that depends on what is measured; others stay as they were. */
export function completeSchedule(schedule: CheckedSchedule, owner: string, measured: Measures): CheckedSchedule {
  return measures(schedule) ? { ...schedule, ...completeMonitor(schedule, owner, measured) } : schedule;
}
