import { type MatrixLike, toMatrix } from './data/matrix';
import { inputs, type SampleShape, type Samples, splitSamples, toSamples } from './data/samples';
import { isStream, type SampleStream, Stream } from './data/streams';
import { ChainruleError } from './errors';
import { fromJSON, type JsonModel, toJSON } from './formats/json';
import { load, save } from './formats/safetensors';
import type { ModelState } from './formats/state';
import { disposeByClosing, Handle } from './handle';
import { Layer } from './layer';
import { confusionMatrix, type Evaluation, toClasses } from './metrics';
import { type NativeNetwork, type NativeSamples, native } from './native';
import {
  type BatcherOptions,
  checkBatcher,
  checkEvaluate,
  checkFit,
  checkNetwork,
  checkSession,
  checkStepOptimizer,
  type EvaluateOptions,
  type FitOptions,
  type LossSpec,
  type NetworkOptions,
  type NetworkSpec,
  nativeSpec,
  type Optimizer,
  type Precision,
  type SessionOptions,
  type SharedNetwork,
} from './options';
import {
  type DensePlace,
  densePlaces,
  emptyGradients,
  type LayerGradient,
  type LayerGradientLike,
  readBias,
  readWeights,
  toBias,
  toGradients,
  toWeights,
} from './parameters';
import { checkSupported, supported } from './precision';
import { type Prediction, Predictor } from './predictor';
import { Batcher } from './serving/batcher';
import { Opened, openShared, share } from './serving/share';
import { Session } from './session';
import { summarize } from './summary';
import type { History } from './training/history';
import { train } from './training/train';

/** What one pass of backpropagation found. */
export interface BackwardResult {
  /** The loss of the batch. */
  loss: number;
  /** One element for each dense layer, in order; each says which of `layers` it belongs to. */
  gradients: LayerGradient[];
}

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
export class NeuralNetwork {
  /** The layers in order, dropout layers too. */
  readonly layers: readonly Layer[];
  readonly #spec: NetworkSpec;
  readonly #shape: SampleShape;
  readonly #places: readonly DensePlace[];
  readonly #handle: Handle;
  readonly #parameterCount: number;
  #predictor: Predictor | undefined;
  #training = false;

  /**
   * Makes a network and draws its initial weights from `seed`.
   *
   * @throws TypeError or RangeError if an option is wrong, or does not exist; `ERR_CHAINRULE_UNSUPPORTED` if this CPU cannot train in
   * `precision`.
   */
  constructor(options: NetworkOptions) {
    const opened = Opened.in(options);
    this.#spec = checkNetwork(opened?.spec ?? options);
    checkSupported(this.#spec.precision);
    this.#places = densePlaces(this.#spec);
    const { inputSize, precision, loss } = this.#spec;
    this.#shape = { inputSize, outputSize: this.#places.at(-1)?.units ?? 0, precision, loss: loss.type };
    this.#parameterCount = this.#places.reduce((sum, { inputs, units }) => sum + (inputs + 1) * units, 0);
    this.#handle = new Handle(opened?.network ?? new native.Network(nativeSpec(this.#spec)));
    const access = { handle: this.#handle, precision, refuse };
    let width = inputSize;
    this.layers = Object.freeze(
      this.#spec.layers.map((layer, index) => {
        const place = this.#places.find((candidate) => candidate.layer === index);
        const made = new Layer(index, layer, width, place, access);
        width = made.units;
        return made;
      }),
    );
  }

  /** The number of values in a row of `x`. */
  get inputSize(): number {
    return this.#spec.inputSize;
  }

  /** The number of values in a row of predictions: the units of the last layer. */
  get outputSize(): number {
    return this.#shape.outputSize;
  }

  get seed(): number {
    return this.#spec.seed;
  }

  get precision(): Precision {
    return this.#spec.precision;
  }

  /** The loss with its settings; a copy. */
  get loss(): LossSpec {
    return { ...this.#spec.loss };
  }

  /** The number of weights and biases. */
  get parameterCount(): number {
    return this.#parameterCount;
  }

  /** @throws `ERR_CHAINRULE_CLOSED`. */
  get #native(): NativeNetwork {
    return this.#handle.network;
  }

