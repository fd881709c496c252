import { setTimeout as sleep } from 'node:timers/promises';

/** A timer is late by a millisecond or so: waits that are shorter are saved up. */
const shortestWaitMs = 4;
/** After a longer delay than this the epochs that were missed are not made up for. */
const longestDelayMs = 50;

/** Slows training down so that it can be watched, and stops it for a while. */
export class Pace {
  /** Epochs per second; undefined: as fast as possible. */
  speed: number | undefined;
  #due = 0;
  #steps = 0;
  #paused = false;
  #resumed: (() => void) | undefined;

  constructor(speed?: number) {
    this.speed = speed;
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#steps = 0;
    this.#resumed?.();
  }

  /** One epoch more; pauses first if it has to. */
  step(): void {
    this.#paused = true;
    this.#steps++;
    this.#resumed?.();
  }

  /** Resolves when the next epoch may begin; undefined if that is now. */
  next(): Promise<void> | undefined {
    if (this.#paused) return this.#wait();
    if (this.speed === undefined) return undefined;
    const now = performance.now();
    this.#due = Math.max(this.#due, now - longestDelayMs) + 1000 / this.speed;
    return this.#due - now < shortestWaitMs ? undefined : this.#until(this.#due);
  }

  async #wait(): Promise<void> {
    while (this.#paused) {
      if (this.#steps > 0) {
        this.#steps--;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#resumed = resolve;
      });
    }
  }

  /** In short waits, so that a change of speed takes effect. */
  async #until(due: number): Promise<void> {
    const { speed } = this;
    for (let left = due - performance.now(); left > 0; left = due - performance.now()) {
      await sleep(Math.min(left, 100));
      if (this.#paused) return this.#wait();
      if (this.speed !== speed) {
        this.#due = 0;
        return undefined;
      }
    }
  }
}
