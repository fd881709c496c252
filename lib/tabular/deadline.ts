/** A clock with an end. */
export interface Deadline {
  /** Seconds since it started. */
  readonly elapsed: number;
  /** Seconds until its end. */
  readonly left: number;
}

/** A clock that starts now. */
export function deadlineOf(seconds: number): Deadline {
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  return {
    get elapsed() {
      return elapsed();
    },
    get left() {
      return Math.max(0, seconds - elapsed());
    },
  };
}
