import { givingBack } from './data/intake';
import { openSamples, type SampleShape, type Samples } from './data/samples';
import { notMeasurable, wrongOption } from './errors';
import { confusionMatrix } from './metrics/confusion-matrix';
import { warnUndefined } from './metrics/formulas';
import { checkMeasurable, type Judged, measure, thresholdOf } from './metrics/measure';
import { toClasses } from './metrics/to-classes';
import type { NativeNetwork } from './native';
import {
  type CheckedEvaluate,
  checkData,
  checkEvaluate,
  type EvaluateOptions,
  isNative,
  type MetricName,
  type NetworkSpec,
} from './options';
import { customLoss, evaluateSamples } from './training/custom-loss';

/** The result of `evaluate`. */
export interface Evaluation extends Partial<Record<MetricName, number>> {
  /** Mean loss, without dropout. */
  loss: number;
  /** If asked for: `confusionMatrix[actual][predicted]` counts samples. */
  confusionMatrix?: number[][];
  /** The names of its rows and columns, if the network has them. */
  classNames?: readonly string[];
  /** Metrics that have names of their own: numbers; or a figure for each class, in a list or by the classes' names. */
  [metric: string]: unknown;
}

/** Measures a network's loss, and what else is asked for. */
export async function evaluate(
  network: NativeNetwork,
  shape: SampleShape,
  spec: NetworkSpec,
  data: Samples,
  options: EvaluateOptions,
): Promise<Evaluation> {
  checkData(data, options, 'evaluate(X, y)');
  const checked = checkEvaluate(options, shape.loss);
  if (checked.confusionMatrix && shape.targetSize !== shape.outputSize) {
    throw wrongOption(`confusionMatrix does not go with the loss "${shape.loss}", whose targets are numbers`);
  }
  checkMeasurable(checked.metrics, spec);
  return givingBack(shape, (room) => measureAll(network, room, spec, data, checked));
}

async function measureAll(
  network: NativeNetwork,
  shape: SampleShape,
  spec: NetworkSpec,
  data: Samples,
  { metrics, confusionMatrix: counted }: CheckedEvaluate,
): Promise<Evaluation> {
  const { samples, complete } = openSamples(data, 'data', '', shape, 'shared');
  if (complete !== undefined) await complete();
  const measured = await evaluateSamples(network, samples, customLoss(spec, shape));
  const result: Evaluation = { loss: measured.loss };
  for (const { name } of [{ name: 'loss' }, ...metrics.filter(isNative)]) {
    const value = measured[name] as number;
    if (!Number.isFinite(value)) throw notMeasurable({ quantity: name, value });
    result[name] = value;
  }
  const others = metrics.filter((metric) => !isNative(metric));
  if (others.length === 0 && !counted) return result;
  const judged: Judged = { spec, samples, outputs: await network.predictAsync(samples.x, samples.rows, samples.index) };
  for (const { metric, value, reasons } of await measure(others, judged)) {
    result[metric.name] = typeof value === 'number' ? value : byName(value, spec.classNames);
    warnUndefined(metric.name, reasons);
  }
  if (counted) result.confusionMatrix = countClasses(judged, shape.outputSize);
  if (counted && spec.classNames !== undefined) result.classNames = [...spec.classNames];
  return result;
}

/** Figures of classes by their names. */
function byName(values: readonly number[], classNames: readonly string[] | undefined): unknown {
  return classNames === undefined ? values : Object.fromEntries(classNames.map((name, index) => [name, values[index] as number]));
}

function countClasses({ spec, outputs, samples }: Judged, columns: number): number[][] {
  const { y, rows, index } = samples;
  const shape = [rows, columns];
  const predicted = toClasses({ data: outputs, shape }, thresholdOf(spec));
  const all = y instanceof Int32Array ? y : toClasses({ data: y, shape: [y.length / columns, columns] });
  return confusionMatrix(index === undefined ? all : Int32Array.from(index, (row) => all[row] as number), predicted, Math.max(columns, 2));
}
