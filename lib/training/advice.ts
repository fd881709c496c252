import { Stream } from '../data/streams';
import { inSlices } from '../event-loop';
import type { NativeNetwork, NativeSamples } from '../native';
import { type CheckedFit, comparesNumbers, type DenseSpec, losses } from '../options';
import type { Warnings } from '../warnings';
import { throwIfAborted } from './abort';
import { countingClasses, entropyOf, imbalanceTrap, labelTrap } from './class-traps';
import { constantTrap, measureColumns, scaleTrap, targetTrap } from './column-traps';
import { findingDeadUnits, type LayerOutputs } from './dead-units';
import type { History } from './history';
import { risingTrap, stuckTrap } from './loss-traps';
import { deadOutputs, findingUnreachable, sampleOf } from './reach';
import { lengthOf } from './schedule';
import { findingSplitProblem } from './split';
import { sameUnits } from './symmetry';
import { type TrainingData, train } from './train';

/** Rows for which units are looked at: each is a prediction. */
const rowsForUnits = 128;

/** Trains as `train` does, and warns of what cannot be learned, or learns badly. `outputs` looks into the network. */
export async function trainAndWarn(
  network: NativeNetwork,
  data: TrainingData,
  options: CheckedFit,
  warnings: Warnings,
  outputs: LayerOutputs,
): Promise<History> {
  if (!options.warnings) return train(network, data, options);
  const { source, shape, spec } = data;
  const { activation } = spec.layers.at(-1) as DenseSpec;
  const constantLoss = source instanceof Stream ? undefined : await warnOfData(source, data, options, warnings);
  warnings.once('WARN_CHAINRULE_SAME_UNITS', () => sameUnits(network, spec));
  // Taken before the training: shared memory may change meanwhile.
  const before = source instanceof Stream ? undefined : sampleOf(source, shape);
  const sample = (): NativeSamples | undefined =>
    before ?? (source instanceof Stream ? source.latest && sampleOf(source.latest, shape) : undefined);
  const warnOfDeadUnits = async (): Promise<void> => {
    const rows = sample();
    if (rows === undefined) return;
    const { x, rows: count } = sampleOf(rows, shape, rowsForUnits);
    // The training goes on, or is complete: it does not fail because there is no memory to look at it.
    await warnings.onceAsync('WARN_CHAINRULE_DEAD_UNITS', () => inSlices(findingDeadUnits(outputs, spec, x, count)).catch(() => undefined));
  };
  const history = await train(network, { ...data, afterFirstEpoch: warnOfDeadUnits }, options);
  await warnOfDeadUnits();
  const rows = sample();
  if (rows !== undefined && activation === 'relu' && comparesNumbers(shape.loss) && shape.targetSize === shape.outputSize) {
    await warnings.onceAsync('WARN_CHAINRULE_DEAD_OUTPUT', () => deadOutputs(network, rows, shape.outputSize).catch(() => undefined));
  }
  const { batchesPerEpoch } = lengthOf(source, options);
  if (constantLoss !== undefined && batchesPerEpoch !== undefined) {
    warnings.once('WARN_CHAINRULE_STUCK', () => stuckTrap(history, history.loss.length * batchesPerEpoch, constantLoss));
  }
  warnings.once('WARN_CHAINRULE_RISING_LOSS', () => risingTrap(history));
  return history;
}

/** Warns of the data, and gives the loss of the best constant prediction; undefined for a loss that has no formula for it here. */
async function warnOfData(
  source: NativeSamples,
  { validation, shape, spec }: TrainingData,
  options: CheckedFit,
  warnings: Warnings,
): Promise<number | undefined> {
  const { loss, outputSize } = shape;
  const { activation } = spec.layers.at(-1) as DenseSpec;
  const unlessAborted = (): void => throwIfAborted(options.signal);
  if (typeof options.validationSplit === 'object' && validation !== undefined) {
    await warnings.onceAsync('WARN_CHAINRULE_SPLIT', () =>
      inSlices(findingSplitProblem(source, validation, shape.targetSize), unlessAborted),
    );
  }
  await warnings.onceAsync('WARN_CHAINRULE_TARGETS', () => inSlices(findingUnreachable(source, shape, activation), unlessAborted));
  const columns = await measureColumns(source, 'x', shape.inputSize, shape.intake);
  unlessAborted();
  warnings.once('WARN_CHAINRULE_SCALES', () => scaleTrap(columns, spec));
  warnings.once('WARN_CHAINRULE_CONSTANT_COLUMN', () => constantTrap(columns));
  if (comparesNumbers(loss)) {
    const targets = await measureColumns(source, 'y', shape.targetSize, shape.intake);
    unlessAborted();
    warnings.once('WARN_CHAINRULE_TARGET_SCALE', () => targetTrap(targets, loss, activation));
    return loss === 'mse' ? targets.deviation.reduce((sum, deviation) => sum + deviation ** 2, 0) / outputSize : undefined;
  }
  if (losses[loss].targets !== 'probabilities') return undefined;
  const classes = await inSlices(countingClasses(source, outputSize, loss), unlessAborted);
  warnings.once('WARN_CHAINRULE_LABELS', () => labelTrap(classes));
  const isWeighted = source.weights !== undefined;
  if (!isWeighted && !('posWeight' in spec.loss)) warnings.once('WARN_CHAINRULE_IMBALANCE', () => imbalanceTrap(classes));
  const isPlain = (loss === 'crossEntropy' || loss === 'binaryCrossEntropy') && Object.keys(spec.loss).length === 1;
  return isPlain && !isWeighted ? entropyOf(classes) : undefined;
}
