import type { NativeSpec } from '../native';
import type { Address, Exports } from './exports';

/** A network in the module's memory. Objects that share it hold it in turn; it is destroyed when none does. */
export class NetworkMemory {
  readonly spec: NativeSpec;
  /** The argument of `share`, and the identifier, once it is shared. */
  shared: { spec: string; id: string } | undefined;
  readonly #exports: Exports;
  #address: Address;
  #holders = 0;

  constructor(exports: Exports, spec: NativeSpec, address: Address) {
    this.#exports = exports;
    this.spec = spec;
    this.#address = address;
  }

  /** 0 once it is destroyed. */
  get address(): Address {
    return this.#address;
  }

  hold(): void {
    this.#holders++;
  }

  letGo(): void {
    this.#holders--;
    if (this.#holders > 0) return;
    this.#exports.network_destroy(this.#address);
    this.#address = 0;
  }
}
