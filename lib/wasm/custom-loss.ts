import type { NativeCustomLoss } from '../native';
import type { Address } from './exports';
import type { Memory } from './memory';

/** The import `custom_loss` of native/wasm/custom_loss.h. */
export class CustomLosses {
  #current: NativeCustomLoss | undefined;
  /** No error of JavaScript may cross the module's own functions. */
  #thrown: { error: unknown } | undefined;

  /** Calls `body`, which calls the module; its custom loss is `loss`. Such calls may be nested: a loss is a function of the user's. */
  during<T>(loss: NativeCustomLoss | undefined, body: () => T): T {
    const outer = this.#current;
    this.#current = loss;
    try {
      return body();
    } catch (error) {
      const thrown = this.#thrown;
      this.#thrown = undefined;
      throw thrown === undefined ? error : thrown.error;
    } finally {
      this.#current = outer;
    }
  }

  compute(
    memory: Memory,
    rows: number,
    gradient: boolean,
    outputs: Address,
    targets: Address,
    losses: Address,
    gradients: Address,
  ): boolean {
    const loss = this.#current;
    if (loss === undefined) return false;
    try {
      memory.read(loss.outputs, outputs);
      memory.read(loss.targets, targets);
      if (!loss.compute(rows, gradient)) return false;
      memory.write(loss.losses, losses);
      if (gradient) memory.write(loss.gradient, gradients);
      return true;
    } catch (error) {
      this.#thrown = { error };
      return false;
    }
  }
}
