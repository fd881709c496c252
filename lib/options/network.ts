import { describe, wrongOption, wrongValue } from '../errors';
import type { NativeSpec } from '../native';
import { elements, integer, maxCount, oneOf, optional, record, withDefault } from './check';
import { checkClassNames, checkNumberOfNames } from './class-names';
import { checkInputs, type InputOptions, type InputSpec, nativeInput } from './inputs/rows';
import { inputSizeOf, inputsOf, isEncoded } from './inputs/walk';
import { type LastLayer, mostLayers, type TensorRow } from './layers/row';
import { checkLayer, type LayerOptions, type LayerSpec, layerKinds, nativeLayer, rowOf } from './layers/rows';
import { type Layers, layersOf } from './layers/walk';
import { checkGivenLoss, checkLoss, checkOutputs, isOfClasses, type Loss, type LossSpec, nativeLoss } from './losses';
import { activations, explain, verdict } from './outputs';
import { checkFactors } from './tensor-settings';

export type { LossName } from './losses';
export type { Activation } from './outputs';

/**
 * The precision of arithmetic: single precision, double precision, or `'bf16'`. That is single precision but for the products of training.
 * They multiply numbers rounded to bfloat16 (8 bits of mantissa, the range of single precision) and sum them in single precision. It is up
 * to twice as fast on CPUs with instructions for it: AVX512_BF16 (AMD Zen 4, Intel Cooper Lake and Sapphire Rapids, and later) or Arm BF16
 * (Neoverse V1, Apple M2, and later). `info().precisions` says whether this one has them.
 */
export type Precision = 'f32' | 'f64' | 'bf16';

export const precisionNames: readonly Precision[] = ['f32', 'f64', 'bf16'];

/** The options of `new NeuralNetwork`: `inputSize` or `inputs`, and the rest. */
export interface NetworkOptions<P extends Precision = Precision> {
  /** The number of values in one row of `x`, if the first layer takes them unchanged. */
  inputSize?: number;
  /**
   * In place of `inputSize`: the columns of `x` in order, and what they become before the first layer: unchanged numbers,
   * periodic embeddings of numbers, and categories.
   *
   * ```ts
   * inputs: [{ type: 'numeric', columns: 5 }, { type: 'categorical', categories: 12, width: 4 }]
   * ```
   */
  inputs?: readonly InputOptions[];
  /** From input to output; the last one must be dense. */
  layers: readonly LayerOptions[];
  /**
   * The losses of classes (`crossEntropy`, `categoricalFocal`, `kl`) are means over samples, the others over samples and outputs, or targets.
   * Losses of classes are fused with a last activation of softmax, `binaryCrossEntropy` and `focal` with sigmoid, `poisson` with exp; with
   * another activation they take the outputs as logits, or logarithms of rates. Default by the last activation: `crossEntropy` for softmax,
   * `binaryCrossEntropy` for sigmoid, `poisson` for exp, `gaussianNLL` for meanVariance, else `mse`. docs/losses.md has them all.
   */
  loss?: Loss;
  /**
   * A name for each class, in the order of the outputs; two for one output of `binaryCrossEntropy`. Targets may then be names, results have
   * them, and they are saved with the network. Default: none.
   */
  classNames?: readonly string[];
  /** The source of all random numbers: a whole number, 0 or more. Default 0. */
  seed?: number;
  /**
   * Default `'f32'`. Arrays of `'bf16'` networks are `Float32Array`s, and all but `fit` and `backward` is as in `'f32'`, bit for bit:
   * predictions, evaluations, updates, saved weights. Training in `'bf16'` gives the same bits for any number of threads, but not on every
   * CPU. Where the CPU cannot do it, the constructor throws `ERR_CHAINRULE_UNSUPPORTED`, and models saved as `'bf16'` load as `'f32'`.
   */
  precision?: P;
}

/** A checked network: every default is filled in. Plain JSON but for the functions of a custom loss, and itself valid `NetworkOptions`. */
export interface NetworkSpec {
  /** One of the two: the columns of `x`, */
  inputSize?: number;
  /** or what they are. */
  inputs?: InputSpec[];
  layers: LayerSpec[];
  loss: LossSpec;
  /** Absent: none. */
  classNames?: string[];
  seed: number;
  precision: Precision;
}

const count = integer({ min: 1 });
const seed = integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

