import { ChainruleError, closed } from './errors';
import type { NativeNetwork } from './native';

/** A native network until it is closed, and how much is under way that needs it. */
export class Handle {
  readonly #network: NativeNetwork;
  #underWay = 0;
  #trainings = 0;
  #closed = false;

  constructor(network: NativeNetwork) {
    this.#network = network;
  }

  /** @throws `ERR_CHAINRULE_CLOSED`. */
  get network(): NativeNetwork {
    this.check();
    return this.#network;
  }

  /** @throws `ERR_CHAINRULE_CLOSED`. */
  check(): void {
    if (this.#closed) throw closed('the network');
  }

  /** Whether `training` is under way. */
  get isTraining(): boolean {
    return this.#trainings > 0;
  }

  /** Something begins that needs the network until `end` is called. */
  begin(): void {
    this.#underWay++;
  }

  end(): void {
    this.#underWay--;
  }

  /** Does asynchronous work, during which the network is not closed. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    this.begin();
    try {
      return await work();
    } finally {
      this.end();
    }
  }

  /**
   * Does work that changes the parameters over some time: nobody else does meanwhile, in whatever thread.
   *
   * @throws (rejects with) `ERR_CHAINRULE_BUSY` if somebody else does.
   */
  async training<T>(what: string, work: (network: NativeNetwork) => Promise<T>): Promise<T> {
    return this.during(async () => {
      // Before anything else: the user's own getters and iterators run in `work`.
      if (!this.#network.beginTraining()) refuse(what);
      this.#trainings++;
      try {
        return await work(this.#network);
      } finally {
        this.#trainings--;
        this.#network.endTraining();
      }
    });
  }

  /** Frees the network at once; idempotent. @throws `ERR_CHAINRULE_BUSY` while something is under way, and then nothing has changed. */
  close(): void {
    if (this.#closed) return;
    if (this.#underWay > 0) {
      throw new ChainruleError(
        'ERR_CHAINRULE_BUSY',
        `cannot close the network while work is under way (fit, predictAsync, evaluate, save or a batcher's rows: ${this.#underWay}); await it first`,
      );
    }
    this.#closed = true;
    this.#network.close();
  }
}

const symbols: { readonly dispose?: symbol; readonly asyncDispose?: symbol } = Symbol;

/** Lets `using` call a class's `close`: by the well-known symbols, or those that compilers take where the runtime has none. */
export function disposeByClosing(prototype: { close(): void | Promise<void> }, kind: 'dispose' | 'asyncDispose'): void {
  const { close } = prototype;
  Object.defineProperty(prototype, symbols[kind] ?? Symbol.for(`Symbol.${kind}`), { value: close, writable: true, configurable: true });
}

/** Refuses a change of parameters while `fit` lasts, in whatever thread. */
export function refuse(what: string): never {
  throw new ChainruleError(
    'ERR_CHAINRULE_BUSY',
    `cannot ${what} while fit is training this network; await it, or abort it with its signal`,
  );
}
