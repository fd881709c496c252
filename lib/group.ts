/** Processes that work together, one of which is this one. `mpi()` of `chainrule/mpi` makes one. */
export interface Group {
  /** The number of this process, from 0. */
  readonly rank: number;
  /** The number of processes, a power of two. */
  readonly size: number;
  /**
   * The rows that this process holds, of a number of rows that all processes hold together: those from `begin` on, up to `end`, without it.
   * The parts are disjoint, in the order of the ranks, and differ in length by one row at the most.
   *
   * @throws `ERR_CHAINRULE_TYPE` and `ERR_CHAINRULE_VALUE` unless `rows` is a whole number from 0.
   */
  slice(rows: number): { begin: number; end: number };
  /**
   * Sends bytes to rank `partner`, which calls this with this process's rank and as many bytes, and resolves with those of the partner. Calls
   * with the same partner are served in their order. The bytes are copied before it returns, and the event loop is not blocked.
   *
   * @throws `ERR_CHAINRULE_MPI` where the partner is late or gone, or has another number of bytes: the group has failed then, and all further
   *     calls fail with the same reason. `ERR_CHAINRULE_CLOSED` after `close`.
   */
  exchange(partner: number, data: Uint8Array): Promise<Uint8Array>;
  /**
   * Waits until all processes have called it.
   *
   * @throws `ERR_CHAINRULE_MPI` and `ERR_CHAINRULE_CLOSED` as `exchange`.
   */
  barrier(): Promise<void>;
  /**
   * Waits until all processes have called it, and ends the group. Further calls of it change nothing. Of a group that has failed, nothing is
   * left to close.
   *
   * @throws `ERR_CHAINRULE_MPI` where another process is late or gone.
   */
  close(): Promise<void>;
}

/** The property of a group that holds its table of functions for the engine (native/group/group.h), in an external. */
export const groupTable: unique symbol = Symbol.for('chainrule.group');

/** The part of `rows` rows that belongs to a rank, exact for every safe integer. */
export function sliceOf(rows: number, rank: number, size: number): { begin: number; end: number } {
  const boundary = (part: number): number => Number((BigInt(rows) * BigInt(part)) / BigInt(size));
  return { begin: boundary(rank), end: boundary(rank + 1) };
}
