import type { MatrixLike } from './data/matrix';
import { inputs, type SampleShape, type Samples, sampleShape, type TargetsLike } from './data/samples';
import type { SampleStream } from './data/streams';
import { wrongType } from './errors';
import { type Evaluation, evaluate } from './evaluate';
import { startFit } from './fit';
import type { JsonModel, JsonOptions, JsonWeights } from './formats/json';
import { type GradientPlace, gradientPlaces, type LayerGradientLike } from './gradients';
import { disposeByClosing, Handle, refuse } from './handle';
import { type Input, makeInputs } from './input';
import { type LayerwiseBackwardResult, type LayerwisePrediction, predictLayerwise } from './inside';
import { type Layer, makeLayers } from './layer';
import type { Model, ModelBytes, TorchModel } from './model';
import * as models from './model';
import { type NativeNetwork, native } from './native';
import type { EvaluateOptions, FitOptions, LoadOptions, LossSpec, OnnxOptions, Optimizer, TensorPlace } from './options';
import { trapHabits } from './options/arguments';
import { checkLayers, type LayersOptions } from './options/layerwise';
import { withLoss } from './options/losses';
import { checkNetwork, type NetworkOptions, type NetworkSpec, type Precision, weakness } from './options/network';
import { checkMetadata, type Metadata, type SaveOptions } from './options/save';
import { type BatcherOptions, checkBatcher, type SharedNetwork } from './options/serving';
import { checkSession, type SessionOptions } from './options/session';
import { predictAsync } from './predict-async';
import { type Prediction, Predictor } from './predictor';
import { guardReceivers, madeHere, wrongReceiver } from './receivers';
import { Batcher } from './serving/batcher';
import { Opened, openShared, share } from './serving/share';
import { Session } from './session';
import { type BackwardOptions, type BackwardResult, backward, type Steps, update } from './steps';
import { describeNetwork, summarize } from './summary';
import { adaptTo } from './training/adapt';
import type { History } from './training/history';
import { comparable, printedAs } from './visible';
import { Warnings } from './warnings';

/**
 * A multilayer perceptron.
 *
 * ```ts
 * const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(8, 'tanh'), dense(1, 'sigmoid')] });
 * await nn.fit({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: [0, 1, 1, 0] }, { epochs: 500, optimizer: { type: 'adam', learningRate: 0.05 } });
 * nn.predict([0, 1]).data[0]; // close to 1
 * ```
 *
 * Everything given is checked before anything changes. Errors are a `TypeError` or a `RangeError` with a `code` (see `ErrorCode`), and
 * asynchronous methods reject with them.
 */
export class NeuralNetwork<P extends Precision = Precision> {
  /** The layers in order, those without weights too. */
  readonly layers: readonly Layer<P>[];
  /** The option `inputs`, in order; an empty list where `inputSize` is in its place. */
  readonly inputs: readonly Input<P>[];
  /** The option `classNames`; undefined where there are none. */
  readonly classNames: readonly string[] | undefined;
  readonly #spec: NetworkSpec;
  readonly #shape: SampleShape;
  readonly #tensors: readonly TensorPlace[];
  readonly #places: readonly GradientPlace[];
  readonly #handle: Handle;
  readonly #warnings = new Warnings();
  #metadata: Metadata = {};
  #predictor: Predictor | undefined;

