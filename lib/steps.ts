import { checkBatchRows } from './data/batch-rows';
import { type SampleShape, toSamples, type VectorLike } from './data/samples';
import { newArray } from './data/typed-arrays';
import { ChainruleRangeError } from './errors';
import { fromBlock, type GradientPlace, type LayerGradient, type LayerGradientLike, toBlock } from './gradients';
import { withLayers } from './inside';
import type { NativeNetwork } from './native';
import { wire } from './native/wire';
import {
  checkBackward,
  checkBackwardOptions,
  checkStepOptimizer,
  checkUpdate,
  type LayersOptions,
  type NetworkSpec,
  type Optimizer,
  type Precision,
  tensorSettings,
} from './options';
import { customLoss } from './training/custom-loss';

/*
 * The steps of backpropagation that NeuralNetwork has as methods.
 */

/** The options of `backward`. */
export interface BackwardOptions extends LayersOptions {
  /** A weight for each row, as in the samples of `fit`. */
  sampleWeight?: VectorLike;
}

/** The result of one pass of backpropagation. */
export interface BackwardResult<P extends Precision = Precision> {
  /** The loss of the batch. */
  loss: number;
  /** One element for each layer with weights or the like, in order; each says which of `layers` it belongs to. */
  gradients: LayerGradient<P>[];
}

/** The parts of a network that the steps need. */
export interface Steps {
  network: NativeNetwork;
  spec: NetworkSpec;
  shape: SampleShape;
  places: readonly GradientPlace[];
}

export function backward({ network, spec, shape, places }: Steps, { x, y }: { x: unknown; y: unknown }, options: unknown): BackwardResult {
  checkBackward(x, y);
  const { layers = false, sampleWeight } = options === undefined ? {} : checkBackwardOptions(options);
  const samples = toSamples({ x, y, sampleWeight }, 'data', '', shape);
  checkBatchRows(samples.rows, 'x', shape.rowsNeeded?.());
  const block = newArray(shape.precision, network.parameterCount);
  const trace = layers ? withLayers(spec, samples.rows) : undefined;
  const custom = customLoss(spec, shape);
  let loss: number;
  try {
    loss = network.backward(samples, block, wire.tensors(tensorSettings(spec)), trace?.block, custom);
  } catch (error) {
    throw custom === undefined ? error : custom.errorOf(error);
  }
  const gradients = fromBlock(block, places);
  return { loss, gradients: trace?.beside(gradients) ?? gradients };
}

/** False if another thread trains the network: nothing has changed then, nor if this throws. */
export function update({ network, spec, shape, places }: Steps, gradients: readonly LayerGradientLike[], optimizer: Optimizer): boolean {
  checkUpdate(gradients);
  const { settings, decays } = checkStepOptimizer(optimizer, 'optimizer');
  const block = toBlock(gradients, places, shape.precision, network.parameterCount);
  const result = network.update(block, wire.optimizer(settings, tensorSettings(spec, decays)));
  if (result === 'overflow') {
    throw new ChainruleRangeError(
      'ERR_CHAINRULE_VALUE',
      `gradients and optimizer must give finite weights and a finite optimizer state, got an overflow; nothing has changed. ` +
        `Try a lower optimizer.learningRate than ${settings.learningRate}, or smaller gradients`,
    );
  }
  return result === 'updated';
}
