import type { CheckedEarlyStopping } from '../options';

/** Watches one quantity. It refuses to know about networks: the caller keeps the weights. */
export class EarlyStopping {
  readonly #options: CheckedEarlyStopping;
  #best: number | undefined;
  #bestEpoch = 0;
  #waited = 0;
  #reached = false;

  /** `history` has the epochs before, if there were any. */
  constructor(options: CheckedEarlyStopping, history: Readonly<Record<string, Float64Array>> = {}) {
    this.#options = options;
    for (const [index, value] of history[options.monitor]?.entries() ?? []) this.isBest(value, index + 1);
  }

  /** Takes the quantity of an epoch; true if it is the best one so far. */
  isBest(value: number, epoch: number): boolean {
    const reached = this.#reaches(value);
    const better = reached || this.#improves(value);
    const best = better || (this.#options.ties === 'last' && value === this.#best);
    this.#reached ||= reached;
    this.#waited = better ? 0 : this.#waited + 1;
    if (best) [this.#best, this.#bestEpoch] = [value, epoch];
    return best;
  }

  /** Whether training should stop now, and why. */
  get verdict(): 'epochs' | 'target' | 'earlyStopping' {
    if (this.#reached) return 'target';
    const { patience } = this.#options;
    return patience !== undefined && this.#waited >= Math.max(patience, 1) ? 'earlyStopping' : 'epochs';
  }

  /** The epoch with the best quantity; 0 before the first. */
  get bestEpoch(): number {
    return this.#bestEpoch;
  }

  #reaches(value: number): boolean {
    const { target, mode } = this.#options;
    if (target === undefined) return false;
    return mode === 'min' ? value <= target : value >= target;
  }

  #improves(value: number): boolean {
    if (!Number.isFinite(value)) return false;
    if (this.#best === undefined) return true;
    const gain = this.#options.mode === 'min' ? this.#best - value : value - this.#best;
    return gain > this.#options.minDelta;
  }
}
