import { wrongOption } from '../errors';
import { boolean, type Check, integer, number, oneOf, optional, record, withDefault } from './check';
import { betterOf, type MetricName, type MonitorName, monitorNames } from './metrics';
import { type CheckedSchedule, measures } from './schedule';

/** Stops training when a quantity stops getting better, or is good enough. */
export interface EarlyStoppingOptions {
  /** Default `'val_loss'` with validation data, else `'loss'`. */
  monitor?: MonitorName;
  /** Training stops as soon as the quantity is as good as this, or better: `{ monitor: 'val_accuracy', target: 0.98 }`. Default: never. */
  target?: number;
  /**
   * Training stops after this many epochs in a row without improvement (0 is the same as 1). With `Infinity` it never does, and only
   * `restoreBest` matters. Default 0; with `target`, `Infinity`.
   */
  patience?: number;
  /** An improvement is a change of more than this; 0 or more. Default 0. */
  minDelta?: number;
  /** Whether smaller or larger is better. Default `'max'` for accuracy, else `'min'`. */
  mode?: 'min' | 'max';
  /** Whether the network gets the weights of the best epoch when training ends. Default: whether there are validation data. */
  restoreBest?: boolean;
  /** Which of several epochs with the same best value counts as the best. The others are without improvement all the same. Default `'first'`. */
  ties?: 'first' | 'last';
}

export interface CheckedEarlyStopping {
  monitor: MonitorName;
  target?: number | undefined;
  /** Undefined: no number of epochs without improvement stops training. */
  patience?: number | undefined;
  minDelta: number;
  mode: 'min' | 'max';
  restoreBest: boolean;
  ties: 'first' | 'last';
}

export type GivenEarlyStopping = Omit<CheckedEarlyStopping, 'monitor' | 'mode' | 'restoreBest'> &
  Pick<EarlyStoppingOptions, 'monitor' | 'mode' | 'restoreBest'>;

const epochs = integer({ min: 0 });
const checkPatience: Check<number> = (value, name) => (value === Infinity ? value : epochs(value, name));

export const checkEarlyStopping: Check<GivenEarlyStopping> = record<GivenEarlyStopping>(
  {
    monitor: optional(oneOf(monitorNames)) as Check<MonitorName>,
    target: optional(number()),
    patience: optional(checkPatience),
    minDelta: withDefault(number({ min: 0 }), 0),
    mode: optional(oneOf(['min', 'max'])) as Check<'min' | 'max'>,
    restoreBest: optional(boolean) as Check<boolean>,
    ties: withDefault(oneOf(['first', 'last']), 'first'),
  },
  { habits: 'earlyStopping' },
);

/** What is measured in a training. */
interface Measures {
  metrics: readonly MetricName[];
  validated: boolean;
}

export function completeEarlyStopping(given: GivenEarlyStopping, measured: Measures): CheckedEarlyStopping {
  const monitor = completeMonitor(given.monitor, 'earlyStopping', measured);
  const { restoreBest = measured.validated, mode = betterOf(monitor), patience, ...rest } = given;
  const byDefault = given.target === undefined ? 0 : Infinity;
  const limit = patience ?? byDefault;
  return { ...rest, monitor, mode, restoreBest, patience: limit === Infinity ? undefined : limit };
}

/** A quantity that is measured: the default, or one that was given. */
function completeMonitor(given: MonitorName | undefined, owner: string, { metrics, validated }: Measures): MonitorName {
  const monitor = given ?? (validated ? 'val_loss' : 'loss');
  const [quantity, ofValidation] = monitor.startsWith('val_') ? [monitor.slice(4), true] : [monitor, false];
  if (ofValidation && !validated) {
    throw wrongOption(`${owner}.monitor "${monitor}" needs validation data: give validation or validationSplit`);
  }
  if (quantity !== 'loss' && !metrics.some((name) => name === quantity)) {
    throw wrongOption(`${owner}.monitor "${monitor}" needs metrics to have "${quantity}"`);
  }
  return monitor;
}

/** The same for a schedule that depends on what is measured; others stay as they were. */
export function completeSchedule(schedule: CheckedSchedule, owner: string, measured: Measures): CheckedSchedule {
  if (!measures(schedule)) return schedule;
  const monitor = completeMonitor(schedule.monitor, owner, measured);
  return { ...schedule, monitor, mode: schedule.mode ?? betterOf(monitor) };
}
