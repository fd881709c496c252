import { wrongOption } from '../errors';
import type { NativeTensorSettings as TensorSettings } from '../native';
import { type InputPlace, inputsOf } from './inputs/walk';
import type { AnyLayer, TensorRow } from './layers/row';
import type { TrainedSpec } from './layers/trained';
import { type Layers, layersOf } from './layers/walk';

/*
 * The options of layers and inputs that are about training, as settings of each trained tensor.
 */

/** Those of all trained tensors, in the order of their list; none where all are default. `decays`: what weight decay acts on. */
export function tensorSettings(network: Layers, decays?: 'weights'): TensorSettings[] {
  const { layers, inputs = [] } = network;
  if (decays === undefined && !inputs.some(differs) && !layers.some(differs)) return [];
  const all: TensorSettings[] = [];
  const add = (spec: TrainedSpec, tensors: readonly TensorRow[], frozen: boolean): void => {
    for (const { name, trained = true } of tensors) if (trained) all.push(settingsOf(spec, name, decays, frozen));
  };
  for (const { spec, tensors } of inputsOf(network)) add(spec, tensors, isFrozen(spec));
  const frozen: boolean[] = [];
  for (const { spec, tensors, depth } of layersOf(network)) {
    frozen[depth] = isFrozen(spec) || (frozen[depth - 1] ?? false);
    add(spec, tensors, frozen[depth]);
  }
  return all;
}

function settingsOf(
  { learningRateFactor = 1, l1 = 0, l2 = 0 }: TrainedSpec,
  tensor: string,
  decays: 'weights' | undefined,
  frozen: boolean,
): TensorSettings {
  const factor = typeof learningRateFactor === 'number' ? learningRateFactor : (learningRateFactor[tensor] ?? 1);
  const isWeights = tensor === 'weights';
  return [factor, Number(isWeights || decays === undefined), isWeights ? l1 : 0, isWeights ? l2 : 0, Number(frozen)];
}

function isFrozen({ trainable }: TrainedSpec): boolean {
  return trainable === false;
}

/** Whether a layer, a layer inside it, or an input has any such option. */
function differs(spec: TrainedSpec & { type: string; layers?: readonly AnyLayer[] }): boolean {
  const { trainable, learningRateFactor, l1, l2, layers = [] } = spec;
  return trainable !== undefined || learningRateFactor !== undefined || l1 !== undefined || l2 !== undefined || layers.some(differs);
}

/** Refuses a network that has nothing to train. */
export function checkTrainable(settings: readonly TensorSettings[]): void {
  if (settings.length === 0 || settings.some(([, , , , frozen]) => frozen === 0)) return;
  throw wrongOption('fit has nothing to train: everything is frozen; set nn.layers[0].trainable = true, or that of another layer');
}

/** Refuses factors of tensors that a layer or an input does not have with its other options. */
export function checkFactors({ spec, name, tensors }: Pick<InputPlace, 'name' | 'tensors'> & { spec: TrainedSpec }): void {
  const { learningRateFactor } = spec;
  if (typeof learningRateFactor !== 'object') return;
  const missing = Object.keys(learningRateFactor).find((key) => !tensors.some((tensor) => tensor.name === key));
  if (missing === undefined) return;
  const own = tensors.filter(({ trained = true }) => trained).map((tensor) => tensor.name);
  throw wrongOption(
    `${name}.learningRateFactor has ${JSON.stringify(missing)}, a tensor that ${name} does not have; it has ${own.length === 0 ? 'none' : own.join(', ')}`,
  );
}
