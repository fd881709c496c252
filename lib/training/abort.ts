import { AbortError } from '../errors';
import type { Signal } from '../options/fit';

/** Throws if the signal has been given. */
export function throwIfAborted(signal: Signal | undefined): void {
  if (signal?.aborted) throw new AbortError(signal.reason);
}

/** Waits for something that may never come, but no longer than until the signal is given. */
export async function abortable<T>(pending: T | PromiseLike<T>, signal: Signal | undefined): Promise<T> {
  if (signal === undefined) return pending;
  const { promise: aborted, stop } = whenAborted(signal);
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    stop();
  }
}

function whenAborted(signal: Signal): { promise: Promise<never>; stop: () => void } {
  let stop = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    const abort = (): void => reject(new AbortError(signal.reason));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    stop = () => signal.removeEventListener('abort', abort);
  });
  return { promise, stop };
}
