import type { NetworkMemory } from './network-memory';

const { deref } = WeakRef.prototype;

/** Networks that `fromShared` finds: those of this thread, as each has a memory of its own. Being in here keeps nothing alive. */
export class SharedNetworks {
  readonly #networks: Record<string, WeakRef<NetworkMemory> | undefined> = Object.create(null);

  /** Returns the identifier: 128 random bits, so that nobody opens a network who was not given its handle. */
  add(network: NetworkMemory): string {
    for (const id of Object.keys(this.#networks)) if (this.find(id) === undefined) delete this.#networks[id];
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    this.#networks[id] = new WeakRef(network);
    return id;
  }

  find(id: string): NetworkMemory | undefined {
    const reference = this.#networks[id];
    const network = reference && (Reflect.apply(deref, reference, []) as NetworkMemory | undefined);
    return network?.address === 0 ? undefined : network;
  }
}
