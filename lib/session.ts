import { checkCategories } from './data/categories';
import type { SampleShape } from './data/samples';
import { allocate, checkFinite, elementCount, floatArrays } from './data/typed-arrays';
import { disposeByClosing } from './handle';
import type { FloatArray, FloatArrayOf, NativeNetwork, NativeRun } from './native';
import type { Precision } from './options';
import { checkMadeHere, guardReceivers, wrongReceiver } from './receivers';
import { printedAs } from './visible';

/**
 * Predictions of a fixed number of rows, from an array into an array that are there from the start: where even a small result is too much to
 * allocate. `NeuralNetwork.session` makes one.
 *
 * ```ts
 * const session = nn.session({ rows: 1 });
 * session.input.set([0, 1]);
 * session.run()[0]; // the prediction
 * ```
 */
export class Session<P extends Precision = Precision> {
  readonly #rows: number;
  readonly #shape: SampleShape;
  readonly #input: FloatArrayOf<P>;
  readonly #output: FloatArrayOf<P>;
  /** A view of `input` that nobody else has: own properties of the other can deceive no check. */
  readonly #values: FloatArray;
  readonly #run: NativeRun;

  static {
    guardReceivers(Session, { isOwn: Session.#isOwn, except: ['run'] });
  }

  static #isOwn(value: unknown): value is Session {
    return typeof value === 'object' && value !== null && #run in value;
  }

  /** @internal */
  constructor(key: symbol, network: NativeNetwork, rows: number, shape: SampleShape) {
    checkMadeHere(key, 'Session', 'nn.session()');
    const { inputSize, outputSize, precision } = shape;
    this.#rows = rows;
    this.#shape = shape;
    this.#input = allocate(precision, elementCount('session.input', rows, inputSize)) as FloatArrayOf<P>;
    this.#output = allocate(precision, elementCount('session.output', rows, outputSize)) as FloatArrayOf<P>;
    this.#values = new floatArrays[precision](this.#input.buffer);
    this.#run = network.bind(this.#input, this.#output);
    Object.freeze(this);
  }

  /** `[rows, inputSize]`, row by row: to be written before `run`. */
  get input(): FloatArrayOf<P> {
    return this.#input;
  }

  /** `[rows, outputSize]`, row by row: the result of `run`. */
  get output(): FloatArrayOf<P> {
    return this.#output;
  }

  /** The number of rows that `run` predicts. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Predicts `output` from `input`, with the network's weights as they are now and on the calling thread. Allocates nothing. Another thread
   * that writes into `input` meanwhile changes the result, and nothing else.
   *
   * @returns `output`.
   * @throws TypeError or RangeError if a value in `input` is not finite, or no category where one belongs; `ERR_CHAINRULE_CLOSED` after `close`, the network's or this one.
   */
  run(): FloatArrayOf<P> {
    if (!Session.#isOwn(this)) throw wrongReceiver('Session', 'run', this);
    const { inputSize, categories } = this.#shape;
    checkFinite(this.#values, inputSize, 'session.input');
    if (categories !== undefined) checkCategories(this.#values, inputSize, categories, 'session.input');
    this.#run(this.#rows);
    return this.#output;
  }

  /** Lets go of the network, whose memory is freed if nothing else uses it. `run` throws from then on; closing again does nothing. */
  close(): void {
    this.#run.close();
  }

  /** The same as `close`: what `using` calls. */
  declare [Symbol.dispose]: () => void;
}

disposeByClosing(Session.prototype, 'dispose');
printedAs(Session.prototype, ({ rows, input, output }) => {
  const precision = input instanceof Float64Array ? 'f64' : 'f32';
  return `Session of ${rows} ${rows === 1 ? 'row' : 'rows'}: input [${rows}, ${input.length / rows}], output [${rows}, ${output.length / rows}], ${precision}`;
});
