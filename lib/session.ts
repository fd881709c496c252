import { allocate, checkFinite, elementCount, floatArrays } from './data/typed-arrays';
import type { FloatArray, NativeNetwork } from './native';
import type { Precision } from './options';
import { checkMadeHere, guardReceivers, wrongReceiver } from './receivers';

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
export class Session {
  readonly #rows: number;
  readonly #inputSize: number;
  readonly #input: FloatArray;
  readonly #output: FloatArray;
  /** A view of `input` that nobody else has: own properties of the other can deceive no check. */
  readonly #values: FloatArray;
  readonly #run: (rows: number) => void;

  static {
    guardReceivers(Session, { isOwn: Session.#isOwn, except: ['run'] });
  }

  static #isOwn(value: unknown): value is Session {
    return typeof value === 'object' && value !== null && #run in value;
  }

  /** @internal */
  constructor(key: symbol, network: NativeNetwork, rows: number, inputSize: number, outputSize: number, precision: Precision) {
    checkMadeHere(key, 'Session', 'nn.session()');
    this.#rows = rows;
    this.#inputSize = inputSize;
    this.#input = allocate(precision, elementCount('session.input', rows, inputSize));
    this.#output = allocate(precision, elementCount('session.output', rows, outputSize));
    this.#values = new floatArrays[precision](this.#input.buffer);
    this.#run = network.bind(this.#input, this.#output);
    Object.freeze(this);
  }

  /** `[rows, inputSize]`, row by row: to be written before `run`. */
  get input(): FloatArray {
    return this.#input;
  }

  /** `[rows, outputSize]`, row by row: the result of `run`. */
  get output(): FloatArray {
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
   * @throws TypeError or RangeError if a value in `input` is not finite.
   */
  run(): FloatArray {
    if (!Session.#isOwn(this)) throw wrongReceiver('Session', 'run', this);
    checkFinite(this.#values, this.#inputSize, 'session.input');
    this.#run(this.#rows);
    return this.#output;
  }
}
