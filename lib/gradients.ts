import { elementCount, newArray } from './data/typed-arrays';
import { wrongOption, wrongShape, wrongType, wrongValue } from './errors';
import type { FloatArray } from './native';
import type { Precision, TensorPlace } from './options';
import { anything, isArray, lengthOf, object, record } from './options/check';
import { type BiasLike, checkParameter, convertParameter, type ParameterLike, type Tensor, type WeightsLike } from './parameters';

/** The gradient of the loss with respect to one layer's parameters. */
export interface LayerGradient<P extends Precision = Precision> {
  /** The layer's index in `layers`. The gradient of an input has none, whatever its type says, */
  layer: number;
  /** but the input's index in `inputs`. */
  inputIndex?: number;
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
 * A gradient to be given to `update`: `parameters`, or those of their tensors that are called `weights` and `bias` beside it. `layer` and
 * `inputIndex` may be left out, and what `{ layers: true }` adds is ignored.
 */
export interface LayerGradientLike {
  layer?: number;
  inputIndex?: number;
  parameters?: Readonly<Record<string, ParameterLike>>;
  weights?: WeightsLike;
  bias?: BiasLike;
  input?: unknown;
  delta?: unknown;
}

/** The tensors of one layer or input that `backward` has a gradient of. */
export interface GradientPlace {
  list: TensorPlace['list'];
  layer: number;
  tensors: readonly TensorPlace[];
}

/** The inputs with trained tensors in order, then the layers. */
export function gradientPlaces(tensors: readonly TensorPlace[]): GradientPlace[] {
  const places: (GradientPlace & { tensors: TensorPlace[] })[] = [];
  const lists = { inputs: new Map<number, TensorPlace[]>(), layers: new Map<number, TensorPlace[]>() };
  for (const tensor of tensors) {
    const { list, layer } = tensor;
    const found = lists[list].get(layer);
    // The trained ones come first.
    if (found !== undefined) found.push(tensor);
    else if (tensor.trained) {
      const own = [tensor];
      lists[list].set(layer, own);
      places.push({ list, layer, tensors: own });
    }
  }
  return places;
}

/** The gradients in a block of all parameters; each tensor is a copy. */
export function fromBlock(block: FloatArray, places: readonly GradientPlace[]): LayerGradient[] {
  return places.map(({ list, layer, tensors }) => {
    const parameters: { [name: string]: Tensor } = {};
    const gradient: { [name: string]: unknown } = { [indexOf[list]]: layer, parameters };
    for (const { key, offset, length, shape } of tensors) {
      const tensor: Tensor = { data: block.slice(offset, offset + length), shape: [...shape] };
      parameters[key] = tensor;
      if (list === 'layers' && besides.has(key)) gradient[key] = tensor;
    }
    return gradient as unknown as LayerGradient;
  });
}

/** How a gradient says whose it is. */
const indexOf = { layers: 'layer', inputs: 'inputIndex' } as const;

/** The tensors that a layer's gradient has beside `parameters`, too. */
const besides = new Set(['weights', 'bias']);

const gradientParts = record<{ [part in keyof LayerGradientLike]?: unknown }>({
  layer: anything,
  inputIndex: anything,
  parameters: anything,
  weights: anything,
  bias: anything,
  input: anything,
  delta: anything,
});

/** Checks the gradients of all layers with trained tensors; a block of all parameters. Measured tensors that are not given are NaN there: they stay. */
export function toBlock(value: unknown, places: readonly GradientPlace[], precision: Precision, parameterCount: number): FloatArray {
  if (!isArray(value))
    throw wrongType('gradients', 'an array with { weights, bias } or { parameters } for each layer that has weights', value);
  const length = lengthOf(value, 'gradients');
  if (length !== places.length) {
    throw wrongShape(
      `gradients must have ${places.length} elements, one for each ${places[0]?.list === 'inputs' ? 'input and layer' : 'layer'} that has weights, got ${length}`,
    );
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
function partsOf(value: unknown, name: string, { list, layer: wanted, tensors }: GradientPlace): Part[] {
  const { parameters, ...rest } = gradientParts(value, name);
  for (const part of ['layer', 'inputIndex'] as const) {
    const given = rest[part];
    const expected = part === indexOf[list] ? wanted : undefined;
    if (given !== undefined && given !== expected) throw wrongValue(`${name}.${part}`, String(expected), given);
  }
  const named = parameters === undefined ? undefined : object(parameters, `${name}.parameters`);
  const known = new Set(tensors.map(({ key }) => key));
  for (const key of [...Object.keys(named ?? {}), ...[...besides].filter((part) => part in rest)]) {
    if (!known.has(key)) throw wrongOption(`${name} has no ${JSON.stringify(key)}: ${list}[${wanted}] has ${[...known].join(', ')}`);
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
