import { newArray } from '../data/typed-arrays';
import type {
  FloatArray,
  NativeCustomLoss,
  NativeRecords,
  NativeRunResult,
  NativeSamples,
  NativeSnapshot,
  NativeSteps,
  NativeTrainer,
  NativeTrainerState,
} from '../native';
import { addressOf, copySamples, type Engine, elements, finalizers, type Shape, violated } from './engine';
import type { Address } from './exports';
import { Borrowed } from './memory';

/** The network that is trained. */
interface Trained extends Shape {
  address: Address;
  parameterCount: number;
  /** Elements of the trained tensors. */
  trainedCount: number;
}

/** Where the flag `metrics` is among the options on the wire. */
const metricsAt = 2;

/** `Outcome` in native/wasm/trainer.cpp. */
const outcomeLength = 7;

type Tuple7 = [number, number, number, number, number, number, number];

/**
 * lib/native.ts's trainer in WebAssembly, on the calling thread: what takes long is done in pieces, between which the event loop turns.
 */
export class WasmTrainer implements NativeTrainer {
  readonly #engine: Engine;
  readonly #network: Trained;
  readonly #loss: NativeCustomLoss | undefined;
  readonly #borrowed: Borrowed;
  readonly #outcome: Address;
  /** Rows of the records: learning rates, loss, and the metrics where they are measured. */
  readonly #rows: number;
  #records: { address: Address; length: number } | undefined;
  #address: Address;
  #busy = false;

