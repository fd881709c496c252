import { Stream } from '../data/streams';
import { explain, undefinedMetric } from '../metrics/formulas';
import { measure } from '../metrics/measure';
import type { NativeNetwork, NativeSamples } from '../native';
import type { CheckedFit, NetworkSpec } from '../options';
import { isNative } from '../options/metrics';
import { warn } from '../warnings';
import { abortable, throwIfAborted } from './abort';
import type { Team } from './team';

/*
 * The metrics that the trainer does not measure on its way: from predictions for all rows, after an epoch.
 */

interface Subject {
  network: NativeNetwork;
  spec: NetworkSpec;
  source: NativeSamples | Stream;
  validation: NativeSamples | undefined;
  team?: Team | undefined;
}

/** Whether all rows of the training can be predicted after an epoch: a stream's are gone, and of a group each rank has a part. */
const keepsRows = ({ source, team }: Pick<Subject, 'source' | 'team'>): boolean => !(source instanceof Stream) && team === undefined;

/** The columns of the history that a training measures, but for the loss. */
export function measuredColumns(
  { metrics }: Pick<CheckedFit, 'metrics'>,
  subject: Pick<Subject, 'source' | 'validation' | 'team'>,
): string[] {
  const ofTraining = metrics.filter((metric) => isNative(metric) || keepsRows(subject)).map(({ name }) => name);
  return [...ofTraining, ...(subject.validation === undefined ? [] : metrics.map(({ name }) => `val_${name}`))];
}

/** A column of the history, and its value of an epoch. */
export type ColumnValue = readonly [column: string, value: number];

/** Measures after each epoch; undefined where the trainer measures everything that is asked for. */
export function measurer(subject: Subject, { metrics, signal, warnings }: CheckedFit): (() => Promise<ColumnValue[]>) | undefined {
  const own = metrics.filter((metric) => !isNative(metric));
  const { network, spec, source, validation } = subject;
  const parts = [
    { prefix: '', samples: keepsRows(subject) ? (source as NativeSamples) : undefined },
    { prefix: 'val_', samples: validation },
  ];
  if (own.length === 0) return undefined;
  const warned = new Set<string>();
  return async () => {
    const values: ColumnValue[] = [];
    for (const { prefix, samples } of parts) {
      if (samples === undefined) continue;
      const outputs = await abortable(network.predictAsync(samples.x, samples.rows, samples.index), signal);
      for (const { metric, value, reasons } of await measure(own, { spec, outputs, samples }, () => throwIfAborted(signal))) {
        const column = `${prefix}${metric.name}`;
        values.push([column, value as number]);
        if (!warnings || reasons.length === 0 || warned.has(column)) continue;
        warned.add(column);
        warn(undefinedMetric, `after an epoch, ${explain(column, reasons)}`);
      }
    }
    return values;
  };
}
