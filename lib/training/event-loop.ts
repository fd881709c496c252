import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds for which training may keep the event loop waiting. */
const longestWait = 0.5;

/** Lets the event loop turn now and then, where much is done on its thread in small pieces. */
export class EventLoop {
  #turned = performance.now();

  /** Whether it has had no turn for a while. */
  get isDue(): boolean {
    return performance.now() - this.#turned >= longestWait;
  }

  /** Gives it a turn, if it has had none for a while. */
  async breathe(): Promise<void> {
    if (!this.isDue) return;
    await turn();
    this.#turned = performance.now();
  }
}
