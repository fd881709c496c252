import { Stream } from '../data/streams';
import { inSlices } from '../event-loop';
import type { NativeNetwork } from '../native';
import type { CheckedFit, DenseSpec } from '../options';
import type { Warnings } from '../warnings';
import { throwIfAborted } from './abort';
import type { History } from './history';
import { deadOutputs, findingUnreachable, sampleOf } from './reach';
import { findingSplitProblem } from './split';
import { sameUnits } from './symmetry';
import { type TrainingData, train } from './train';

/** Trains as `train` does, and warns of what cannot be learned. */
export async function trainAndWarn(network: NativeNetwork, data: TrainingData, options: CheckedFit, warnings: Warnings): Promise<History> {
  const { source, validation, shape, spec } = data;
  const { activation } = spec.layers.at(-1) as DenseSpec;
  if (!(source instanceof Stream)) {
    const unlessAborted = () => throwIfAborted(options.signal);
    if (typeof options.validationSplit === 'object' && validation !== undefined) {
      const finding = () => inSlices(findingSplitProblem(source, validation, shape.outputSize), unlessAborted);
      await warnings.onceAsync('WARN_CHAINRULE_SPLIT', finding);
    }
    await warnings.onceAsync('WARN_CHAINRULE_TARGETS', () => inSlices(findingUnreachable(source, shape, activation), unlessAborted));
  }
  warnings.once('WARN_CHAINRULE_SAME_UNITS', () => sameUnits(network, spec));
  // Taken before the training: shared memory may change meanwhile.
  const before = source instanceof Stream ? undefined : sampleOf(source, shape, activation);
  const history = await train(network, data, options);
  const sample = source instanceof Stream ? source.latest && sampleOf(source.latest, shape, activation) : before;
  if (sample !== undefined) {
    // The training is complete: it does not fail because there is no memory to look at its result.
    await warnings.onceAsync('WARN_CHAINRULE_DEAD_OUTPUT', () => deadOutputs(network, sample, shape.outputSize).catch(() => undefined));
  }
  return history;
}
