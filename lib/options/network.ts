import { describe, wrongOption, wrongValue } from '../errors';
import type { NativeLayer, NativeSpec } from '../native';
import { wrongCall } from './arguments';
import { type Check, elements, integer, maxCount, number, object, oneOf, record, withDefault } from './check';
import { checkInitializer, type Initializer, type InitializerSpec, nativeInitializer } from './initializers';
import { type Activation, activationNames, activations, explain, type LossName, lossNames, verdict } from './outputs';

export type { Activation, LossName } from './outputs';

/**
 * What is computed with: single precision, double precision, or `'bf16'`: single precision but for the products of training, which
 * multiply numbers rounded to bfloat16 (8 bits of mantissa, the range of single precision) and sum them in single precision. That is up to
 * twice as fast on CPUs with instructions for it: AVX512_BF16 (AMD Zen 4, Intel Cooper Lake and Sapphire Rapids, and later) or Arm BF16
 * (Neoverse V1, Apple M2, and later). `info().precisions` says whether this one has them.
 */
export type Precision = 'f32' | 'f64' | 'bf16';

export const precisionNames: readonly Precision[] = ['f32', 'f64', 'bf16'];

/** A fully connected layer: `activation(x · weights + bias)`. */
export interface DenseOptions {
  type: 'dense';
  /** The number of outputs. */
  units: number;
  /** Default `'linear'`. */
  activation?: Activation;
  /**
   * Default by the activation: `heNormal` for relu, leakyRelu, elu, gelu, geluTanh, silu, mish and softplus; `lecunNormal` for selu;
   * `xavierUniform` for the rest.
   */
  weightsInitializer?: Initializer;
  /** Default `'zeros'`. */
  biasInitializer?: Initializer;
}

/** Sets each value to 0 with probability `rate` while training, and scales the others by 1 / (1 - rate); does nothing in prediction. */
export interface DropoutOptions {
  type: 'dropout';
  /** From 0 to below 1. */
  rate: number;
}

/** A layer as plain JSON; `dense()` and `dropout()` build it. */
export type LayerOptions = DenseOptions | DropoutOptions;

/** The Huber loss: squared up to an error of `delta`, linear beyond. */
export interface HuberOptions {
  type: 'huber';
  /** Above 0. Default 1. */
  delta?: number;
}

/** A loss with its settings. */
export type LossOptions = HuberOptions | { type: Exclude<LossName, 'huber'> };

/** A loss's name (with the default settings), or an object. */
export type Loss = LossName | LossOptions;

/** What `new NeuralNetwork` takes. */
export interface NetworkOptions<P extends Precision = Precision> {
  /** The number of values in one row of `x`. */
  inputSize: number;
  /** From input to output; the last one must be dense. */
  layers: readonly LayerOptions[];
  /**
   * `mse`, `mae`, `huber` and `binaryCrossEntropy` are means over samples and outputs, `crossEntropy` is a mean over samples.
   * `crossEntropy` is fused with a last activation of softmax and `binaryCrossEntropy` with sigmoid; with another activation they take
   * the outputs as logits. Default by the last activation: `crossEntropy` for softmax, `binaryCrossEntropy` for sigmoid, else `mse`.
   */
  loss?: Loss;
  /** The source of all random numbers: a whole number, 0 or more. Default 0. */
  seed?: number;
  /**
   * Default `'f32'`. Arrays of `'bf16'` networks are `Float32Array`s, and all but `fit` and `backward` is as in `'f32'`, bit for bit:
   * predictions, evaluations, updates, saved weights. Training in `'bf16'` gives the same bits for any number of threads, but not on every
   * CPU. Where the CPU cannot do it, the constructor throws `ERR_CHAINRULE_UNSUPPORTED`, and models saved as `'bf16'` load as `'f32'`.
   */
  precision?: P;
}

/** A checked dense layer: every default is filled in. */
export interface DenseSpec {
  type: 'dense';
  units: number;
  activation: Activation;
  weightsInitializer: InitializerSpec;
  biasInitializer: InitializerSpec;
}

/** A checked dropout layer. */
export interface DropoutSpec {
  type: 'dropout';
  rate: number;
}

/** A checked layer: every default is filled in. Plain JSON, and itself a `LayerOptions`. */
export type LayerSpec = DenseSpec | DropoutSpec;

/** A checked loss. */
export type LossSpec = Required<HuberOptions> | { type: Exclude<LossName, 'huber'> };

/** A checked network: every default is filled in. Plain JSON, and itself valid `NetworkOptions`. */
export interface NetworkSpec {
  inputSize: number;
  layers: LayerSpec[];
  loss: LossSpec;
  seed: number;
  precision: Precision;
}

/** The most layers of a network: each has random numbers of its own (`kMaxLayers` in native/math/random.h). */
export const mostLayers = 65_536;

const activation = withDefault(oneOf(activationNames), 'linear');
const lossName = oneOf(lossNames);
const count = integer({ min: 1 });
const seed = integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