  /**
   * Trains on `{ x, y }`, or on a stream of such batches. The event loop stays free; `predict` works meanwhile, with the weights of a
   * completed epoch. Another `fit` goes on from there with new shuffles and dropout masks; only the optimizer's state starts afresh.
   *
   * @returns what happened in each epoch.
   * @throws (rejects with) a TypeError or RangeError if an argument is wrong; `ERR_CHAINRULE_BUSY` if another `fit` of this network runs, in
   * whatever thread;
   * `ERR_CHAINRULE_CHECKPOINT` if `checkpoint` is to go on with another training;
   * a `DivergenceError` if the loss is no longer finite; an `AbortError` if `signal` is given. In each case the network keeps the weights
   * of the last completed epoch.
   */
  async fit(data: Samples | SampleStream, options: FitOptions<Samples> = {}): Promise<History> {
    return this.#handle.during(async () => {
      // Before anything else: it is not only in this thread that another fit may run, and the user's own getters and iterators run below.
      if (!this.#native.beginTraining()) refuse('fit');
      this.#training = true;
      try {
        return await this.#fit(data, options);
      } finally {
        this.#training = false;
        this.#native.endTraining();
      }
    });
  }

  #fit(data: Samples | SampleStream, options: FitOptions<Samples>): Promise<History> {
    const stream = isStream(data);
    const checked = checkFit(options, stream);
    let validation: NativeSamples | undefined;
    if (checked.validation !== undefined) {
      validation = toSamples(checked.validation, 'validation', 'validation.', this.#shape, 'shared');
    }
    let source: NativeSamples | Stream;
    if (stream) {
      source = new Stream(data, checked.epochs);
    } else if (checked.validationSplit !== undefined) {
      const samples = toSamples(data, 'data', '', this.#shape, 'shared');
      ({ training: source, validation } = splitSamples(samples, checked.validationSplit));
    } else {
      source = toSamples(data, 'data', '', this.#shape);
    }
    return train(this.#native, { source, validation, shape: this.#shape, spec: this.#spec }, checked);
  }

  /**
   * Predicts on the calling thread: for small inputs and single requests.
   *
   * @param x `[rows, inputSize]`; `number[]` is one row.
   * @returns `data`, row by row, and `shape: [rows, outputSize]`.
   */
  predict(x: MatrixLike): Prediction {
    this.#predictor ??= new Predictor(this.#native, this.inputSize, this.outputSize, this.precision);
    return this.#predictor.predict(x);
  }

  /**
   * Binds arrays for the inputs and outputs of a fixed number of rows, so that predicting allocates nothing.
   *
   * @throws TypeError or RangeError if an option is wrong.
   */
  session(options: SessionOptions = {}): Session {
    const { rows } = checkSession(options);
    return new Session(this.#native, rows, this.inputSize, this.outputSize, this.precision);
  }

  /** Predicts off the main thread: for large batches. Otherwise as `predict`. */
  async predictAsync(x: MatrixLike): Promise<Prediction> {
    return this.#handle.during(() => this.#predictAsync(x));
  }

  async #predictAsync(x: MatrixLike): Promise<Prediction> {
    const { data, rows } = toMatrix(x, 'x', inputs(this.#shape));
    return { data: await this.#native.predictAsync(data, rows), shape: [rows, this.outputSize] };
  }

  /**
   * Measures the loss, and what else is asked for, off the main thread and without dropout.
   *
   * @throws (rejects with) a TypeError or RangeError if an argument is wrong.
   */
  async evaluate(data: Samples, options: EvaluateOptions = {}): Promise<Evaluation> {
    return this.#handle.during(() => this.#evaluate(data, options));
  }

  async #evaluate(data: Samples, options: EvaluateOptions): Promise<Evaluation> {
    const checked = checkEvaluate(options, this.#spec.loss.type);
    const samples = toSamples(data, 'data', '', this.#shape, checked.confusionMatrix ? 'shared' : 'any');
    const measured = await this.#native.evaluate(samples);
    const result: Evaluation = { loss: measured.loss };
    for (const name of checked.metrics) result[name] = measured[name];
    if (checked.confusionMatrix) result.confusionMatrix = await this.#confusionMatrix(samples);
    return result;
  }

  async #confusionMatrix({ x, y, rows }: NativeSamples): Promise<number[][]> {
    const shape = [rows, this.outputSize];
    const predicted = { data: await this.#native.predictAsync(x, rows), shape };
    const actual = y instanceof Int32Array ? y : toClasses({ data: y, shape });
    return confusionMatrix(actual, toClasses(predicted, this.#threshold()), Math.max(this.outputSize, 2));
  }

  /** Where a single output changes from class 0 to class 1. */
  #threshold(): number {
    const logits = this.#spec.loss.type === 'binaryCrossEntropy' && this.#places.at(-1)?.spec.activation !== 'sigmoid';
    return logits ? 0 : 0.5;
  }

  /** Backpropagation, step 1: the predictions for `x`. The same as `predict`: dropout does nothing here. */
  forward(x: MatrixLike): Prediction {
    return this.predict(x);
  }

  /**
   * Backpropagation, steps 2 and 3: the loss of a batch, with dropout as in training, and its gradient with respect to every weight and
   * bias. Changes nothing.
   */
  backward(x: MatrixLike, y: MatrixLike): BackwardResult {
    const samples = toSamples({ x, y }, 'data', '', this.#shape);
    const gradients = emptyGradients(this.#places, this.precision);
    const arrays = gradients.flatMap(({ weights, bias }) => [weights.data, bias.data]);
    return { loss: this.#native.backward(samples, arrays), gradients };
  }

  /**
   * Backpropagation, step 4: moves every weight and bias against its gradient. An optimizer's state (momentum and the like) stays with
   * the network from one call to the next, as long as the optimizer's type stays the same and needs the same state.
   *
   * @param gradients One element for each dense layer, as `backward` returns them.
   * @param optimizer A name or an object; its learning rate must be a number.
   * @throws TypeError or RangeError if an argument is wrong; `ERR_CHAINRULE_BUSY` while `fit` runs.
   */
  update(gradients: readonly LayerGradientLike[], optimizer: Optimizer): void {
    const settings = checkStepOptimizer(optimizer, 'optimizer');
    const arrays = toGradients(gradients, this.#places, this.precision);
    if (!this.#native.update(arrays, settings)) refuse('update');
  }

  /**
   * Gathers concurrent requests of one row each into products, which is what a server wants: `await batcher.predict(row)` gives what
   * `predict(row)` does, and many at once take a fraction of the time.
   *
   * @throws TypeError or RangeError if an option is wrong.
   */
  batcher(options: BatcherOptions = {}): Batcher {
    this.#handle.check();
    return new Batcher(this.#handle, this.#shape, this.parameterCount, checkBatcher(options));
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
  static fromShared(handle: SharedNetwork): NeuralNetwork {
    const { network, spec } = openShared(handle);
    return new NeuralNetwork(new Opened(spec, network).asOptions());
  }

  /** A table of the layers, their output shapes, activations and numbers of parameters. */
  summary(): string {
    this.#handle.check();
    return summarize(this.layers, this.inputSize, this.precision);
  }

  /** The network as plain JSON, weights included; `JSON.stringify(nn)` calls it. */
  toJSON(): JsonModel {
    return toJSON(this.#state());
  }

  /**
   * The network of a document that `toJSON` made.
   *
   * @throws `ERR_CHAINRULE_FORMAT` if it is damaged or something else.
   */
  static fromJSON(json: unknown): NeuralNetwork {
    return NeuralNetwork.#fromState(fromJSON(json));
  }

  /** Saves the network as a safetensors file, written whole or not at all. */
  async save(path: string): Promise<void> {
    return this.#handle.during(() => save(path, this.#state()));
  }

  /**
   * Loads a network from a safetensors file that `save` wrote.
   *
   * @throws (rejects with) `ERR_CHAINRULE_FORMAT` if the file is damaged or something else, or the system's error if it cannot be read.
   */
  static async load(path: string): Promise<NeuralNetwork> {
    return NeuralNetwork.#fromState(await load(path));
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

  /** The network as data: a deep copy. */
  #state(): ModelState {
    const changeable = this.#training || this.#native.sharedSpec !== undefined;
    const network = changeable ? this.#still() : this.#native;
    const parameters = this.#places.map((place) => ({
      weights: readWeights(network, place, this.precision).data,
      bias: readBias(network, place, this.precision).data,
    }));
    return { spec: structuredClone(this.#spec), parameters };
  }

  /** A copy with parameters that stay as they are: those of a network in training, here or in another thread, may be replaced between two reads. */
  #still(): NativeNetwork {
    const copy = new native.Network(nativeSpec(this.#spec));
    copy.restore(this.#native.snapshot());
    return copy;
  }

  static #fromState({ spec, parameters }: ModelState): NeuralNetwork {
    const nn = new NeuralNetwork({ ...spec, precision: supported(spec.precision) });
    for (const place of nn.#places) {
      const { weights, bias } = parameters[place.index] ?? {};
      const name = `layers[${place.layer}]`;
      nn.#native.writeParameter(place.index, 'weights', toWeights(weights, `${name}.weights`, place, nn.precision));
      nn.#native.writeParameter(place.index, 'bias', toBias(bias, `${name}.bias`, place, nn.precision));
    }
    return nn;
  }
}

disposeByClosing(NeuralNetwork.prototype, 'dispose');

function refuse(what: string): never {
  throw new ChainruleError(
    'ERR_CHAINRULE_BUSY',
    `cannot ${what} while fit is training this network; await it, or abort it with its signal`,
  );
}
