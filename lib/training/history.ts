import type { NativeMetrics, NativeRunResult } from '../native';
import type { EpochInfo, MetricName, MonitorName } from '../options';

/** What happened during training. The arrays have one value for each epoch. */
export interface History extends Partial<Record<MonitorName, number[]>> {
  /** Numbers of the epochs, from 1. */
  epoch: number[];
  /** Mean loss over the epoch's samples, each measured before its own batch's update. */
  loss: number[];
  learningRate: number[];
  /** How long the whole training took. */
  seconds: number;
  /** Why it ended. */
  stoppedBy: 'epochs' | 'earlyStopping' | 'callback';
  /** With early stopping: the epoch with the best value of its quantity. */
  bestEpoch?: number;
}

export function emptyHistory(metrics: readonly MetricName[]): History {
  const history: History = { epoch: [], loss: [], learningRate: [], seconds: 0, stoppedBy: 'epochs' };
  for (const name of metrics) history[name] = [];
  return history;
}

/** Adds the epochs of one native run. */
export function addRun(history: History, result: NativeRunResult, rates: Float64Array, metrics: readonly MetricName[]): void {
  const before = history.epoch.length;
  for (let i = 0; i < result.epochs; i++) {
    history.epoch.push(before + i + 1);
    history.loss.push(result.loss[i] as number);
    history.learningRate.push(rates[i] as number);
  }
  for (const name of metrics) {
    const values = result[name];
    for (let i = 0; i < result.epochs; i++) history[name]?.push(values[i] as number);
  }
}

/** Adds what was measured on the validation data after an epoch. */
export function addValidation(history: History, measured: NativeMetrics, metrics: readonly MetricName[]): void {
  for (const name of ['loss', ...metrics] as const) {
    history[`val_${name}`] ??= [];
    history[`val_${name}`]?.push(measured[name]);
  }
}

/** The numbers of the latest epoch. */
export function latest(history: History, epochs: number, seconds: number): EpochInfo {
  const info: Record<string, number> = { epochs, seconds };
  for (const [name, values] of Object.entries(history)) {
    if (Array.isArray(values)) info[name] = values.at(-1);
  }
  return info as unknown as EpochInfo;
}
