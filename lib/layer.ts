import { wrongOption } from './errors';
import type { Handle } from './handle';
import type { Activation, LayerSpec, Precision } from './options';
import { type BiasLike, type DensePlace, readBias, readWeights, type Tensor, toBias, toWeights, type WeightsLike } from './parameters';
import { checkMadeHere, guardReceivers } from './receivers';
import { describeLayer } from './summary';
import { comparable, printedAs } from './visible';

/** What a layer needs of its network. */
export interface LayerAccess {
  handle: Handle;
  precision: Precision;
  /** Throws: the parameters may not be changed now. */
  refuse(what: string): never;
}

/** One layer of a network; `nn.layers` has them in order, dropout layers too. */
export class Layer<P extends Precision = Precision> {
  readonly type: 'dense' | 'dropout';
  /** Dense: the number of outputs. Dropout: as many as come in. */
  readonly units: number;
  /** Dense layers only. */
  readonly activation: Activation | undefined;
  /** Dropout layers only. */
  readonly rate: number | undefined;
  /** The number of weights and biases. */
  readonly parameterCount: number;
  readonly #index: number;
  readonly #place: DensePlace | undefined;
  readonly #access: LayerAccess;

  static {
    guardReceivers(Layer, { isOwn: (value) => typeof value === 'object' && value !== null && #access in value });
  }

  /** @internal */
  constructor(key: symbol, index: number, spec: LayerSpec, inputs: number, place: DensePlace | undefined, access: LayerAccess) {
    checkMadeHere(key, 'Layer', 'new NeuralNetwork()');
    this.type = spec.type;
    this.units = place?.units ?? inputs;
    this.activation = spec.type === 'dense' ? spec.activation : undefined;
    this.rate = spec.type === 'dropout' ? spec.rate : undefined;
    this.parameterCount = place === undefined ? 0 : (place.inputs + 1) * place.units;
    this.#index = index;
    this.#place = place;
    this.#access = access;
    Object.freeze(Object.defineProperties(this, parameters));
  }

  /**
   * A copy of the weights, shape `[in, units]`: `weights.data[i * units + j]` goes from input `i` to unit `j`. Set it from any matrix of
   * that shape, or a flat array of as many values.
   *
   * A dropout layer has none: `weights` is `undefined` then, whatever its type says.
   *
   * @throws (when set) TypeError for a dropout layer; TypeError or RangeError if the new weights do not fit or are not finite;
   * `ERR_CHAINRULE_BUSY` while `fit` runs; `ERR_CHAINRULE_CLOSED` after the network's `close`.
   */
  get weights(): Tensor<[number, number], P> {
    const { handle, precision } = this.#access;
    return (this.#place && readWeights(handle.network, this.#place, precision)) as Tensor<[number, number], P>;
  }

  set weights(values: WeightsLike) {
    const place = this.#dense('weights');
    const name = `layers[${this.#index}].weights`;
    const { handle, precision, refuse } = this.#access;
    const data = toWeights(values, name, place, precision);
    if (!handle.network.writeParameter(place.index, 'weights', data)) refuse(`set ${name}`);
  }

  /**
   * A copy of the bias, shape `[units]`. Set it from anything that has as many numbers.
   *
   * @throws as `weights` does.
   */
  get bias(): Tensor<[number], P> {
    const { handle, precision } = this.#access;
    return (this.#place && readBias(handle.network, this.#place, precision)) as Tensor<[number], P>;
  }

  set bias(values: BiasLike) {
    const place = this.#dense('bias');
    const name = `layers[${this.#index}].bias`;
    const { handle, precision, refuse } = this.#access;
    const data = toBias(values, name, place, precision);
    if (!handle.network.writeParameter(place.index, 'bias', data)) refuse(`set ${name}`);
  }

  #dense(parameter: string): DensePlace {
    if (this.#place === undefined) throw wrongOption(`layers[${this.#index}] is a dropout layer: it has no ${parameter}`);
    return this.#place;
  }
}

const parameters = comparable(Layer.prototype, ['weights', 'bias']);

printedAs(Layer.prototype, (layer) => `Layer ${describeLayer(layer).join(', ')}`);
