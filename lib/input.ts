import type { LayerParameters } from './layer';
import { type InputKind, type InputPlace, type InputSpec, inputsOf, type NetworkSpec, type Precision, type TensorPlace } from './options';
import { checkMadeHere, guardReceivers, madeHere } from './receivers';
import { describeInput } from './summary';
import { setTrainable, type TensorAccess, tensorProperties } from './tensor-access';
import { comparable, printedAs } from './visible';

/** An input's words in a table of layers. */
let wordsOf: (input: Input) => string[];

/** Some columns of `x`, and what they become before the first layer; `nn.inputs` has them in order. */
export class Input<P extends Precision = Precision> {
  readonly type: InputKind;
  /** The number of its columns in `x`. */
  readonly columns: number;
  /** The number of columns that they become. */
  readonly units: number;
  /** The number of elements of all its tensors. */
  readonly parameterCount: number;
  readonly #place: InputPlace;
  readonly #tensors: readonly TensorPlace[];
  readonly #access: TensorAccess;

  static {
    guardReceivers(Input, { isOwn: (value) => typeof value === 'object' && value !== null && #access in value });
    wordsOf = (input) => describeInput(input.#place, input.parameterCount);
  }

  /** @internal */
  constructor(key: symbol, place: InputPlace, tensors: readonly TensorPlace[], access: TensorAccess) {
    checkMadeHere(key, 'Input', 'new NeuralNetwork()');
    this.type = place.spec.type as InputKind;
    this.columns = place.spec.columns;
    this.units = place.width;
    this.parameterCount = tensors.reduce((sum, { length }) => sum + length, 0);
    this.#place = place;
    this.#tensors = tensors;
    this.#access = access;
    Object.freeze(Object.defineProperties(this, shown));
  }

  /** The input's options with every default filled in, as plain JSON; a copy. */
  get options(): InputSpec {
    return structuredClone(this.#place.spec) as InputSpec;
  }

  /**
   * Whether training changes the input's tensors: the option of that name. Set it between trainings, to fine-tune a network that was loaded:
   * `nn.inputs[0].trainable = false`. It is saved with the network. Of one that has nothing to train it stays true.
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
   * The input's tensors by their names, to be read and set as those of a layer: `input.parameters.embedding`. An input without any has an
   * empty object.
   *
   * @throws (when one is set) as a layer's do.
   */
  get parameters(): LayerParameters<P> {
    return tensorProperties(this.#access, this.#tensors) as LayerParameters<P>;
  }
}

const shown = comparable(Input.prototype, ['parameters', 'options']);

printedAs(
  Input.prototype,
  (input) =>
    `Input ${wordsOf(input)
      .filter((word) => word !== '')
      .join(', ')}`,
);

/** The inputs of a network that has a list of them; otherwise none. */
export function makeInputs<P extends Precision>(
  spec: NetworkSpec,
  tensors: readonly TensorPlace[],
  access: TensorAccess,
): readonly Input<P>[] {
  const places = inputsOf(spec);
  const own = places.map((): TensorPlace[] => []);
  for (const tensor of tensors) if (tensor.list === 'inputs') own[tensor.layer]?.push(tensor);
  return Object.freeze(places.map((place, index) => new Input<P>(madeHere, place, own[index] as TensorPlace[], access)));
}