  static {
    guardReceivers(NeuralNetwork, { isOwn: NeuralNetwork.#isOwn, except: ['predict'] });
    printedAs(NeuralNetwork.prototype, (nn) => {
      const { precision, loss, seed } = nn.#spec;
      return describeNetwork(nn.#spec, nn.parameterCount, [precision, `loss ${loss.type}`, `seed ${seed}`]);
    });
  }

  static #isOwn(value: unknown): value is NeuralNetwork {
    return typeof value === 'object' && value !== null && #handle in value;
  }

  /**
   * Makes a network and draws its initial weights from `seed`.
   *
   * @throws TypeError or RangeError if an option is wrong, or does not exist; `ERR_CHAINRULE_UNSUPPORTED` if this CPU lacks `precision`.
   */
  constructor(options: NetworkOptions<P>) {
    const opened = Opened.in(options);
    this.#spec = opened?.spec ?? checkNetwork(options);
    this.#handle = new Handle(opened?.network ?? models.newNetwork(this.#spec));
    if (opened === undefined) this.#warnings.once('WARN_CHAINRULE_LAST_LAYER', () => weakness(this.#spec));
    const access = { handle: this.#handle, precision: this.#spec.precision, refuse };
    const { layers, tensors, rowsNeeded } = makeLayers<P>(this.#spec, access);
    this.#tensors = tensors;
    this.#places = gradientPlaces(tensors);
    this.#shape = sampleShape(this.#spec, rowsNeeded, native.intake);
    Object.defineProperties(this, properties);
    this.layers = layers;
    this.inputs = makeInputs<P>(this.#spec, tensors, access);
    this.classNames = this.#spec.classNames && Object.freeze([...this.#spec.classNames]);
    for (const list of ['layers', 'inputs', 'classNames']) Object.defineProperty(this, list, { writable: false, configurable: false });
  }

  /** The number of values in a row of `x`. */
  get inputSize(): number {
    return this.#shape.inputSize;
  }

  /** The number of values in a row of predictions: the units of the last layer. */
  get outputSize(): number {
    return this.#shape.outputSize;
  }

  get seed(): number {
    return this.#spec.seed;
  }

  get precision(): P {
    return this.#spec.precision as P;
  }

  /** The loss with its settings; a copy. */
  get loss(): LossSpec {
    return { ...this.#spec.loss };
  }

  /** The number of weights, biases and the like. */
  get parameterCount(): number {
    return this.#tensors.reduce((sum, { length }) => sum + length, 0);
  }

  /** @throws `ERR_CHAINRULE_CLOSED`. */
  get #native(): NativeNetwork {
    return this.#handle.network;
  }

  /**
   * Trains on `{ x, y }`, or on a stream of such batches. Typed arrays are copied before it returns, rows must not change until the first
   * step, and shared memory is read in place. The event loop stays free; `predict` works meanwhile, with the weights of a completed epoch.
   * Another `fit` goes on from there with new shuffles and dropout masks; only the optimizer's state starts afresh.
   *
   * @returns what happened in each epoch.
   * @throws (rejects with) a TypeError or RangeError if an argument is wrong; `ERR_CHAINRULE_BUSY` if another `fit` of this network runs,
   * in whatever thread; `ERR_CHAINRULE_CHECKPOINT` if `checkpoint` is to resume another training, or a file that contradicts itself; a
   * `DivergenceError` if a loss, metric or weight is not finite; an `AbortError` if `signal` is aborted. In each case the network keeps the
   * weights of the last completed epoch.
   */
  async fit(data: Samples | SampleStream, options: FitOptions<Samples> = {}): Promise<History> {
    return this.#handle.training('fit', (network) => startFit(network, this.#shape, this.#spec, this.#warnings, data, options));
  }

  /**
   * Measures `x` for a first layer such as `normalize`, in place of what it was measured on before. Needed before `fit` of a stream; other
   * data are measured by the first `fit`. The event loop stays free.
   *
   * @throws (rejects with) a TypeError or RangeError if `x` is wrong, or no layer adapts to data; `ERR_CHAINRULE_BUSY` while `fit` runs.
   */
  async adapt(x: MatrixLike): Promise<void> {
    return this.#handle.training('adapt', (network) => adaptTo(network, this.#spec, this.#shape, x));
  }

  /**
   * Predicts on the calling thread: for small inputs and single requests.
   *
   * @param x `[rows, inputSize]`; `number[]` is one row.
   * @returns `data`, row by row, and `shape: [rows, outputSize]`. A value that is too large for the precision comes as an infinity or NaN.
   */
  predict(x: MatrixLike): Prediction<P> {
    if (!NeuralNetwork.#isOwn(this)) throw wrongReceiver('NeuralNetwork', 'predict', this);
    this.#predictor ??= new Predictor(this.#native, this.#shape);
    return this.#predictor.predict(x) as Prediction<P>;
  }

  /**
   * Binds arrays for the inputs and outputs of a fixed number of rows, so that predicting allocates nothing.
   *
   * @throws TypeError or RangeError if an option is wrong.
   */
  session(options: SessionOptions = {}): Session<P> {
    return new Session(madeHere, this.#native, checkSession(options).rows, this.#shape);
  }

  /** Predicts off the main thread: for large batches. Reads `x` as `fit` does; otherwise as `predict`. */
  async predictAsync(x: MatrixLike): Promise<Prediction<P>> {
    return this.#handle.during(() => predictAsync(this.#native, this.#shape, x)) as Promise<Prediction<P>>;
  }

  /**
   * Measures the loss, and what else is asked for, off the main thread and without dropout. Reads `data` as `fit` does.
   *
   * @throws (rejects with) a TypeError or RangeError if an argument is wrong; `ERR_CHAINRULE_DIVERGED` if what is measured is not finite.
   */
  async evaluate(data: Samples, options: EvaluateOptions = {}): Promise<Evaluation> {
    return this.#handle.during(() => evaluate(this.#native, this.#shape, this.#spec, data, options));
  }

  /**
   * Backpropagation, step 1: the predictions for `x`. The same as `predict`: dropout does nothing here.
   *
   * `forward(x, { layers: true })` also gives the pre-activations and activations of every layer.
   *
   * @throws TypeError or RangeError if an argument is wrong.
   */
  forward(x: MatrixLike, options: { layers: true }): LayerwisePrediction<P>;
  forward(x: MatrixLike, options?: LayersOptions): Prediction<P>;
  forward(x: MatrixLike, options?: LayersOptions): Prediction<P> {
    if (options === undefined || !checkLayers(options).layers) return this.predict(x);
    return predictLayerwise(this.#native, this.#spec, x, inputs(this.#shape)) as LayerwisePrediction<P>;
  }

  /**
   * Backpropagation, steps 2 and 3: the loss of a batch, with dropout as in training, and its gradient with respect to every weight and
   * bias. Changes nothing.
   *
   * `backward(x, y, { layers: true })` also gives the inputs of every dense layer, and its deltas: the gradient with respect to `z`.
   *
   * @throws TypeError or RangeError if an argument is wrong.
   */
  backward(x: MatrixLike, y: TargetsLike, options: BackwardOptions & { layers: true }): LayerwiseBackwardResult<P>;
  backward(x: MatrixLike, y: TargetsLike, options?: BackwardOptions): BackwardResult<P>;
  backward(x: MatrixLike, y: TargetsLike, options?: BackwardOptions): BackwardResult<P> {
    return backward(this.#steps(), { x, y }, options) as BackwardResult<P>;
  }

  /**
   * Backpropagation, step 4: moves every weight and bias against its gradient. The optimizer's state (momentum and the
   * like) stays with the network from one call to the next, while the optimizer's type is the same.
   *
   * @param gradients One element for each layer with weights or the like, as `backward` returns them.
   * @param optimizer A name or an object; its learning rate must be a number.
   * @throws TypeError or RangeError if an argument is wrong, or if a weight would not be finite: the network keeps weights and optimizer state;
   * `ERR_CHAINRULE_BUSY` while `fit` runs.
   */
  update(gradients: readonly LayerGradientLike[], optimizer: Optimizer): void {
    if (!update(this.#steps(), gradients, optimizer)) refuse('update');
  }

  #steps(): Steps {
    return { network: this.#native, spec: this.#spec, shape: this.#shape, places: this.#places };
  }

  /**
   * Gathers concurrent requests of one row each into products, which is what a server wants: `await batcher.predict(row)` gives what
   * `predict(row)` does, and many at once take a fraction of the time.
   *
   * @throws TypeError or RangeError if an option is wrong.
   */
  batcher(options: BatcherOptions = {}): Batcher<P> {
    this.#handle.check();
    return new Batcher(madeHere, this.#handle, this.#shape, this.parameterCount, checkBatcher(options));
  }

  /**
   * A handle for other threads of this process: `worker.postMessage(nn.share())`, and there `NeuralNetwork.fromShared(handle)`. All of them
   * use one copy of the weights: what one thread's `fit`, `update` or assignment changes, all others predict with from then on.
   *
   * The handle keeps nothing alive. It lasts as long as any `NeuralNetwork` of this network is in use, so keep this one until the others
   * have opened theirs.
   */
  share(): SharedNetwork {
    return share(this.#native, this.#spec);
  }

  /**
   * The network of a handle that `share` made in any thread of this process.
   *
   * @throws TypeError or RangeError if it is no such handle; `ERR_CHAINRULE_SHARED` if its network is gone, or of another process.
   */
  static fromShared(handle: SharedNetwork, options: LoadOptions = {}): NeuralNetwork {
    return NeuralNetwork.#of({ ...openShared(handle), metadata: {} }, options);
  }

  /** A table of the layers, their output shapes, activations and numbers of parameters. */
  summary(): string {
    this.#handle.check();
    return summarize(this.#spec, this.precision);
  }

  /**
   * Texts that are kept with the network by `save`, `toBytes` and `toJSON`: a version, names of classes or columns, anything as JSON. A copy;
   * to change it, assign a plain object of strings.
   *
   * @throws TypeError or RangeError if that is something else, or has more than 4096 strings or 2^20 characters.
   */
  get metadata(): Metadata {
    return { ...this.#metadata };
  }

  set metadata(metadata: Metadata) {
    this.#metadata = checkMetadata(metadata, 'metadata');
  }

  /**
   * Takes over all weights of another network at once: `nn.assign(await NeuralNetwork.load(path))`. Every thread, batcher and session that
   * uses this network predicts with the new ones from then on, and none ever with a part of them. Nothing is copied.
   *
   * @param other A network whose weights have the same shapes in the same order, and `f64` if this one is. Layers without weights may differ.
   * @throws TypeError or RangeError if it is something else; `ERR_CHAINRULE_BUSY` while `fit` trains this network, in whatever thread.
   */
  assign(other: NeuralNetwork): void {
    if (typeof other !== 'object' || other === null || !(#handle in other)) throw wrongType('other', 'a NeuralNetwork', other);
    models.checkSameShapes({ precision: other.precision, tensors: other.#tensors }, { precision: this.precision, tensors: this.#tensors });
    if (!this.#native.assign(other.#native.snapshot())) refuse('assign to it');
  }

  /**
   * The network as plain JSON, weights and metadata included; `JSON.stringify(nn)` calls it.
   *
   * @throws TypeError or RangeError if an option is wrong or a weight is not finite.
   */
  toJSON<W extends JsonWeights = 'plain'>(options: JsonOptions<W> = {}): JsonModel<W> {
    return models.toJSON(this.#model(), options);
  }

  /** The network of a document that `toJSON` made. @throws `ERR_CHAINRULE_FORMAT` if it is damaged or something else. */
  static fromJSON(json: unknown, options: LoadOptions = {}): NeuralNetwork {
    return NeuralNetwork.#of(models.fromJSON(json), options);
  }

  /**
   * The network as the text of one ES module without dependencies, for browsers, edge functions and other engines: it exports a typed
   * `predict(row)`. `docs/formats.md` says what else is in it.
   *
   * @throws RangeError if a weight is not finite, or there are more than 256 MiB of them.
   */
  toJavaScript(): string {
    return models.toJavaScript(this.#model());
  }

  /** The network for PyTorch: a state dict, and a Python module that loads it. Throws if a weight is not finite. */
  toPyTorch(): TorchModel {
    return models.toPyTorch(this.#model());
  }

  /**
   * The network as a whole safetensors file in memory, at once: for databases, object stores and single-executable applications.
   *
   * @throws TypeError or RangeError if an option is wrong or a weight is not finite.
   */
  toBytes(options: SaveOptions = {}): Uint8Array {
    return models.toBytes(this.#model(), options);
  }

  /** The network as an ONNX file in memory, in single precision: docs/onnx.md. @throws if an option is wrong or a weight is not finite. */
  toONNX(options: OnnxOptions = {}): Uint8Array {
    return models.toONNX(this.#model(), options);
  }

  /** The network of a file in memory, at once; otherwise as `load`. */
  static fromBytes(bytes: ModelBytes, options: LoadOptions = {}): NeuralNetwork {
    return NeuralNetwork.#of(models.fromBytes(bytes), options);
  }

  /**
   * Saves the network, as it is at the time of the call, as a safetensors file, written whole or not at all. The event loop stays free. Temporary
   * files that ended processes have left in that folder are removed.
   *
   * @param path The name of a file, or a file: URL.
   * @throws (rejects with) a TypeError or RangeError if an argument is wrong or a weight is not finite: an older file stays as it was.
   */
  async save(path: string | URL, options: SaveOptions = {}): Promise<void> {
    await this.#handle.during(() => models.save(path, this.#model(), options));
  }

  /**
   * Loads a network from a safetensors file that `save` wrote, or from the bytes of one. The event loop stays free.
   *
   * @param source The name of a file, a file: URL, or a whole file as a `Uint8Array`, `Buffer` or `ArrayBuffer`, which must not change
   * meanwhile.
   * @throws (rejects with) `ERR_CHAINRULE_FORMAT` if the file is damaged or something else, or the system's error if it cannot be read.
   */
  static async load(source: string | URL | ModelBytes, options: LoadOptions = {}): Promise<NeuralNetwork> {
    return NeuralNetwork.#of(await models.load(source), options);
  }

  /**
   * Frees the weights and buffers at once, where the garbage collector would take its time. Everything that needs them throws
   * `ERR_CHAINRULE_CLOSED` from then on, in this object's sessions and batchers too; what describes the layers can still be read. Other
   * objects of a shared network are not affected. Closing again does nothing. `using nn = new NeuralNetwork(…)` closes at the block's end.
   *
   * @throws `ERR_CHAINRULE_BUSY` while work is under way: `fit`, `predictAsync`, `evaluate`, `save`, or rows in a batcher; nothing changes.
   */
  close(): void {
    this.#handle.close();
    this.#predictor = undefined;
  }

  /** The same as `close`: what `using` calls. */
  declare [Symbol.dispose]: () => void;

  #model(): models.Model {
    return { network: this.#native, spec: this.#spec, metadata: this.#metadata };
  }

  static #of({ network, spec, metadata }: Model, options: LoadOptions): NeuralNetwork {
    const nn = new NeuralNetwork(new Opened({ ...spec, loss: withLoss(spec.loss, options) }, network).asOptions());
    nn.#metadata = metadata;
    return nn;
  }
}

disposeByClosing(NeuralNetwork.prototype, 'dispose');
const properties = comparable(NeuralNetwork.prototype, ['inputSize', 'outputSize', 'loss', 'precision', 'seed']);
trapHabits(NeuralNetwork.prototype);
