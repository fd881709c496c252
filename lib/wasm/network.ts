import { floatArrays, newArray } from '../data/typed-arrays';
import { closed } from '../errors';
import type {
  FloatArray,
  NativeCustomLoss,
  NativeMetrics,
  NativeNetwork,
  NativePrecision,
  NativeRun,
  NativeSamples,
  NativeSnapshot,
  NativeTensor,
  NativeTrainer,
  NativeUpdateResult,
} from '../native';
import {
  addressOf,
  adoptSnapshot,
  type CopiedSamples,
  chosen,
  copySamples,
  type Engine,
  elements,
  finalizers,
  type Shape,
  violated,
} from './engine';
import type { Address } from './exports';
import { Borrowed } from './memory';
import { NetworkMemory } from './network-memory';
import type { SharedNetworks } from './shared-networks';
import { WasmTrainer } from './trainer';

/** `UpdateResult` in native/nn/network.h. */
const updateResults: readonly NativeUpdateResult[] = ['updated', 'busy', 'overflow'];

/** lib/native.ts's network in WebAssembly. */
export class WasmNetwork implements NativeNetwork {
  readonly parameterCount: number;
  readonly #engine: Engine;
  readonly #shape: Shape;
  readonly #shared: SharedNetworks;
  /** Undefined once it is closed. */
  #network: NetworkMemory | undefined;

  /** Other objects may have the same network, too. */
  constructor(engine: Engine, shared: SharedNetworks, network: NetworkMemory) {
    const { exports } = engine;
    const { precision, address } = network;
    this.#engine = engine;
    this.#shared = shared;
    const [inputs, outputs, targets] = [
      exports.network_inputs(address),
      exports.network_outputs(address),
      exports.network_targets(address),
    ];
    this.#shape = { inputs, outputs, targets, precision, bytesPerElement: floatArrays[precision].BYTES_PER_ELEMENT };
    this.#network = network;
    network.hold();
    finalizers.register(this, () => network.letGo(), this);
    this.parameterCount = exports.network_parameter_count(network.address, false) >>> 0;
  }

  /** @throws `ERR_CHAINRULE_CLOSED`. */
  get #memory(): NetworkMemory {
    if (this.#network === undefined) throw closed('the network');
    return this.#network;
  }

