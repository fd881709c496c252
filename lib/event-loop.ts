import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds for which training may keep the event loop waiting. */
const longestWait = 0.5;

/** Lets the event loop turn now and then, where much is done on its thread in small pieces. */
export class EventLoop {
  readonly #longestWait: number;
  #turned = performance.now();

  /** `milliseconds`: for how long it may be kept waiting. */
  constructor(milliseconds: number = longestWait) {
    this.#longestWait = milliseconds;
  }

  /** Whether the loop has not turned for a while. */
  get isDue(): boolean {
    return performance.now() - this.#turned >= this.#longestWait;
  }

  /** Lets the loop turn, if it has not done so for a while. */
  async breathe(): Promise<void> {
    if (!this.isDue) return;
    await turn();
    this.#turned = performance.now();
  }
}

/** Work that may be left between any two pieces; each takes less than a millisecond. */
export type Pieces<Result> = Generator<void, Result>;

/** Does all pieces without a pause. */
export function atOnce<Result>(pieces: Pieces<Result>): Result {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
}

/** Milliseconds of one slice of work that is done in pieces. */
export const slice = 4;

/**
 * Does the pieces in slices, between which the event loop turns. The first slice is done before the call returns. `betweenSlices` may throw,
 * and then no more is done.
 */
export async function inSlices<Result>(pieces: Pieces<Result>, betweenSlices: () => void = () => {}): Promise<Result> {
  const eventLoop = new EventLoop(slice);
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
    if (!eventLoop.isDue) continue;
    await eventLoop.breathe();
    betweenSlices();
  }
}