function checkDense(value: unknown, name: string): DenseSpec {
  const given = record<Partial<DenseSpec> & { units: number; activation: Activation }>(
    {
      type: () => 'dense',
      units: count,
      activation,
      weightsInitializer: (initializer, at) => (initializer === undefined ? undefined : checkInitializer(initializer, at)),
      biasInitializer: withDefault(checkInitializer, { type: 'zeros' }),
    },
    { habits: 'layer' },
  )(value, name);
  const weightsInitializer = given.weightsInitializer ?? checkInitializer(activations[given.activation].weights, name);
  return { ...given, weightsInitializer } as DenseSpec;
}

const layerChecks: Record<LayerSpec['type'], Check<LayerSpec>> = {
  dense: checkDense,
  dropout: record<DropoutSpec>({ type: () => 'dropout', rate: number({ min: 0, below: 1 }) }),
};

const layerType = oneOf(Object.keys(layerChecks) as LayerSpec['type'][]);

/** A layer's options, checked and with defaults. */
export function checkLayer(value: unknown, name: string): LayerSpec {
  if (typeof value !== 'object' || value === null) throw wrongCall(name, 'an object', value, 'layers: [8, 1]');
  const type = layerType(object(value, name).type, `${name}.type`);
  return layerChecks[type](value, name);
}

function checkLayers(value: unknown, name: string): LayerSpec[] {
  const layers = elements(value, name, 'an array of layers', checkLayer, mostLayers);
  if (layers.length === 0) throw wrongValue(name, 'an array of at least one layer', value);
  const last = layers.at(-1);
  if (last?.type !== 'dense') {
    throw wrongOption(`the last layer must be dense, got ${describe(last?.type)}; dropout belongs between dense layers`);
  }
  return layers;
}

function checkLoss(value: unknown, name: string): LossSpec {
  if (typeof value === 'string') return checkLoss({ type: lossName(value, name) }, name);
  if (typeof value !== 'object' || value === null) lossName(value, name);
  const type = lossName(object(value, name).type, `${name}.type`);
  const settings: Record<string, Check<unknown>> = type === 'huber' ? { delta: withDefault(number({ above: 0 }), 1) } : {};
  return record({ type: () => type, ...settings })(value, name) as LossSpec;
}

/** A network's options, checked and with defaults. Also takes a `NetworkSpec`, and then returns an equal one. */
export function checkNetwork(value: unknown, name = 'options'): NetworkSpec {
  const given = record<Omit<NetworkSpec, 'loss'> & { loss?: LossSpec | undefined }>(
    {
      inputSize: count,
      layers: checkLayers,
      loss: (loss, at) => (loss === undefined ? undefined : checkLoss(loss, at)),
      seed: withDefault(seed, 0),
      precision: withDefault(oneOf(precisionNames), 'f32'),
    },
    { bare: name === 'options', habits: 'network' },
  )(value, name);

  const last = given.layers.at(-1) as DenseSpec;
  const loss = given.loss ?? checkLoss(activations[last.activation].loss, 'loss');
  checkActivations(given.layers, loss.type);
  checkSize(given.inputSize, given.layers);
  return { inputSize: given.inputSize, layers: given.layers, loss, seed: given.seed, precision: given.precision };
}

/** Refuses what cannot learn. */
function checkActivations(layers: readonly LayerSpec[], loss: LossName): void {
  const last = layers.at(-1) as DenseSpec;
  const found = verdict(last.activation, loss, last.units);
  if (found.is === 'refused') throw wrongOption(explain(found, last.activation, loss, last.units));
  const constant = layers.findIndex((layer) => layer.type === 'dense' && layer.activation === 'softmax' && layer.units === 1);
  if (constant >= 0) {
    throw wrongOption(`layers[${constant}] must have more units: softmax over one unit is always 1, whatever the layers before it learn`);
  }
}

/** Why a checked network learns badly, and what to use in place of its last activation; undefined where nothing is known against it. */
export function weakness({ layers, loss }: NetworkSpec): string | undefined {
  const last = layers.at(-1) as DenseSpec;
  const found = verdict(last.activation, loss.type, last.units);
  return found.is === 'warned about' ? explain(found, last.activation, loss.type, last.units) : undefined;
}

function checkSize(inputSize: number, layers: readonly LayerSpec[]): void {
  let inputs = inputSize;
  let total = 0;
  for (const [index, layer] of layers.entries()) {
    if (layer.type !== 'dense') continue;
    const parameters = inputs * layer.units + layer.units;
    total += parameters;
    if (total > maxCount) {
      throw wrongValue(`layers[${index}]`, `small enough for ${maxCount} parameters in all`, total);
    }
    inputs = layer.units;
  }
}

export function nativeSpec(spec: NetworkSpec): NativeSpec {
  return {
    seed: spec.seed,
    inputSize: spec.inputSize,
    layers: spec.layers.map(nativeLayer),
    loss: { delta: 0, ...spec.loss },
  };
}

function nativeLayer(layer: LayerSpec): NativeLayer {
  if (layer.type === 'dropout') return { type: 'dropout', settings: [layer.rate], layers: [] };
  const { type, units, activation, weightsInitializer, biasInitializer } = layer;
  const initializers = [...nativeInitializer(weightsInitializer), ...nativeInitializer(biasInitializer)];
  return { type, settings: [units, ['activations', activation], ...initializers], layers: [] };
}
