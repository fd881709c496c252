import type { Samples } from './data/samples';
import { fromBrainJS, fromONNX, fromSafetensors, fromTfjs, type StateDictOptions, type TfjsArtifacts } from './foreign-models';
import type { ModelBytes } from './model';
import { NeuralNetwork } from './network';
import type { FromOnnxOptions, NetworkOptions, FitOptions as Options, Precision } from './options';

/** The options of `fit`. `V` is the type of validation data. */
export type FitOptions<V = Samples> = Options<V>;

/** The constructor and the static methods of `NeuralNetwork`. */
export interface NeuralNetworkConstructor extends Pick<typeof NeuralNetwork, keyof typeof NeuralNetwork> {
  /** A network whose arrays have the type that belongs to `precision`: `Float32Array` where there is none. */
  new <P extends Precision = 'f32'>(options: NetworkOptions<P>): NeuralNetwork<P>;
  /**
   * The network of a state dict of PyTorch in a safetensors file, from `Linear`, `BatchNorm1d`, `LayerNorm` and `Embedding` modules, and from
   * those that `toPyTorch` writes: docs/formats.md.
   *
   * @param source The name of a file, a file: URL, or a whole file in memory.
   * @param network The options of `new NeuralNetwork`: a state dict has no activations.
   * @throws (rejects with) a TypeError or RangeError if an option is wrong; `ERR_CHAINRULE_FORMAT` if the file is damaged, or its modules do
   * not fit the layers.
   */
  fromSafetensors<P extends Precision = 'f32'>(
    source: string | URL | ModelBytes,
    network: NetworkOptions<P>,
    options?: StateDictOptions,
  ): Promise<NeuralNetwork<P>>;
  /**
   * The network that `toJSON()` of a `NeuralNetwork` of brain.js describes. Names of inputs and outputs are in `nn.metadata` as JSON: `inputs`
   * and `outputs`.
   *
   * @throws (rejects with) `ERR_CHAINRULE_FORMAT` if it is damaged or something else.
   */
  fromBrainJS(json: unknown): Promise<NeuralNetwork<'f32'>>;
  /**
   * The network in an ONNX file of PyTorch, Keras, scikit-learn or `toONNX`, given by its name or as bytes: docs/onnx.md.
   *
   * @throws (rejects with) `ERR_CHAINRULE_UNSUPPORTED` with the name of an operator that no layer does; `ERR_CHAINRULE_FORMAT` for a damaged file.
   */
  fromONNX(source: string | URL | ModelBytes, options?: FromOnnxOptions): Promise<NeuralNetwork<'f32'>>;
  /**
   * The network of a layers model of TensorFlow.js whose layers follow each other: `Dense`, activations, `Dropout`, normalisations.
   *
   * @param source The name of its `model.json`, or a file: URL; the files of its weights are in that folder. Or the model in memory.
   * @throws (rejects with) a TypeError if `source` is wrong; `ERR_CHAINRULE_FORMAT` if the model is damaged, or has a layer of another kind.
   */
  fromTfjs(source: string | URL | TfjsArtifacts): Promise<NeuralNetwork<'f32'>>;
}

// A class has one default for its type parameter, where two are wanted: see below.

/** A multilayer perceptron of any precision, or of precision `P`. */
export type TypedNetwork<P extends Precision = Precision> = NeuralNetwork<P>;
/**
 * A multilayer perceptron:
 *
 * ```ts
 * const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(8, 'tanh'), dense(1, 'sigmoid')] });
 * await nn.fit({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: [0, 1, 1, 0] }, { epochs: 500, optimizer: { type: 'adam', learningRate: 0.05 } });
 * nn.predict([0, 1]).data[0]; // close to 1
 * ```
 *
 * Its arrays have the type that belongs to `precision`: `new NeuralNetwork` without it makes an f32 network.
 */
export const TypedNetwork: NeuralNetworkConstructor = withMethods(NeuralNetwork, { fromBrainJS, fromONNX, fromSafetensors, fromTfjs });

/** Gives a class static methods that stand in other files. */
function withMethods<Class extends object, Methods extends object>(to: Class, methods: Methods): Class & Methods {
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(to, name, { value, configurable: true, writable: true });
  return to as Class & Methods;
}
