/** The longest time of a timer. Longer ones are watched by whoever asks `isOver`. */
const longestTimer = 2 ** 31 - 1;

/** The clock of a training, and the time that it may take. */
export class TimeLimit {
  readonly #started: number;
  readonly #most: number;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  /** `before`: the seconds of a training that is resumed. `onEnd` is called when `most` seconds are over; undefined: never. */
  constructor(most: number | undefined, before: number, onEnd: () => void) {
    this.#started = performance.now() - 1000 * before;
    this.#most = most ?? Infinity;
    const left = 1000 * (this.#most - before);
    this.#timer = left < longestTimer ? setTimeout(onEnd, Math.max(0, left)) : undefined;
  }

  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  get isOver(): boolean {
    return this.seconds >= this.#most;
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
