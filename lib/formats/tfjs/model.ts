import { describe } from '../../errors';
import type { Pieces } from '../../event-loop';
import { layersOf, rowOf, type TensorPlace, tensorName, tensorsOf } from '../../options';
import { badModel, checkingParameters, floats, type ModelState, readSpec } from '../state';
import { type FoundLayer, readTopology } from './topology';
import { copyWeight, readWeights, type Weight } from './weights';

/** A model of TensorFlow.js; `weightData` are the bytes of all weights. `name` is what the model is called in errors. */
export function* readingTfjs(modelTopology: unknown, weightSpecs: unknown, weightData: Uint8Array, name: string): Pieces<ModelState> {
  const { inputSize, layers } = readTopology(modelTopology, name);
  const spec = readSpec({ inputSize, layers: layers.map(({ options }) => options) }, name);
  const { weights, bytes } = readWeights(weightSpecs, name);
  if (weightData.length !== bytes) throw badModel(name, `has weights of ${bytes} bytes, but ${weightData.length} are there`);
  const tensors = new Map(Array.from(tensorsOf(spec), (tensor) => [tensor.name, tensor]));
  const all: Weights = { weights, behind: new Map(Array.from(weights.keys(), (key) => [key.slice(key.indexOf('/') + 1), key])) };
  const plan: [tensor: TensorPlace, weight: Weight | number][] = [];
  for (const { path, tensors: own } of layersOf(spec)) {
    const layer = layers[path[0] as number] as FoundLayer;
    for (const [theirs, ours] of Object.entries(rowOf({ type: layer.options.type as string }).keras?.weights ?? {})) {
      if (!own.some((row) => row.name === ours)) continue;
      const tensor = tensors.get(tensorName(path, ours)) as TensorPlace;
      plan.push([tensor, layer.without.includes(theirs) ? Number(theirs === 'gamma') : take(all, layer.name, theirs, tensor, name)]);
    }
  }
  for (const left of weights.keys()) throw badModel(name, `has a weight ${describe(left)} that no layer has`);
  const parameters = floats(
    'f32',
    plan.reduce((sum, [{ length }]) => sum + length, 0),
    'shared',
  );
  for (const [{ offset, length }, weight] of plan) {
    if (typeof weight === 'number') parameters.fill(weight, offset, offset + length);
    else yield* copyWeight(weight, weightData, parameters, offset, name);
    yield;
  }
  yield* checkingParameters(parameters, spec, name);
  return { spec, metadata: {}, parameters };
}

/** All weights by their names, and those names by what is behind that of the model. */
interface Weights {
  weights: Map<string, Weight>;
  behind: ReadonlyMap<string, string>;
}

/** The weight `layer/kernel`, or `model/layer/kernel`; it is taken out of the others. */
function take({ weights, behind }: Weights, layer: string, key: string, { shape }: TensorPlace, name: string): Weight {
  const wanted = `${layer}/${key}`;
  const called = weights.has(wanted) ? wanted : behind.get(wanted);
  const weight = called === undefined ? undefined : weights.get(called);
  if (called === undefined || weight === undefined) throw badModel(name, `has no weight ${describe(wanted)}`);
  if (weight.shape.join() !== shape.join()) {
    throw badModel(name, `has ${describe(called)} in the shape [${weight.shape.join(', ')}], where [${shape.join(', ')}] is expected`);
  }
  weights.delete(called);
  return weight;
}
