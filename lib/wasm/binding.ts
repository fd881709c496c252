import { EventLoop } from '../event-loop';
import type { NativeBinding, NativeNames, NativePrecision } from '../native';
import { CustomLosses } from './custom-loss';
import type { Address, Exports } from './exports';
import { imports } from './imports';
import { Memory } from './memory';
import { makeNetwork, WasmNetwork } from './network';
import { SharedNetworks } from './shared-networks';

/** The module as lib/native.ts's binding. `environment` has entries like `NAME=value`. */
export function makeBinding(module: WebAssembly.Module, environment: readonly string[]): NativeBinding {
  const losses = new CustomLosses();
  const instance = new WebAssembly.Instance(
    module,
    imports(
      () => exports.memory,
      environment,
      (...call) => losses.compute(memory, ...call),
    ),
  );
  const exports = instance.exports as unknown as Exports;
  exports._initialize();
  const memory = new Memory(exports);

  const list = (at: (index: number) => Address): string[] => {
    const found: string[] = [];
    for (let address = at(0); address !== 0; address = at(found.length)) found.push(memory.text(address));
    return found;
  };
  const lists = list(exports.list_at).map((name, index) => [name, list((at) => exports.name_at(index, at))]);
  const names = Object.fromEntries(lists) as NativeNames;
  const engine = { exports, memory, names, losses, eventLoop: new EventLoop() };
  const shared = new SharedNetworks();

  return {
    Network: class extends WasmNetwork {
      constructor(spec: Float64Array, precision: NativePrecision, draw = true) {
        super(engine, shared, makeNetwork(engine, spec, precision, draw));
      }
    },
    openShared: (id) => {
      const network = shared.find(id);
      return network && new WasmNetwork(engine, shared, network);
    },
    info: () => ({
      isa: memory.text(memory.checked(exports.isa())),
      isas: list(exports.isa_at),
      precisions: ['f32', 'f64'],
      threads: 1,
    }),
    setThreads: () => {},
    names,
  };
}
