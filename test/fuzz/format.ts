import type { RandomNumbers } from '../support/random-numbers';

/** An input of a reader, mostly a damaged one. */
export interface Case {
  /** The bytes of the input: the limit of memory is a multiple of them. */
  size: number;
  /** Nothing was changed: it has to be read. */
  isUnchanged: boolean;
  /** Reads it. Errors are the reader's refusal. */
  read(): Promise<unknown>;
  /** Uses what was read. Errors are faults. */
  check(found: unknown): void | Promise<void>;
}

/** A format of files. */
export interface Format {
  /** Makes good inputs once, before the first case. */
  prepare?(): Promise<void>;
  /** A case; the same random numbers make the same one. */
  make(random: RandomNumbers): Case;
}

/** The share of cases without a change. */
const unchangedShare = 0.02;
/** More changes than a case has. */
const mostChanges = 4;

/** The number of changes of a case: often one, never more than a few. */
export function changeCount(random: RandomNumbers): number {
  if (random.next() < unchangedShare) return 0;
  let count = 1;
  while (count < mostChanges && random.next() < 0.4) count++;
  return count;
}
