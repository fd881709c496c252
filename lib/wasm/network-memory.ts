import type { NativePrecision } from '../native';
import type { Address, Exports } from './exports';

/** A network in the module's memory. Objects that share it hold it in turn; it is destroyed when none does. */
export class NetworkMemory {
  readonly precision: NativePrecision;
  /** The argument of `share`, and the identifier, once it is shared. */
  shared: { spec: string; id: string } | undefined;
  readonly #exports: Exports;
  #address: Address;
  #holders = 0;

  constructor(exports: Exports, precision: NativePrecision, address: Address) {
    this.#exports = exports;
    this.precision = precision;
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
