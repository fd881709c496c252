import { type MatrixLike, toMatrix } from './data/matrix';
import { inputs } from './data/samples';
import { allocate, elementCount, newArray } from './data/typed-arrays';
import type { FloatArray, FloatArrayOf, NativeNetwork, NativeRun } from './native';
import type { Precision } from './options';

/** Predictions: `data[row * outputs + i]` is output `i` for a row. */
export interface Prediction<P extends Precision = Precision> {
  data: FloatArrayOf<P>;
  /** `[rows, outputs]`. */
  shape: [number, number];
}

/** The most values that go through the staging arrays at once. */
const stagingSize = 4096;
/** Up to here a loop copies faster than `set`. */
const shortCopy = 48;

/**
 * Predictions on the calling thread. Small inputs, in the forms that servers use, are written into arrays which the addon knows already,
 * as handing over an array takes longer than a small network does; they are checked while they are copied. Everything else takes the
 * long way, and so does everything wrong: all error messages are made there.
 */
export class Predictor {
  readonly #network: NativeNetwork;
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #precision: Precision;
  readonly #rows: number;
  readonly #input: FloatArray;
  readonly #output: FloatArray;
  readonly #run: NativeRun;

  constructor(network: NativeNetwork, inputSize: number, outputSize: number, precision: Precision) {
    this.#network = network;
    this.#inputs = inputSize;
    this.#outputs = outputSize;
    this.#precision = precision;
    this.#rows = Math.max(1, Math.floor(stagingSize / Math.max(inputSize, outputSize)));
    this.#input = allocate(precision, this.#rows * inputSize);
    this.#output = allocate(precision, this.#rows * outputSize);
    this.#run = network.bind(this.#input, this.#output);
  }

  predict(x: MatrixLike): Prediction {
    const rows = this.#stage(x);
    if (rows === 0) return this.#predictAnything(x);
    this.#run(rows);
    const length = rows * this.#outputs;
    const data = this.#precision === 'f64' ? new Float64Array(length) : new Float32Array(length); // a table of the two is slower
    const output = this.#output;
    if (length <= shortCopy) for (let i = 0; i < length; i++) data[i] = output[i] as number;
    else data.set(output.subarray(0, length));
    return { data, shape: [rows, this.#outputs] };
  }

  #predictAnything(x: unknown): Prediction {
    const matrix = toMatrix(x, 'x', inputs({ inputSize: this.#inputs, precision: this.#precision }));
    const data = newArray(this.#precision, elementCount('the prediction', matrix.rows, this.#outputs));
    this.#network.predict(matrix.data, matrix.rows, data);
    return { data, shape: [matrix.rows, this.#outputs] };
  }

  /** Copies x into the staging array, if it is small and ordinary. Returns the number of rows, or 0. */
  #stage(x: unknown): number {
    if (Array.isArray(x)) return typeof x[0] === 'number' ? this.#stageRow(x, 0) : this.#stageRows(x);
    if (x instanceof Float32Array) return this.#stageFloats(x);
    if (x instanceof Float64Array) return this.#stageDoubles(x);
    return 0;
  }

  #stageRows(x: unknown[]): number {
    const rows = x.length;
    if (rows > this.#rows) return 0;
    for (let row = 0; row < rows; row++) {
      const values = x[row];
      if (!Array.isArray(values) || this.#stageRow(values, row * this.#inputs) === 0) return 0;
    }
    return rows;
  }

  #stageRow(row: unknown[], offset: number): number {
    const input = this.#input;
    const length = this.#inputs;
    if (row.length !== length) return 0;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const value = row[i];
      if (typeof value !== 'number') return 0;
      input[offset + i] = value;
      sum += (input[offset + i] as number) * 0; // NaN if the value is not finite, and from then on
    }
    return sum === 0 ? 1 : 0;
  }

  // The next two differ in their type only: a loop that sees one kind of array is several times faster than one that sees two.

  #stageFloats(x: Float32Array): number {
    const input = this.#input;
    const length = x.length;
    const rows = length / this.#inputs;
    if (rows > this.#rows || !Number.isInteger(rows)) return 0;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const value = x[i] as number;
      input[i] = value;
      sum += value * 0;
    }
    return sum === 0 ? rows : 0;
  }

  #stageDoubles(x: Float64Array): number {
    const input = this.#input;
    const length = x.length;
    const rows = length / this.#inputs;
    if (rows > this.#rows || !Number.isInteger(rows)) return 0;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      input[i] = x[i] as number;
      sum += (input[i] as number) * 0;
    }
    return sum === 0 ? rows : 0;
  }
}