  constructor(
    engine: Engine,
    network: Trained,
    options: Float64Array,
    samples: NativeSamples | undefined,
    loss: NativeCustomLoss | undefined,
  ) {
    const { exports, memory, names } = engine;
    const measures = options[metricsAt] !== 0;
    this.#engine = engine;
    this.#network = network;
    this.#loss = loss;
    this.#rows = 2 + (measures ? names.metrics.length : 0);
    this.#borrowed = new Borrowed(memory);
    this.#outcome = this.#borrowed.room(outcomeLength * Float64Array.BYTES_PER_ELEMENT);
    const given = new Borrowed(memory);
    try {
      const none = { x: 0, y: 0, labelled: false, weights: 0, rows: 0 };
      const { x, y, labelled, weights, rows } = samples ? copySamples(samples, network, given) : none;
      this.#address = memory.borrowing((borrowed) => {
        const numbers = borrowed.copy(options);
        given.give();
        return memory.checked(exports.trainer_create(network.address, numbers, options.length, x, y, labelled, weights, rows));
      });
    } catch (error) {
      given.release();
      this.#borrowed.release();
      throw error;
    }
    const address = this.#address;
    const borrowed = this.#borrowed;
    finalizers.register(
      this,
      () => {
        exports.trainer_destroy(address);
        borrowed.release();
      },
      this,
    );
  }

  run(
    records: NativeRecords,
    epochs: number,
    milliseconds: number,
    steps?: NativeSteps,
    batches = 0,
  ): NativeRunResult | Promise<NativeRunResult> {
    const { exports, memory } = this.#engine;
    if (steps?.length === 0) violated('a step has no values');
    const values = steps && Float64Array.from(steps);
    const piece = (before: Pick<NativeRunResult, 'batches' | 'steps'>): NativeRunResult => {
      const left = batches === 0 ? 0 : batches - before.batches;
      const ahead = values?.subarray(3 * before.steps);
      const result = memory.borrowing((borrowed) =>
        this.#train(records, epochs, (address, capacity, outcome) => {
          const stepsAt = ahead === undefined ? 0 : borrowed.copy(ahead);
          exports.trainer_run(this.#address, address, capacity, epochs, milliseconds, stepsAt, ahead?.length ?? 0, left, outcome);
        }),
      );
      return { ...result, batches: before.batches + result.batches, steps: before.steps + result.steps };
    };
    const isOver = (result: NativeRunResult): boolean =>
      result.epochs > 0 || result.aborted || result.divergedAtStep >= 0 || result.batches === batches;
    this.#checkIdle();
    const first = piece({ batches: 0, steps: 0 });
    if (isOver(first) && !this.#engine.eventLoop.isDue) return first;
    return this.#whileBusy(async () => {
      // An epoch that was left in the middle is resumed.
      for (let result = first; ; result = piece(result)) {
        await this.#engine.eventLoop.breathe();
        if (isOver(result)) return result;
      }
    });
  }

  step(samples: NativeSamples, records: NativeRecords, values?: NativeSteps): NativeRunResult {
    this.#checkIdle();
    const { exports, memory } = this.#engine;
    return memory.borrowing((borrowed) => {
      const { x, y, labelled, weights, rows } = copySamples(samples, this.#network, borrowed);
      const valuesAt = values === undefined ? 0 : borrowed.copy(elements(values, 3, Float64Array.BYTES_PER_ELEMENT, 'steps'));
      return this.#train(records, 1, (address, capacity, outcome) => {
        exports.trainer_step(this.#address, x, y, labelled, weights, rows, address, capacity, valuesAt, outcome);
      });
    });
  }

  /** Calls `body` with the learning rates in the module's memory, and takes out what it has measured. */
  #train(records: NativeRecords, epochs: number, body: (records: Address, capacity: number, outcome: Address) => void): NativeRunResult {
    const { memory } = this.#engine;
    const capacity = records.length / this.#rows;
    if (!Number.isInteger(capacity) || epochs > capacity) violated('records has room for fewer epochs');
    const address = this.#recordsAt(records.length);
    memory.write(records.subarray(0, epochs), address);
    const wasBusy = this.#busy;
    this.#busy = true; // a custom loss may call anything
    try {
      this.#engine.losses.during(this.#loss, () => memory.checked(body(address, capacity, this.#outcome)));
    } finally {
      this.#busy = wasBusy;
    }
    const outcome = new Float64Array(outcomeLength);
    memory.read(outcome, this.#outcome);
    const [completed, aborted, divergedAtStep, batches, steps, batchLoss, batchWeight] = outcome as unknown as Tuple7;
    for (let row = 1; row < this.#rows; row++) {
      const first = row * capacity;
      memory.read(records.subarray(first, first + completed), address + first * Float64Array.BYTES_PER_ELEMENT);
    }
    return { epochs: completed, aborted: aborted !== 0, divergedAtStep, batches, steps, batchLoss, batchWeight };
  }

  #recordsAt(length: number): Address {
    if (this.#records?.length !== length) {
      this.#records = { address: this.#borrowed.room(length * Float64Array.BYTES_PER_ELEMENT), length };
    }
    return this.#records.address;
  }

  publish(): number {
    this.#checkIdle();
    return this.#engine.memory.checked(this.#engine.exports.trainer_publish(this.#address));
  }

  divergence(out: Float64Array, room: number): number {
    this.#checkIdle();
    const { exports, memory } = this.#engine;
    elements(out, 2 + room, Float64Array.BYTES_PER_ELEMENT, 'out');
    return memory.borrowing((borrowed) => {
      const address = borrowed.copy(out);
      const rows = exports.trainer_divergence(this.#address, address, room);
      memory.read(out, address);
      return rows;
    });
  }

  async state(extra?: NativeSnapshot): Promise<NativeTrainerState> {
    this.#checkIdle();
    const { exports, memory } = this.#engine;
    const { precision, bytesPerElement, parameterCount } = this.#network;
    const count = this.#engine.exports.trainer_state_blocks(this.#address);
    const sizes = [...this.#stateSizes(count), ...(extra === undefined ? [] : [parameterCount])];
    return memory.borrowing((borrowed) => {
      const position = new Float64Array(5);
      const positionAt = borrowed.copy(position);
      let next = borrowed.room(sizes.reduce((sum, size) => sum + size, 0) * bytesPerElement);
      memory.checked(exports.trainer_read_state(this.#address, extra === undefined ? 0 : addressOf(extra), positionAt, next));
      memory.read(position, positionAt);
      const arrays = sizes.map((size): FloatArray => {
        const array = newArray(precision, size);
        memory.read(array, next);
        next += array.byteLength;
        return array;
      });
      const [firstStep, firstEpoch, steps, epochs, updates] = position as unknown as [number, number, number, number, number];
      return { firstStep, firstEpoch, steps, epochs, updates, arrays };
    });
  }

  /** Elements of the arrays of its state: all parameters, and the trained ones for each further array. */
  #stateSizes(count: number): number[] {
    const { parameterCount, trainedCount } = this.#network;
    return Array.from({ length: count }, (_, index) => (index === 0 ? parameterCount : trainedCount));
  }

  async restore({ firstStep, firstEpoch, steps, epochs, updates, arrays }: NativeTrainerState): Promise<void> {
    this.#checkIdle();
    const { exports, memory } = this.#engine;
    const { bytesPerElement } = this.#network;
    const sizes = this.#stateSizes(arrays.length);
    memory.borrowing((borrowed) => {
      const position = borrowed.copy(Float64Array.of(firstStep, firstEpoch, steps, epochs, updates));
      const blocks = borrowed.room(sizes.reduce((sum, size) => sum + size, 0) * bytesPerElement);
      let next = blocks;
      for (const [index, size] of sizes.entries()) {
        memory.write(elements(arrays[index] as FloatArray, size, bytesPerElement, 'arrays'), next);
        next += size * bytesPerElement;
      }
      memory.checked(exports.trainer_write_state(this.#address, position, blocks, sizes.length));
    });
  }

  abort(): void {
    if (this.#address !== 0) this.#engine.exports.trainer_abort(this.#address);
  }

  close(): void {
    if (this.#address === 0) return;
    this.#checkIdle();
    finalizers.unregister(this);
    this.#engine.exports.trainer_destroy(this.#address);
    this.#borrowed.release();
    this.#address = 0;
  }

  #checkIdle(): void {
    if (this.#address === 0) violated('the trainer is closed');
    if (this.#busy) violated('the trainer is busy');
  }

  async #whileBusy<T>(work: () => Promise<T>): Promise<T> {
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }
}
