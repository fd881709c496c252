import { givingBack } from './data/intake';
import { openSamples, type SampleShape, type Samples } from './data/samples';
import { notMeasurable, wrongOption } from './errors';
import { confusionMatrix, type Evaluation, toClasses } from './metrics';
import type { NativeNetwork, NativeSamples } from './native';
import {
  type CheckedEvaluate,
  checkData,
  checkEvaluate,
  type DenseSpec,
  type EvaluateOptions,
  middleOf,
  type NetworkSpec,
} from './options';

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
  return givingBack(shape, (room) => measure(network, room, spec, data, checked));
}

async function measure(
  network: NativeNetwork,
  shape: SampleShape,
  spec: NetworkSpec,
  data: Samples,
  checked: CheckedEvaluate,
): Promise<Evaluation> {
  const { samples, complete } = openSamples(data, 'data', '', shape, 'shared');
  if (complete !== undefined) await complete();
  const measured = await network.evaluate(samples);
  const result: Evaluation = { loss: measured.loss };
  for (const name of ['loss', ...checked.metrics] as const) {
    const value = measured[name];
    if (!Number.isFinite(value)) throw notMeasurable({ quantity: name, value });
    result[name] = value;
  }
  if (checked.confusionMatrix) result.confusionMatrix = await countClasses(network, samples, shape.outputSize, threshold(spec));
  return result;
}

async function countClasses(network: NativeNetwork, { x, y, rows }: NativeSamples, columns: number, middle: number): Promise<number[][]> {
  const shape = [rows, columns];
  const predicted = { data: await network.predictAsync(x, rows), shape };
  const actual = y instanceof Int32Array ? y : toClasses({ data: y, shape });
  return confusionMatrix(actual, toClasses(predicted, middle), Math.max(columns, 2));
}

/** Where a single output changes from class 0 to class 1. */
function threshold({ loss, layers }: NetworkSpec): number {
  return middleOf(loss.type, (layers.at(-1) as DenseSpec).activation);
}
