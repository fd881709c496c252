import type { CheckedEarlyStopping } from '../options';

/** Watches one quantity. It refuses to know about networks: whoever asks keeps the weights. */
export class EarlyStopping {
  readonly #options: CheckedEarlyStopping;
  #best: number | undefined;
  #bestEpoch = 0;
  #waited = 0;

  /** `history` has the epochs before, if there were any. */
  constructor(options: CheckedEarlyStopping, history: Readonly<Record<string, Float64Array>> = {}) {
    this.#options = options;
    for (const [index, value] of history[options.monitor]?.entries() ?? []) this.isBest(value, index + 1);
  }

  /** Takes the quantity of an epoch; true if it is the best one so far. */
  isBest(value: number, epoch: number): boolean {
    const better = this.#improves(value);
    this.#waited = better ? 0 : this.#waited + 1;
    if (better) [this.#best, this.#bestEpoch] = [value, epoch];
    return better;
  }

  /** Whether training should stop now. */
  get exhausted(): boolean {
    return this.#waited >= Math.max(this.#options.patience, 1);
  }

  /** The epoch with the best quantity; 0 if there was none. */
  get bestEpoch(): number {
    return this.#bestEpoch;
  }

  #improves(value: number): boolean {
    if (Number.isNaN(value)) return false;
    if (this.#best === undefined) return true;
    const gain = this.#options.mode === 'min' ? this.#best - value : value - this.#best;
    return gain > this.#options.minDelta;
  }
}
