/** An address in the module's memory, of an object or of numbers; 0 is none. */
export type Address = number;

/** The exports of native/wasm. Where one fails, `failure` points at the reason, and the result is 0. */
export interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  failure(): Address;
  allocate(bytes: number): Address;
  release(memory: Address): void;

  isa(): Address;
  isa_at(index: number): Address;
  list_at(list: number): Address;
  name_at(list: number, index: number): Address;

  network_create(spec: Address, count: number, f64: boolean, draw: boolean): Address;
  network_destroy(network: Address): void;
  network_inputs(network: Address): number;
  network_outputs(network: Address): number;
  network_targets(network: Address): number;
  network_parameter_count(network: Address, trained: boolean): number;
  network_tensor(network: Address, index: number, shape: Address): Address;
  network_parameter_size(network: Address, index: number): number;
  network_read_parameter(network: Address, index: number, out: Address): void;
  network_write_parameter(network: Address, index: number, values: Address): number;
  network_read_parameters(network: Address, out: Address): void;
  network_write_parameters(network: Address, values: Address): number;
  network_assign(network: Address, snapshot: Address): number;
  network_snapshot(network: Address): Address;
  network_snapshot_of(network: Address, values: Address): Address;
  snapshot_destroy(snapshot: Address): void;
  network_restore(network: Address, snapshot: Address): number;
  network_begin_training(network: Address): number;
  network_end_training(network: Address): void;
  network_predict(network: Address, parameters: Address, x: Address, rows: number, out: Address): void;
  rows_at_once(): number;
  network_measure(
    network: Address,
    parameters: Address,
    x: Address,
    y: Address,
    labelled: boolean,
    weights: Address,
    rows: number,
    sums: Address,
  ): void;
  network_means(network: Address, sums: Address): void;
  network_trace(network: Address, x: Address, rows: number, layers: Address): void;
  network_trace_columns(network: Address, backward: boolean): number;
  network_backward(
    network: Address,
    x: Address,
    y: Address,
    labelled: boolean,
    weights: Address,
    rows: number,
    gradients: Address,
    tensors: Address,
    count: number,
    layers: Address,
  ): number;
  network_update(network: Address, gradients: Address, optimizer: Address, count: number): number;

  trainer_create(
    network: Address,
    settings: Address,
    count: number,
    x: Address,
    y: Address,
    labelled: boolean,
    weights: Address,
    rows: number,
  ): Address;
  trainer_destroy(trainer: Address): void;
  trainer_run(
    trainer: Address,
    records: Address,
    capacity: number,
    epochs: number,
    milliseconds: number,
    steps: Address,
    stepNumbers: number,
    batches: number,
    outcome: Address,
  ): void;
  trainer_step(
    trainer: Address,
    x: Address,
    y: Address,
    labelled: boolean,
    weights: Address,
    rows: number,
    records: Address,
    capacity: number,
    values: Address,
    outcome: Address,
  ): void;
  trainer_publish(trainer: Address): number;
  trainer_divergence(trainer: Address, out: Address, room: number): number;
  trainer_abort(trainer: Address): void;
  trainer_state_blocks(trainer: Address): number;
  trainer_read_state(trainer: Address, extra: Address, position: Address, blocks: Address): void;
  trainer_write_state(trainer: Address, position: Address, blocks: Address, count: number): void;
}
