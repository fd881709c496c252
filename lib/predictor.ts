import { findNoCategory } from './data/categories';
import { type MatrixLike, toMatrix } from './data/matrix';
import { toRows } from './data/rows';
import { inputs, type SampleShape } from './data/samples';
import { allocate, elementCount, newArray, typedArrayKind, typedArrayLength } from './data/typed-arrays';
import type { FloatArray, FloatArrayOf, NativeNetwork, NativeRun } from './native';
import type { CategoryColumns, Precision } from './options';
import { isArray } from './options/check';

/**
 * Predictions: `data[row * outputs + i]` is output `i` for a row. `JSON.stringify` writes its rows, `[[…], …]`; elsewhere it is plain data,
 * which `structuredClone` and `postMessage` copy. `toRows` gives the rows as arrays.
 *
 * Values are finite as long as the network computes with numbers of moderate size: where its weights are so large that sums overflow, they
 * can be infinite or NaN. `predict` returns them; `evaluate` and `toClasses` throw.
 */
export interface Prediction<P extends Precision = Precision> {
  data: FloatArrayOf<P>;
  /** `[rows, outputs]`. */
  shape: [number, number];
}

/*
 * `toJSON` is in a prototype that has no constructor: the object passes for a plain one where constructors are compared. A definition in
 * each object would take longer than a small network does. An enumerable one would keep the object from being cloned.
 */
const Made = function (this: Prediction, data: FloatArray, shape: [number, number]): void {
  this.data = data;
  this.shape = shape;
} as unknown as new (
  data: FloatArray,
  shape: [number, number],
) => Prediction;

Made.prototype = Object.create(Object.prototype, {
  toJSON: {
    value(this: Prediction): number[][] {
      return toRows(this);
    },
  },
});

/** A prediction of `rows` rows. */
export function prediction(data: FloatArray, rows: number, outputs: number): Prediction {
  return new Made(data, [rows, outputs]);
}

/** The most values that go through the staging arrays at once. */
const stagingSize = 4096;
/** Up to here a loop copies faster than `set`. */
const shortCopy = 48;

/**
 * Predictions on the calling thread. Small inputs, in the forms that servers use, are written into arrays that the addon knows already:
 * to hand over an array takes longer than a small network does. They are checked while they are copied. Everything else takes the
 * long way, and so does everything wrong: all error messages are made there.
 */
export class Predictor {
  readonly #network: NativeNetwork;
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #precision: Precision;
  readonly #shape: SampleShape;
  readonly #categories: readonly CategoryColumns[];
  readonly #rows: number;
  readonly #input: FloatArray;
  readonly #output: FloatArray;
  readonly #run: NativeRun;
  /** Counts predictions, so that one notices another that began while its own rows were read. */
  #turn = 0;

  constructor(network: NativeNetwork, shape: SampleShape) {
    const { inputSize, outputSize, precision, categories = [] } = shape;
    this.#network = network;
    this.#shape = shape;
    this.#categories = categories;
    this.#inputs = inputSize;
    this.#outputs = outputSize;
    this.#precision = precision;
    this.#rows = Math.max(1, Math.floor(stagingSize / Math.max(inputSize, outputSize)));
    this.#input = allocate(precision, this.#rows * inputSize);
    this.#output = allocate(precision, this.#rows * outputSize);
    this.#run = network.bind(this.#input, this.#output);
  }

  predict(x: MatrixLike): Prediction {
    const turn = ++this.#turn;
    const rows = this.#stage(x);
    // A getter or proxy in x may have predicted, too, into the same staging array: then x is read into memory of its own.
    if (rows === 0 || turn !== this.#turn || (this.#categories.length > 0 && this.#lacksCategory(rows))) return this.#predictAnything(x);
    this.#run(rows);
    const length = rows * this.#outputs;
    const data = this.#precision === 'f64' ? new Float64Array(length) : new Float32Array(length); // a table of the two is slower
    const output = this.#output;
    if (length <= shortCopy) for (let i = 0; i < length; i++) data[i] = output[i] as number;
    else data.set(output.subarray(0, length));
    return prediction(data, rows, this.#outputs);
  }

  #lacksCategory(rows: number): boolean {
    return findNoCategory(this.#input, rows, this.#inputs, this.#categories) !== undefined;
  }

  #predictAnything(x: unknown): Prediction {
    const matrix = toMatrix(x, 'x', inputs(this.#shape));
    const data = newArray(this.#precision, elementCount('the prediction', matrix.rows, this.#outputs));
    this.#network.predict(matrix.data, matrix.rows, data);
    return prediction(data, matrix.rows, this.#outputs);
  }

  /** Copies x into the staging array, if it is small and ordinary. Returns the number of rows, or 0. */
  #stage(x: unknown): number {
    if (isArray(x)) return typeof x[0] === 'number' ? this.#stageRow(x, 0) : this.#stageRows(x);
    const kind = typedArrayKind(x);
    if (kind === 'Float32Array') return this.#stageFloats(x as Float32Array);
    if (kind === 'Float64Array') return this.#stageDoubles(x as Float64Array);
    return 0;
  }

  #stageRows(x: readonly unknown[]): number {
    const rows = x.length;
    if (!(rows <= this.#rows)) return 0;
    for (let row = 0; row < rows; row++) {
      const values = x[row];
      if (!isArray(values) || this.#stageRow(values, row * this.#inputs) === 0) return 0;
    }
    return rows;
  }

  #stageRow(row: readonly unknown[], offset: number): number {
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
    const length = typedArrayLength(x);
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
    const length = typedArrayLength(x);
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