function checkLayers(value: unknown, name: string): LayerSpec[] {
  const left = { layers: mostLayers };
  const layers = elements(value, name, 'an array of layers', (layer, at) => checkLayer(layer, at, left), mostLayers);
  const last = layers.at(-1);
  if (last === undefined) throw wrongValue(name, 'an array of at least one layer', value);
  const { last: canBeLast, belongs } = rowOf(last);
  if (canBeLast !== undefined) return layers;
  const possible = layerKinds.filter((type) => rowOf({ type }).last !== undefined).join(' or ');
  throw wrongOption(`the last layer must be ${possible}, got ${describe(last.type)}${belongs === undefined ? '' : `; ${belongs}`}`);
}

/** Options before it is known that they fit together. */
interface Given {
  inputSize?: number | undefined;
  inputs?: InputSpec[] | undefined;
  layers: LayerSpec[];
  loss?: LossSpec | undefined;
  classNames?: string[] | undefined;
  seed: number;
  precision: Precision;
}

/** The last layer, as the loss sees it. */
export function lastOf({ layers }: Pick<NetworkSpec, 'layers'>): LastLayer {
  const last = layers.at(-1) as LayerSpec;
  return rowOf(last).last?.(last) as LastLayer;
}

/**
 * A network's options, checked and with defaults. Also takes a `NetworkSpec`, and then returns an equal one; under another name than `options`
 * a custom loss may lack its functions.
 */
export function checkNetwork(value: unknown, name = 'options'): NetworkSpec {
  const isGiven = name === 'options';
  const given = record<Given>(
    {
      inputSize: optional(count),
      inputs: optional(checkInputs),
      layers: checkLayers,
      loss: (loss, at) => (loss === undefined ? undefined : (isGiven ? checkGivenLoss : checkLoss)(loss, at)),
      classNames: optional(checkClassNames),
      seed: withDefault(seed, 0),
      precision: withDefault(oneOf(precisionNames), 'f32'),
    },
    { bare: isGiven, habits: 'network' },
  )(value, name);

  const columns = checkColumns(given);
  const last = lastOf(given);
  const loss = given.loss ?? checkLoss(activations[last.activation].loss, 'loss');
  const found = verdict(last.activation, loss.type, last.units);
  if (found.is === 'refused') throw wrongOption(explain(found, last.activation, loss.type, last.units));
  checkOutputs(loss, last.units);
  checkPlaces({ ...columns, layers: given.layers });
  const { layers, classNames, precision } = given;
  if (classNames !== undefined) {
    checkNumberOfNames(classNames, last.units, 'classNames');
    if (last.units === 1 && !isOfClasses(loss.type) && last.activation !== 'sigmoid') {
      throw wrongOption('classNames needs an output for each class, or one of "sigmoid": the one output is a number');
    }
  }
  return { ...columns, layers, loss, ...(classNames && { classNames }), seed: given.seed, precision };
}

/** Exactly one of the two options that describe `x`. */
function checkColumns({ inputSize, inputs }: Given): Pick<NetworkSpec, 'inputSize' | 'inputs'> {
  if (inputs === undefined) return { inputSize: count(inputSize, 'inputSize') };
  if (inputSize === undefined) return { inputs };
  throw wrongOption('inputs stands in place of inputSize, which is the sum of their columns: leave inputSize out');
}

/** Refuses layers that do not fit where they are, and more parameters than can be counted. */
function checkPlaces(network: Layers): void {
  let total = 0;
  const add = (place: { name: string; tensors: readonly TensorRow[] }): void => {
    for (const { shape } of place.tensors) total += shape.reduce((product, size) => product * size, 1);
    if (total > maxCount) throw wrongValue(place.name, `small enough for ${maxCount} parameters in all`, total);
  };
  const first = network.layers[0];
  if (isEncoded(network) && first !== undefined && rowOf(first).adapts !== undefined) {
    throw wrongOption('layers[0] adapts to x itself, and cannot be behind inputs that become other columns: scale x, or leave it out');
  }
  for (const place of inputsOf(network)) {
    checkFactors(place);
    add(place);
  }
  for (const place of layersOf(network)) {
    place.row.refuse?.(place.spec, place);
    checkFactors(place);
    add(place);
  }
}

/** Why a checked network learns badly, and what to use in place of its last activation; undefined where nothing is known against it. */
export function weakness(spec: NetworkSpec): string | undefined {
  const { activation, units } = lastOf(spec);
  const found = verdict(activation, spec.loss.type, units);
  return found.is === 'warned about' ? explain(found, activation, spec.loss.type, units) : undefined;
}

export function nativeSpec(spec: NetworkSpec): NativeSpec {
  return {
    seed: spec.seed,
    inputSize: inputSizeOf(spec),
    inputs: isEncoded(spec) ? (spec.inputs ?? []).map(nativeInput) : [],
    layers: spec.layers.map(nativeLayer),
    loss: nativeLoss(spec.loss, lastOf(spec).units),
  };
}
