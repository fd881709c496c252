import { type SampleShape, toSamples } from './data/samples';
import { ChainruleRangeError } from './errors';
import { withLayers } from './inside';
import type { NativeNetwork } from './native';
import { wire } from './native/wire';
import { checkBackward, checkLayers, checkStepOptimizer, checkUpdate, type Optimizer, type Precision } from './options';
import { type DensePlace, emptyGradients, type LayerGradient, type LayerGradientLike, toGradients } from './parameters';

/*
 * The steps of backpropagation that NeuralNetwork has as methods.
 */

/** The result of one pass of backpropagation. */
export interface BackwardResult<P extends Precision = Precision> {
  /** The loss of the batch. */
  loss: number;
  /** One element for each dense layer, in order; each says which of `layers` it belongs to. */
  gradients: LayerGradient<P>[];
}

export function backward(
  network: NativeNetwork,
  shape: SampleShape,
  places: readonly DensePlace[],
  { x, y }: { x: unknown; y: unknown },
  options: unknown,
): BackwardResult {
  checkBackward(x, y);
  const layers = options !== undefined && checkLayers(options).layers;
  const samples = toSamples({ x, y }, 'data', '', shape);
  const gradients = emptyGradients(places, shape.precision);
  const arrays = gradients.flatMap(({ weights, bias }) => [weights.data, bias.data]);
  const layerwise = layers ? withLayers(gradients, shape.precision, samples.rows) : undefined;
  const loss = network.backward(samples, arrays, layerwise?.arrays);
  return { loss, gradients: layerwise?.gradients ?? gradients };
}

/** False if another thread trains the network: nothing has changed then, nor if this throws. */
export function update(
  network: NativeNetwork,
  places: readonly DensePlace[],
  precision: Precision,
  gradients: readonly LayerGradientLike[],
  optimizer: Optimizer,
): boolean {
  checkUpdate(gradients);
  const settings = checkStepOptimizer(optimizer, 'optimizer');
  const result = network.update(toGradients(gradients, places, precision), wire.optimizer(settings));
  if (result === 'overflow') {
    throw new ChainruleRangeError(
      'ERR_CHAINRULE_VALUE',
      `gradients and optimizer must give finite weights and a finite optimizer state, got an overflow; nothing has changed. ` +
        `Try a lower optimizer.learningRate than ${settings.learningRate}, or smaller gradients`,
    );
  }
  return result === 'updated';
}
