import { elementCount, newArray } from './data/typed-arrays';
import { wrongOption, wrongShape, wrongType, wrongValue } from './errors';
import type { FloatArray } from './native';
import type { Precision, TensorPlace } from './options';
import { anything, isArray, lengthOf, object, record } from './options/check';
import { type BiasLike, checkParameter, convertParameter, type ParameterLike, type Tensor, type WeightsLike } from './parameters';

/** The gradient of the loss with respect to one layer's parameters. */
export interface LayerGradient<P extends Precision = Precision> {
  /** The layer's index in `layers`. */
  layer: number;
  /**
   * The gradient of each tensor of the layer by its name, in its shape; for a tensor that is not trained, such as running statistics, what
   * the batch has measured.
   */
  parameters: Record<string, Tensor<readonly number[], P>>;
  /** The same as `parameters.weights`: `[in, units]`. A layer without weights has none, whatever its type says. */
  weights: Tensor<[number, number], P>;
  /** The same as `parameters.bias`: `[units]`. A layer without a bias has none, whatever its type says. */
  bias: Tensor<[number], P>;
}

/**
 * A gradient to be given to `update`: `parameters`, or those of their tensors that are called `weights` and `bias` beside it. `layer` may be
 * left out, and what `{ layers: true }` adds is ignored.
 */
export interface LayerGradientLike {
  layer?: number;
  parameters?: Readonly<Record<string, ParameterLike>>;
  weights?: WeightsLike;
  bias?: BiasLike;
  input?: unknown;
  delta?: unknown;
}

/** The tensors of one layer that `backward` has a gradient of. */
export interface GradientPlace {
  layer: number;
  tensors: readonly TensorPlace[];
}

/** The layers with trained tensors, in order. */
export function gradientPlaces(tensors: readonly TensorPlace[]): GradientPlace[] {
  const places: { layer: number; tensors: TensorPlace[] }[] = [];
  const byLayer = new Map<number, TensorPlace[]>();
  for (const tensor of tensors) {
    const found = byLayer.get(tensor.layer);
    // The trained ones come first.
    if (found !== undefined) found.push(tensor);
    else if (tensor.trained) {
      const own = [tensor];
      byLayer.set(tensor.layer, own);
      places.push({ layer: tensor.layer, tensors: own });
    }
  }
  return places;
}

/** The gradients in a block of all parameters; each tensor is a copy. */
export function fromBlock(block: FloatArray, places: readonly GradientPlace[]): LayerGradient[] {
  return places.map(({ layer, tensors }) => {
    const parameters: { [name: string]: Tensor } = {};
    const gradient: { [name: string]: unknown } = { layer, parameters };
    for (const { key, offset, length, shape } of tensors) {
      const tensor: Tensor = { data: block.slice(offset, offset + length), shape: [...shape] };
      parameters[key] = tensor;
      if (besides.has(key)) gradient[key] = tensor;
    }
    return gradient as unknown as LayerGradient;
  });
}

/** The tensors that a gradient has beside `parameters`, too. */
const besides = new Set(['weights', 'bias']);

const gradientParts = record<{ [part in keyof LayerGradientLike]?: unknown }>({
  layer: anything,
  parameters: anything,
  weights: anything,
  bias: anything,
  input: anything,
  delta: anything,
});

/** Checks the gradients of all layers with trained tensors; a block of all parameters. What is measured and not given is NaN there: it stays as it is. */
export function toBlock(value: unknown, places: readonly GradientPlace[], precision: Precision, parameterCount: number): FloatArray {
  if (!isArray(value))
    throw wrongType('gradients', 'an array with { weights, bias } or { parameters } for each layer that has weights', value);
  const length = lengthOf(value, 'gradients');
  if (length !== places.length) {
    throw wrongShape(`gradients must have ${places.length} elements, one for each layer that has weights, got ${length}`);
  }
  const converted = places.flatMap((place, index) => {
    const name = `gradients[${index}]`;
    return partsOf(value[index], name, place).map(({ tensor, given, at }) => ({
      ...{ tensor, at },
      matrix: convertParameter(given, at, tensor, precision),
    }));
  });
  const block = newArray(precision, elementCount('gradients', parameterCount, 1));
  // Values are checked when all have been read: reading one layer's may run code that writes into another's.
  for (const { tensors } of places) {
    for (const { trained, offset, length } of tensors) if (!trained) block.fill(NaN, offset, offset + length);
  }
  for (const { tensor, at, matrix } of converted) block.set(checkParameter(matrix, at, tensor), tensor.offset);
  return block;
}

interface Part {
  tensor: TensorPlace;
  given: unknown;
  /** How messages call it. */
  at: string;
}

/** The tensors in one layer's gradient, each read once. */
function partsOf(value: unknown, name: string, { layer: wanted, tensors }: GradientPlace): Part[] {
  const { layer, parameters, ...rest } = gradientParts(value, name);
  if (layer !== undefined && layer !== wanted) throw wrongValue(`${name}.layer`, String(wanted), layer);
  const named = parameters === undefined ? undefined : object(parameters, `${name}.parameters`);
  const known = new Set(tensors.map(({ key }) => key));
  for (const key of [...Object.keys(named ?? {}), ...[...besides].filter((part) => part in rest)]) {
    if (!known.has(key)) throw wrongOption(`${name} has no ${JSON.stringify(key)}: layers[${wanted}] has ${[...known].join(', ')}`);
  }
  return tensors.flatMap((tensor) => {
    const { key, trained } = tensor;
    const inside: unknown = named?.[key];
    const beside: unknown = besides.has(key) ? rest[key as 'weights' | 'bias'] : undefined;
    if (inside !== undefined && beside !== undefined && inside !== beside) {
      throw wrongOption(`${name} has two gradients of ${key}, in parameters and beside them: leave one out`);
    }
    if (inside === undefined && beside === undefined && !trained) return [];
    const isBeside = inside === undefined && (besides.has(key) || named === undefined);
    return [{ tensor, given: inside ?? beside, at: isBeside ? `${name}.${key}` : `${name}.parameters.${key}` }];
  });
}