  get #address(): Address {
    return this.#memory.address;
  }

  get sharedSpec(): string | undefined {
    return this.#memory.shared?.spec;
  }

  close(): void {
    const network = this.#network;
    if (network === undefined) return;
    this.#network = undefined;
    finalizers.unregister(this);
    network.letGo();
  }

  tensors(): NativeTensor[] {
    const { exports, memory } = this.#engine;
    const shape = new Float64Array(3);
    return memory.borrowing((borrowed) => {
      const at = borrowed.copy(shape);
      const list: NativeTensor[] = [];
      for (;;) {
        const name = exports.network_tensor(this.#address, list.length, at);
        if (name === 0) return list;
        memory.read(shape, at);
        const [rows, columns, trained] = shape as unknown as [number, number, number];
        list.push({ name: memory.text(name), rows, columns, trained: trained !== 0 });
      }
    });
  }

  readParameter(index: number, out: FloatArray): void {
    const { exports, memory } = this.#engine;
    const array = this.#parameter(index, out, 'out');
    memory.borrowing((borrowed) => {
      const address = borrowed.room(array.byteLength);
      memory.checked(exports.network_read_parameter(this.#address, index, address));
      memory.read(array, address);
    });
  }

  writeParameter(index: number, values: FloatArray): boolean {
    const { exports, memory } = this.#engine;
    const array = this.#parameter(index, values, 'values');
    return memory.borrowing((borrowed) =>
      Boolean(memory.checked(exports.network_write_parameter(this.#address, index, borrowed.copy(array)))),
    );
  }

  #parameter(index: number, array: FloatArray, name: string): FloatArray {
    const size = this.#engine.exports.network_parameter_size(this.#address, index) >>> 0;
    if (size === 0) violated('index is out of range');
    return elements(array, size, this.#shape.bytesPerElement, name);
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
    const network = this.#memory;
    network.shared ??= { spec, id: this.#shared.add(network) };
    return network.shared.id;
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

  bind(input: FloatArray, output: FloatArray): NativeRun {
    const { exports, memory } = this.#engine;
    const { inputs, outputs } = this.#shape;
    const most = Math.floor(Math.min(input.length / inputs, output.length / outputs));
    // Views of our own: those of the user's can be given other methods.
    const [source, target] = this.#inAndOut(input, most, output).map((array) => this.#view(array)) as [FloatArray, FloatArray];
    const held = new Borrowed(memory);
    const from = held.room(source.byteLength + target.byteLength);
    const to = from + source.byteLength;
    let isOpen = true;
    const run = (rows: number): void => {
      if (!isOpen) throw closed('the bound arrays');
      if (!(rows > 0 && rows <= most)) violated('rows is out of range');
      memory.write(rows === most ? source : source.subarray(0, rows * inputs), from);
      memory.checked(exports.network_predict(this.#address, 0, from, rows, to));
      memory.read(rows === most ? target : target.subarray(0, rows * outputs), to);
    };
    run.close = (): void => {
      isOpen = false;
      held.release();
    };
    finalizers.register(run, () => held.release());
    return run;
  }

  #view({ buffer, byteOffset, length }: FloatArray): FloatArray {
    return this.#shape.precision === 'f64' ? new Float64Array(buffer, byteOffset, length) : new Float32Array(buffer, byteOffset, length);
  }

  async predictAsync(x: FloatArray, rows: number, index?: Uint32Array): Promise<FloatArray> {
    const { exports, memory } = this.#engine;
    const { inputs, outputs, precision, bytesPerElement } = this.#shape;
    const out = newArray(precision, rows * outputs);
    const borrowed = new Borrowed(memory);
    try {
      const from = borrowed.copy(elements(chosen(x, index, inputs), rows * inputs, bytesPerElement, 'x'));
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
    const { exports, memory, names } = this.#engine;
    const borrowed = new Borrowed(memory);
    try {
      const copied = copySamples(samples, this.#shape, borrowed);
      const means = new Float64Array(3 + names.metrics.length);
      const sums = borrowed.copy(means);
      await this.#piecewise(samples.rows, (snapshot, first, count) => {
        const { x, y, labelled, weights } = this.#from(copied, first);
        exports.network_measure(this.#address, snapshot, x, y, labelled, weights, count, sums);
      });
      exports.network_means(this.#address, sums);
      memory.read(means, sums);
      const metrics = Object.fromEntries(names.metrics.map((name, index) => [name, means[1 + index] as number]));
      return { ...metrics, loss: means[0] as number };
    } finally {
      borrowed.release();
    }
  }

  #from({ x, y, labelled, weights, rows }: CopiedSamples, first: number): CopiedSamples {
    const { inputs, targets, bytesPerElement } = this.#shape;
    const target = labelled ? Int32Array.BYTES_PER_ELEMENT : targets * bytesPerElement;
    return {
      x: x + first * inputs * bytesPerElement,
      y: y + first * target,
      labelled,
      weights: weights === 0 ? 0 : weights + first * bytesPerElement,
      rows: rows - first,
    };
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

  trace(x: FloatArray, rows: number, layers: FloatArray): void {
    const { exports, memory } = this.#engine;
    memory.borrowing((borrowed) => {
      const input = borrowed.copy(elements(x, rows * this.#shape.inputs, this.#shape.bytesPerElement, 'x'));
      const traced = this.#traced(layers, rows, false);
      const address = borrowed.room(traced.byteLength);
      memory.checked(exports.network_trace(this.#address, input, rows, address));
      memory.read(traced, address);
    });
  }

  /** The array, which must have room for the trace of `rows` rows. */
  #traced(array: FloatArray, rows: number, backward: boolean): FloatArray {
    const columns = this.#engine.exports.network_trace_columns(this.#address, backward) >>> 0;
    return elements(array, rows * columns, this.#shape.bytesPerElement, 'layers');
  }

  backward(samples: NativeSamples, gradients: FloatArray, tensors: Float64Array, layers?: FloatArray, loss?: NativeCustomLoss): number {
    const network = this.#memory;
    network.hold(); // a custom loss may close this object
    try {
      return this.#engine.losses.during(loss, () => this.#backward(network.address, samples, gradients, tensors, layers));
    } finally {
      network.letGo();
    }
  }

  #backward(network: Address, samples: NativeSamples, gradients: FloatArray, tensors: Float64Array, layers?: FloatArray): number {
    const { exports, memory } = this.#engine;
    return memory.borrowing((borrowed) => {
      const { x, y, labelled, weights, rows } = copySamples(samples, this.#shape, borrowed);
      const array = elements(gradients, this.parameterCount, this.#shape.bytesPerElement, 'gradients');
      const block = borrowed.room(array.byteLength);
      const traced = layers && this.#traced(layers, rows, true);
      const trace = traced === undefined ? 0 : borrowed.room(traced.byteLength);
      const settings = borrowed.copy(tensors);
      const loss = memory.checked(exports.network_backward(network, x, y, labelled, weights, rows, block, settings, tensors.length, trace));
      memory.read(array, block);
      if (traced !== undefined) memory.read(traced, trace);
      return loss;
    });
  }

  update(gradients: FloatArray, optimizer: Float64Array): NativeUpdateResult {
    const { exports, memory } = this.#engine;
    const array = elements(gradients, this.parameterCount, this.#shape.bytesPerElement, 'gradients');
    return memory.borrowing((borrowed) => {
      const block = borrowed.copy(array);
      const result = memory.checked(exports.network_update(this.#address, block, borrowed.copy(optimizer), optimizer.length));
      return updateResults[result] as NativeUpdateResult;
    });
  }

  trainer(options: Float64Array, samples?: NativeSamples, loss?: NativeCustomLoss): NativeTrainer {
    const { parameterCount } = this;
    const trainedCount = this.#engine.exports.network_parameter_count(this.#address, true) >>> 0;
    const trained = { address: this.#address, parameterCount, trainedCount, ...this.#shape };
    return new WasmTrainer(this.#engine, trained, options, samples, loss);
  }
}

/** A network of the wire's specification, in the module's memory. */
export function makeNetwork({ exports, memory }: Engine, spec: Float64Array, precision: NativePrecision, draw: boolean): NetworkMemory {
  const create = (at: Address) => exports.network_create(at, spec.length, precision === 'f64', draw);
  return new NetworkMemory(
    exports,
    precision,
    memory.borrowing((borrowed) => memory.checked(create(borrowed.copy(spec)))),
  );
}
