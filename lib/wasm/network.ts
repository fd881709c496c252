import { floatArrays, newArray } from '../data/typed-arrays';
import type {
  FloatArray,
  NativeMetrics,
  NativeNetwork,
  NativeOptimizer,
  NativeSamples,
  NativeSnapshot,
  NativeSpec,
  NativeTrainer,
  NativeTrainerOptions,
  NativeUpdateResult,
} from '../native';
import {
  addressOf,
  adoptSnapshot,
  type CopiedSamples,
  copySamples,
  type Engine,
  elements,
  finalizers,
  type Shape,
  violated,
} from './engine';
import type { Address } from './exports';
import { Borrowed } from './memory';
import type { SharedNetworks } from './shared-networks';
import { WasmTrainer } from './trainer';

/** `UpdateResult` in native/nn/network.h. */
const updateResults: readonly NativeUpdateResult[] = ['updated', 'busy', 'overflow'];

/** lib/native.ts's network in WebAssembly. */
export class WasmNetwork implements NativeNetwork {
  readonly parameterCount: number;
  sharedSpec: string | undefined;
  readonly #engine: Engine;
  readonly #address: Address;
  readonly #shape: Shape;
  readonly #shared: SharedNetworks;
  #id: string | undefined;

  constructor(engine: Engine, shared: SharedNetworks, spec: NativeSpec, draw: boolean) {
    const { exports, memory, encoder } = engine;
    const { inputSize: inputs, precision } = spec;
    const numbers = encoder.network(spec);
    const last = spec.layers.at(-1);
    this.#engine = engine;
    this.#shared = shared;
    const outputs = last?.type === 'dense' ? last.units : 0;
    this.#shape = { inputs, outputs, precision, bytesPerElement: floatArrays[precision].BYTES_PER_ELEMENT };
    this.#address = memory.borrowing((borrowed) =>
      memory.checked(exports.network_create(borrowed.copy(numbers), numbers.length, precision === 'f64', draw)),
    );
    const address = this.#address;
    finalizers.register(this, () => exports.network_destroy(address));
    this.parameterCount = exports.network_parameter_count(address) >>> 0;
  }

  /** Of all parameters. */
  get #bytes(): number {
    return this.parameterCount * this.#shape.bytesPerElement;
  }

  readParameter(layer: number, kind: 'weights' | 'bias', out: FloatArray): void {
    const { exports, memory } = this.#engine;
    const array = this.#parameter(layer, kind, out);
    memory.borrowing((borrowed) => {
      const address = borrowed.room(array.byteLength);
      memory.checked(exports.network_read_parameter(this.#address, layer, kind === 'bias', address));
      memory.read(array, address);
    });
  }

  writeParameter(layer: number, kind: 'weights' | 'bias', values: FloatArray): boolean {
    const { exports, memory } = this.#engine;
    const array = this.#parameter(layer, kind, values);
    return memory.borrowing((borrowed) =>
      Boolean(memory.checked(exports.network_write_parameter(this.#address, layer, kind === 'bias', borrowed.copy(array)))),
    );
  }

  #parameter(layer: number, kind: 'weights' | 'bias', array: FloatArray): FloatArray {
    const size = this.#engine.exports.network_parameter_size(this.#address, layer, kind === 'bias') >>> 0;
    if (size === 0) violated('layer is out of range');
    return elements(array, size, this.#shape.bytesPerElement, kind);
  }

  readParameters(out: FloatArray): void {
    const { exports, memory } = this.#engine;
    const array = elements(out, this.parameterCount, this.#shape.bytesPerElement, 'out');
    memory.borrowing((borrowed) => {
      const address = borrowed.room(array.byteLength);
      memory.checked(exports.network_read_parameters(this.#address, address));
      memory.read(array, address);
    });
  }

  /** There is no other thread: at once. */
  async readParametersAsync(): Promise<FloatArray> {
    const out = newArray(this.#shape.precision, this.parameterCount);
    this.readParameters(out);
    return out;
  }

  writeParameters(values: FloatArray): boolean {
    const { exports, memory } = this.#engine;
    const array = elements(values, this.parameterCount, this.#shape.bytesPerElement, 'values');
    return memory.borrowing((borrowed) => Boolean(memory.checked(exports.network_write_parameters(this.#address, borrowed.copy(array)))));
  }

  async writeParametersAsync(values: FloatArray): Promise<boolean> {
    return this.writeParameters(values);
  }

  assign(snapshot: NativeSnapshot): boolean {
    const { exports, memory } = this.#engine;
    return Boolean(memory.checked(exports.network_assign(this.#address, addressOf(snapshot))));
  }

  snapshot(): NativeSnapshot {
    return adoptSnapshot(this.#engine, this.#engine.memory.checked(this.#engine.exports.network_snapshot(this.#address)));
  }

  async snapshotOf(values: FloatArray): Promise<NativeSnapshot> {
    const { exports, memory } = this.#engine;
    const array = elements(values, this.parameterCount, this.#shape.bytesPerElement, 'values');
    const snapshot = memory.borrowing((borrowed) => memory.checked(exports.network_snapshot_of(this.#address, borrowed.copy(array))));
    return adoptSnapshot(this.#engine, snapshot);
  }

  restore(snapshot: NativeSnapshot): boolean {
    const { exports, memory } = this.#engine;
    return Boolean(memory.checked(exports.network_restore(this.#address, addressOf(snapshot))));
  }

  share(spec: string): string {
    this.sharedSpec ??= spec;
    this.#id ??= this.#shared.add(this);
    return this.#id;
  }

  beginTraining(): boolean {
    return Boolean(this.#engine.exports.network_begin_training(this.#address));
  }

  endTraining(): void {
    this.#engine.exports.network_end_training(this.#address);
  }

  predict(x: FloatArray, rows: number, out: FloatArray): void {
    const { exports, memory } = this.#engine;
    const [from, to] = this.#inAndOut(x, rows, out);
    memory.borrowing((borrowed) => {
      const input = borrowed.copy(from);
      const output = borrowed.room(to.byteLength);
      memory.checked(exports.network_predict(this.#address, 0, input, rows, output));
      memory.read(to, output);
    });
  }

  #inAndOut(x: FloatArray, rows: number, out: FloatArray): [FloatArray, FloatArray] {
    const { inputs, outputs, bytesPerElement } = this.#shape;
    return [elements(x, rows * inputs, bytesPerElement, 'x'), elements(out, rows * outputs, bytesPerElement, 'out')];
  }

  bind(input: FloatArray, output: FloatArray): (rows: number) => void {
    const { exports, memory } = this.#engine;
    const { inputs, outputs } = this.#shape;
    const most = Math.floor(Math.min(input.length / inputs, output.length / outputs));
    // Views of our own: those of the user's can be given other methods.
    const [source, target] = this.#inAndOut(input, most, output).map((array) => this.#view(array)) as [FloatArray, FloatArray];
    const from = memory.allocate(source.byteLength + target.byteLength);
    const to = from + source.byteLength;
    const run = (rows: number): void => {
      if (!(rows > 0 && rows <= most)) violated('rows is out of range');
      memory.write(rows === most ? source : source.subarray(0, rows * inputs), from);
      memory.checked(exports.network_predict(this.#address, 0, from, rows, to));
      memory.read(rows === most ? target : target.subarray(0, rows * outputs), to);
    };
    finalizers.register(run, () => memory.release(from));
    return run;
  }

  #view({ buffer, byteOffset, length }: FloatArray): FloatArray {
    return this.#shape.precision === 'f64' ? new Float64Array(buffer, byteOffset, length) : new Float32Array(buffer, byteOffset, length);
  }

  async predictAsync(x: FloatArray, rows: number): Promise<FloatArray> {
    const { exports, memory } = this.#engine;
    const { inputs, outputs, precision, bytesPerElement } = this.#shape;
    const out = newArray(precision, rows * outputs);
    const borrowed = new Borrowed(memory);
    try {
      const from = borrowed.copy(elements(x, rows * inputs, bytesPerElement, 'x'));
      const to = borrowed.room(out.byteLength);
      await this.#piecewise(rows, (snapshot, first, count) => {
        const [input, output] = [from + first * inputs * bytesPerElement, to + first * outputs * bytesPerElement];
        exports.network_predict(this.#address, snapshot, input, count, output);
      });
      memory.read(out, to);
      return out;
    } finally {
      borrowed.release();
    }
  }

  async evaluate(samples: NativeSamples): Promise<NativeMetrics> {
    const { exports, memory } = this.#engine;
    const borrowed = new Borrowed(memory);
    try {
      const copied = copySamples(samples, this.#shape, borrowed);
      const means = new Float64Array(5);
      const sums = borrowed.copy(means);
      await this.#piecewise(samples.rows, (snapshot, first, count) => {
        const { x, y, labelled } = this.#from(copied, first);
        exports.network_measure(this.#address, snapshot, x, y, labelled, count, sums);
      });
      exports.network_means(this.#address, sums);
      memory.read(means, sums);
      const [loss, accuracy, mse, mae] = means as unknown as [number, number, number, number];
      return { loss, accuracy, mse, mae };
    } finally {
      borrowed.release();
    }
  }

  #from({ x, y, labelled, rows }: CopiedSamples, first: number): CopiedSamples {
    const { inputs, outputs, bytesPerElement } = this.#shape;
    const target = labelled ? Int32Array.BYTES_PER_ELEMENT : outputs * bytesPerElement;
    return { x: x + first * inputs * bytesPerElement, y: y + first * target, labelled, rows: rows - first };
  }

  /** Does something with all rows, as many at a time as the event loop can wait for, and with the parameters as they are now. */
  async #piecewise(rows: number, body: (snapshot: Address, first: number, count: number) => void): Promise<void> {
    const { exports, memory, eventLoop } = this.#engine;
    const atOnce = exports.rows_at_once();
    const snapshot = memory.checked(exports.network_snapshot(this.#address));
    try {
      for (let first = 0; first < rows; first += atOnce) {
        await eventLoop.breathe();
        memory.checked(body(snapshot, first, Math.min(atOnce, rows - first)));
      }
    } finally {
      exports.snapshot_destroy(snapshot);
    }
  }

  backward(samples: NativeSamples, gradients: FloatArray[]): number {
    const { exports, memory } = this.#engine;
    return memory.borrowing((borrowed) => {
      const { x, y, labelled, rows } = copySamples(samples, this.#shape, borrowed);
      const block = borrowed.room(this.#bytes);
      const loss = memory.checked(exports.network_backward(this.#address, x, y, labelled, rows, block));
      for (const { array, address } of this.#gradients(gradients, block)) memory.read(array, address);
      return loss;
    });
  }

  update(gradients: FloatArray[], optimizer: NativeOptimizer): NativeUpdateResult {
    const { exports, memory, encoder } = this.#engine;
    const numbers = encoder.optimizer(optimizer);
    return memory.borrowing((borrowed) => {
      const block = borrowed.room(this.#bytes);
      for (const { array, address } of this.#gradients(gradients, block)) memory.write(array, address);
      const result = memory.checked(exports.network_update(this.#address, block, borrowed.copy(numbers), numbers.length));
      return updateResults[result] as NativeUpdateResult;
    });
  }

  /** The arrays, which must be of all parameters, with the addresses of each in a block. */
  #gradients(arrays: FloatArray[], block: Address): { array: FloatArray; address: Address }[] {
    let address = block;
    const places = arrays.map((given, index) => {
      const array = this.#parameter(Math.floor(index / 2), index % 2 === 0 ? 'weights' : 'bias', given);
      const place = { array, address };
      address += array.byteLength;
      return place;
    });
    if (address !== block + this.#bytes) violated('gradients has the wrong number of arrays');
    return places;
  }

  trainer(options: NativeTrainerOptions): NativeTrainer {
    const { parameterCount } = this;
    return new WasmTrainer(this.#engine, { address: this.#address, parameterCount, ...this.#shape }, options);
  }
}
