/** The settings that rows are cut into batches by. */
export interface BatchCut {
  batchSize: number;
  dropLast: boolean;
  shards: number;
}

/** The batches of an epoch. */
export interface Batches {
  /** Rows of one, but the last. */
  size: number;
  count: number;
  /** The fewest rows that a shard of any batch has. */
  leastSlice: number;
}

/**
 * Cuts rows as native/nn/epoch_plan.cpp does: into parts, one for each shard, that differ by a row at most; a batch has as many rows of every
 * part.
 */
export function batchesOf(rows: number, { batchSize, dropLast, shards }: BatchCut): Batches {
  const least = Math.floor(rows / shards);
  const most = Math.ceil(rows / shards);
  const slice = Math.min(Math.ceil(batchSize / shards), most);
  const whole = Math.floor(least / slice);
  const count = dropLast && whole > 0 ? whole : Math.ceil(most / slice);
  return { size: slice * shards, count, leastSlice: Math.max(0, Math.min(slice, least - (count - 1) * slice)) };
}
