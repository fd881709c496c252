import { wrongOption } from './errors';
import {
  type Activation,
  type LayerKind,
  type LayerPlace,
  type LayerSpec,
  layersOf,
  type NetworkSpec,
  type Precision,
  type RowsNeeded,
  rowsNeeded,
  type TensorPlace,
  tensorsOf,
} from './options';
import type { BiasLike, Tensor, WeightsLike } from './parameters';
import { checkMadeHere, guardReceivers, madeHere } from './receivers';
import { describeLayer } from './summary';
import { readTensor, setTrainable, type TensorAccess, tensorProperties, writeTensor } from './tensor-access';
import { comparable, printedAs } from './visible';

/** The tensors of a layer by their names, those of layers inside it as `layers.0.weights`. */
export type LayerParameters<P extends Precision = Precision> = Record<string, Tensor<readonly number[], P>>;

/** A layer's words in a table of layers. */
let wordsOf: (layer: Layer) => string[];

/** One layer of a network; `nn.layers` has them in order, those without weights too. */
export class Layer<P extends Precision = Precision> {
  readonly type: LayerKind;
  /** The number of values in one row of what it puts out. */
  readonly units: number;
  /** Of layers that have one. */
  readonly activation: Activation | undefined;
  /** Dropout layers only. */
  readonly rate: number | undefined;
  /** The number of elements of all its tensors. */
  readonly parameterCount: number;
  readonly #place: LayerPlace;
  readonly #tensors: readonly TensorPlace[];
  readonly #access: TensorAccess;

  static {
    guardReceivers(Layer, { isOwn: (value) => typeof value === 'object' && value !== null && #access in value });
    wordsOf = (layer) => describeLayer(layer.#place, layer.parameterCount);
  }

  /** @internal */
  constructor(key: symbol, place: LayerPlace, tensors: readonly TensorPlace[], access: TensorAccess) {
    checkMadeHere(key, 'Layer', 'new NeuralNetwork()');
    const { activation, rate } = place.spec as { activation?: Activation; rate?: number };
    this.type = place.spec.type as LayerKind;
    this.units = place.output.columns;
    this.activation = activation;
    this.rate = rate;
    this.parameterCount = tensors.reduce((sum, { length }) => sum + length, 0);
    this.#place = place;
    this.#tensors = tensors;
    this.#access = access;
    Object.freeze(Object.defineProperties(this, shown));
  }

  /** The layer's options with every default filled in, as plain JSON; a copy. */
  get options(): LayerSpec {
    return structuredClone(this.#place.spec) as LayerSpec;
  }

  /**
   * Whether training changes the layer's tensors: the option of that name. Set it between trainings, to fine-tune a network that was loaded:
   * `nn.layers[0].trainable = false`. It is saved with the network. Of one that has nothing to train it stays true.
   *
   * @throws (when set) TypeError if it is not true or false; `ERR_CHAINRULE_BUSY` while `fit` runs.
   */
  get trainable(): boolean {
    return this.#place.spec.trainable !== false;
  }

  set trainable(trainable: boolean) {
    setTrainable(this.#access, this.#place, this.#tensors, trainable);
  }

  /**
   * The layer's tensors by their names: `layer.parameters.weights` is a copy, `{ data, shape }`. Each can be set, from values of that shape
   * or as many in row-major order: `layer.parameters.bias = [1, 2]`. A layer without any has an empty object.
   *
   * @throws (when one is set) as `weights` does.
   */
  get parameters(): LayerParameters<P> {
    return tensorProperties(this.#access, this.#tensors) as LayerParameters<P>;
  }

  /**
   * A copy of the weights, shape `[in, units]`: `weights.data[i * units + j]` goes from input `i` to unit `j`. Set it from any matrix of
   * that shape, or a flat array of as many values. The same as `parameters.weights`.
   *
   * A layer without weights has none: `weights` is `undefined` then, whatever its type says.
   *
   * @throws (when set) TypeError for a layer without weights; TypeError or RangeError if the new weights do not fit or are not finite;
   * `ERR_CHAINRULE_BUSY` while `fit` runs; `ERR_CHAINRULE_CLOSED` after the network's `close`.
   */
  get weights(): Tensor<[number, number], P> {
    return this.#readNamed('weights') as Tensor<[number, number], P>;
  }

  set weights(values: WeightsLike) {
    this.#writeNamed('weights', values);
  }

  /**
   * A copy of the bias, shape `[units]`. Set it from anything that has as many numbers.
   *
   * @throws as `weights` does.
   */
  get bias(): Tensor<[number], P> {
    return this.#readNamed('bias') as Tensor<[number], P>;
  }

  set bias(values: BiasLike) {
    this.#writeNamed('bias', values);
  }

  #readNamed(name: string): Tensor | undefined {
    const tensor = this.#tensors.find(({ key }) => key === name);
    return tensor && readTensor(this.#access, tensor);
  }

  #writeNamed(name: string, values: unknown): void {
    const tensor = this.#tensors.find(({ key }) => key === name);
    if (tensor === undefined) throw wrongOption(`${this.#place.name} is a ${this.type} layer: it has no ${name}`);
    writeTensor(this.#access, tensor, values);
  }
}

const shown = comparable(Layer.prototype, ['weights', 'bias', 'parameters', 'options']);

printedAs(
  Layer.prototype,
  (layer) =>
    `Layer ${wordsOf(layer)
      .filter((word) => word !== '')
      .join(', ')}`,
);

/** The layers of a network, and all its tensors. */
export function makeLayers<P extends Precision>(
  spec: NetworkSpec,
  access: TensorAccess,
): { layers: readonly Layer<P>[]; tensors: readonly TensorPlace[]; rowsNeeded: () => RowsNeeded | undefined } {
  const all = Array.from(layersOf(spec));
  const places = all.filter(({ depth }) => depth === 0);
  const tensors = Array.from(tensorsOf(spec, all));
  const own = places.map((): TensorPlace[] => []);
  for (const tensor of tensors) if (tensor.list === 'layers') own[tensor.layer]?.push(tensor);
  const layers = places.map((place, index) => new Layer<P>(madeHere, place, own[index] as TensorPlace[], access));
  return { layers: Object.freeze(layers), tensors, rowsNeeded: () => rowsNeeded(all) };
}
