import {
  checkMatrix,
  convertMatrix,
  convertVector,
  type Matrix,
  type MatrixLike,
  type MatrixWanted,
  type RowLike,
  type TensorLike,
  toVector,
} from './data/matrix';
import { newArray } from './data/typed-arrays';
import { wrongShape, wrongType, wrongValue } from './errors';
import type { FloatArray, FloatArrayOf, NativeNetwork } from './native';
import type { DenseSpec, NetworkSpec, Precision } from './options';
import { anything, isArray, lengthOf, record } from './options/check';

/** Numbers in row-major order, and their shape. */
export interface Tensor<Shape extends readonly number[] = readonly number[], P extends Precision = Precision> {
  data: FloatArrayOf<P>;
  shape: Shape;
}

/** What `weights` can be set from: a matrix `[in, units]`, or as many values in row-major order. */
export type WeightsLike = MatrixLike;

/** What `bias` can be set from: anything with `units` values. */
export type BiasLike = RowLike | TensorLike;

/** The gradient of the loss with respect to one dense layer's parameters. */
export interface LayerGradient<P extends Precision = Precision> {
  /** The layer's index in `layers`. */
  layer: number;
  /** `[in, units]`. */
  weights: Tensor<[number, number], P>;
  /** `[units]`. */
  bias: Tensor<[number], P>;
}

/** A gradient to be given to `update`; `layer` may be left out, and what `{ layers: true }` adds is ignored. */
export interface LayerGradientLike {
  layer?: number;
  weights: WeightsLike;
  bias: BiasLike;
  input?: unknown;
  delta?: unknown;
}

/** Where a dense layer stands, and the size of its parameters. */
export interface DensePlace {
  /** Its index among all layers. */
  layer: number;
  /** Its index among the dense layers: the addon's number for it. */
  index: number;
  inputs: number;
  units: number;
  spec: DenseSpec;
}

/** The dense layers of a network in order. */
export function densePlaces(spec: NetworkSpec): DensePlace[] {
  const places: DensePlace[] = [];
  let inputs = spec.inputSize;
  for (const [layer, options] of spec.layers.entries()) {
    if (options.type !== 'dense') continue;
    places.push({ layer, index: places.length, inputs, units: options.units, spec: options });
    inputs = options.units;
  }
  return places;
}

function weightsWanted({ units }: DensePlace, precision: Precision): MatrixWanted {
  return { columns: units, columnsAre: 'units', precision };
}

/** Checks weights: `[in, units]`. */
export function toWeights(value: unknown, name: string, place: DensePlace, precision: Precision): FloatArray {
  const wanted = weightsWanted(place, precision);
  return checkMatrix(convertWeights(value, name, place, wanted), name, wanted).data;
}

function convertWeights(value: unknown, name: string, { inputs, units }: DensePlace, wanted: MatrixWanted): Matrix {
  const matrix = convertMatrix(value, name, wanted);
  if (matrix.rows !== inputs) throw wrongShape(`${name} must have shape [${inputs}, ${units}], got [${matrix.rows}, ${units}]`);
  return matrix;
}

/** Checks a bias: `[units]`. */
export function toBias(value: unknown, name: string, place: DensePlace, precision: Precision): FloatArray {
  return toVector(value, name, weightsWanted(place, precision));
}

export function readWeights(network: NativeNetwork, place: DensePlace, precision: Precision): Tensor<[number, number]> {
  const data = newArray(precision, place.inputs * place.units);
  network.readParameter(place.index, 'weights', data);
  return { data, shape: [place.inputs, place.units] };
}

export function readBias(network: NativeNetwork, place: DensePlace, precision: Precision): Tensor<[number]> {
  const data = newArray(precision, place.units);
  network.readParameter(place.index, 'bias', data);
  return { data, shape: [place.units] };
}

/** Gradients of the right sizes, to be filled in. */
export function emptyGradients(places: readonly DensePlace[], precision: Precision): LayerGradient[] {
  return places.map(({ layer, inputs, units }) => ({
    layer,
    weights: { data: newArray(precision, inputs * units), shape: [inputs, units] },
    bias: { data: newArray(precision, units), shape: [units] },
  }));
}

const gradientParts = record<{ [part in keyof LayerGradientLike]?: unknown }>({
  layer: anything,
  weights: anything,
  bias: anything,
  input: anything,
  delta: anything,
});

/** Checks the gradients of all dense layers; weights and bias of each in turn. */
export function toGradients(value: unknown, places: readonly DensePlace[], precision: Precision): FloatArray[] {
  if (!isArray(value)) throw wrongType('gradients', 'an array with { weights, bias } for each dense layer', value);
  const length = lengthOf(value, 'gradients');
  if (length !== places.length) {
    throw wrongShape(`gradients must have ${places.length} elements, one for each dense layer, got ${length}`);
  }
  const converted = places.map((place) => {
    const name = `gradients[${place.index}]`;
    const { layer, weights, bias } = gradientParts(value[place.index], name);
    if (layer !== undefined && layer !== place.layer) throw wrongValue(`${name}.layer`, String(place.layer), layer);
    const wanted = weightsWanted(place, precision);
    const parts = {
      weights: convertWeights(weights, `${name}.weights`, place, wanted),
      bias: convertVector(bias, `${name}.bias`, wanted),
    };
    return { name, wanted, parts };
  });
  // Values are checked when all have been read: reading one layer's may run code that writes into another's.
  return converted.flatMap(({ name, wanted, parts }) => [
    checkMatrix(parts.weights, `${name}.weights`, wanted).data,
    checkMatrix(parts.bias, `${name}.bias`, wanted).data,
  ]);
}
