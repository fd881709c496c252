import type { NativeNetwork } from '../native';

/** Networks that `fromShared` finds: those of this thread, as each has a memory of its own. Being in here keeps nothing alive. */
export class SharedNetworks {
  readonly #networks = new Map<string, WeakRef<NativeNetwork>>();

  /** Returns the identifier: 128 random bits, so that nobody opens a network who was not given its handle. */
  add(network: NativeNetwork): string {
    for (const [id, reference] of this.#networks) if (reference.deref() === undefined) this.#networks.delete(id);
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    this.#networks.set(id, new WeakRef(network));
    return id;
  }

  find(id: string): NativeNetwork | undefined {
    return this.#networks.get(id)?.deref();
  }
}
