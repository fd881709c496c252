import type { CheckedSchedule } from '../options';

/** Counts the epochs in which a quantity has not improved, as PyTorch's `ReduceLROnPlateau` does. */
export class Plateau {
  readonly monitor: string;
  readonly #sign: 1 | -1;
  readonly #threshold: number;
  readonly #patience: number;
  readonly #cooldown: number;
  /** Epochs of the warm-up that are still to come: nothing is counted in them. */
  #warming: number;
  #best = Infinity;
  #waited = 0;
  #cooling = 0;
  /** How often the value has been reduced. */
  reductions = 0;

  constructor({ monitor = 'loss', mode, warmup, threshold, patience, cooldown }: CheckedSchedule) {
    this.monitor = monitor;
    this.#sign = mode === 'max' ? -1 : 1;
    [this.#threshold, this.#patience, this.#cooldown] = [threshold, patience, cooldown] as [number, number, number];
    this.#warming = warmup;
  }

  /** Takes the quantity of the next epoch. */
  add(value: number): void {
    if (this.#warming > 0) {
      this.#warming--;
      return;
    }
    const signed = this.#sign * value;
    const better = this.#best === Infinity ? signed < Infinity : signed < this.#best - this.#threshold * Math.abs(this.#best);
    if (better) [this.#best, this.#waited] = [signed, 0];
    else this.#waited++;
    if (this.#cooling > 0) [this.#cooling, this.#waited] = [this.#cooling - 1, 0];
    if (this.#waited <= this.#patience) return;
    this.reductions++;
    [this.#cooling, this.#waited] = [this.#cooldown, 0];
  }
}
