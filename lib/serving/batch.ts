import { checkCategories } from '../data/categories';
import { type Matrix, toMatrix } from '../data/matrix';
import { inputs, type SampleShape } from '../data/samples';
import { allocate, checkFinite, elementCount, floatArrays } from '../data/typed-arrays';
import { wrongShape } from '../errors';
import type { Handle } from '../handle';
import type { FloatArray, NativeRun } from '../native';
import { isArray } from '../options/check';
import { type Prediction, prediction } from '../predictor';

interface Waiter {
  resolve(prediction: Prediction): void;
  reject(reason: unknown): void;
}

/** Rows that become one product, in memory that the addon knows already, and who waits for each of them. */
export class Batch {
  readonly #network: Handle;
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #input: FloatArray;
  readonly #output: FloatArray;
  readonly #run: NativeRun;
  #waiters: Waiter[] = [];

  constructor(network: Handle, { inputSize, outputSize, precision }: SampleShape, maxRows: number) {
    this.#network = network;
    this.#inputs = inputSize;
    this.#outputs = outputSize;
    this.#input = allocate(precision, elementCount('maxBatch rows of inputs', maxRows, inputSize));
    this.#output = allocate(precision, elementCount('maxBatch rows of outputs', maxRows, outputSize));
    this.#run = network.network.bind(this.#input, this.#output);
  }

  get rows(): number {
    return this.#waiters.length;
  }

  /** Takes a row of `oneRow`. */
  add(row: FloatArray): Promise<Prediction> {
    this.#input.set(row, this.rows * this.#inputs);
    this.#network.begin();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Answers everybody, on this thread. The batch is then empty. */
  run(): void {
    try {
      this.#run(this.rows);
      this.#resolve(this.#output);
    } catch (error) {
      this.#reject(error);
    }
  }

  /** The same on another thread; the promise is never rejected. */
  async runAsync(): Promise<void> {
    try {
      this.#resolve(await this.#network.network.predictAsync(this.#input, this.rows));
    } catch (error) {
      this.#reject(error);
    }
  }

  /** Lets go of the network. */
  close(): void {
    this.#run.close();
  }

  #resolve(output: FloatArray): void {
    const width = this.#outputs;
    this.#take().forEach(({ resolve }, row) => {
      // A copy each: what somebody does with an answer is nothing to the others.
      resolve(prediction(output.slice(row * width, (row + 1) * width) as FloatArray, 1, width));
    });
  }

  #reject(reason: unknown): void {
    for (const { reject } of this.#take()) reject(reason);
  }

  #take(): Waiter[] {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const _ of waiters) this.#network.end();
    return waiters;
  }
}

/** One row in the network's element type, finite; memory of the caller's if that will do. */
export function oneRow(row: unknown, shape: SampleShape): FloatArray {
  const { data, rows } = ordinaryRow(row, shape) ?? toMatrix(row, 'row', inputs(shape));
  if (rows !== 1) throw wrongShape(`row must be one row of ${shape.inputSize} values (inputSize), got ${rows} rows`);
  return data;
}

/** The form that servers have most often, a plain array out of JSON, without the shared memory that `toMatrix` would get for it. */
function ordinaryRow(row: unknown, { inputSize, precision, categories = [] }: SampleShape): Matrix | undefined {
  if (!isArray(row) || row.length !== inputSize) return undefined;
  const data = new floatArrays[precision](inputSize);
  for (let i = 0; i < inputSize; i++) {
    const value: unknown = row[i];
    if (typeof value !== 'number') return undefined;
    data[i] = value;
  }
  checkFinite(data, inputSize, 'row');
  checkCategories(data, inputSize, categories, 'row');
  return { data, rows: 1 };
}
