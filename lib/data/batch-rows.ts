import { wrongShape, wrongValue } from '../errors';
import type { RowsNeeded } from '../options';
import { type BatchCut, batchesOf } from './batches';

/*
 * Layers that measure the batch, such as batchNorm, need more than one row in each.
 */

const why = ({ layer, type }: RowsNeeded): string => `as ${layer} is ${type}, which measures each batch`;

/** Refuses a batch for training that has too few rows for one of its shards. */
export function checkBatchRows(rows: number, name: string, needed: RowsNeeded | undefined, shards = 1): void {
  if (needed === undefined || Math.floor(rows / shards) >= needed.rows) return;
  const each = shards === 1 ? '' : ` for each of its ${shards} shards`;
  throw wrongShape(`${name} must have at least ${needed.rows} rows${each}, ${why(needed)}, got ${rows}`);
}

/** Refuses samples that would be cut into batches of which one has too few rows. */
export function checkRowsOfBatches(rows: number, cut: BatchCut, needed: RowsNeeded | undefined): void {
  const { shards } = cut;
  if (rows < shards) throw wrongShape(`data must have a row for each of its ${shards} shards, got ${rows} rows`);
  if (needed === undefined) return;
  if (shards > 1) checkSlices(rows, cut, needed);
  else checkLastBatch(rows, cut, needed);
}

function checkLastBatch(rows: number, { batchSize, dropLast }: BatchCut, needed: RowsNeeded): void {
  checkBatchRows(rows, 'data', needed);
  if (batchSize < needed.rows) throw wrongValue('batchSize', `at least ${needed.rows}, ${why(needed)}`, batchSize);
  const last = rows % batchSize;
  if (dropLast || rows < batchSize || last === 0 || last >= needed.rows) return;
  throw wrongShape(
    `the last batch of an epoch must have at least ${needed.rows} rows, ${why(needed)}, but ${rows} rows in batches of ${batchSize} leave ` +
      `${last} for it: use dropLast: true, or another batchSize`,
  );
}

function checkSlices(rows: number, cut: BatchCut, needed: RowsNeeded): void {
  const { leastSlice } = batchesOf(rows, cut);
  if (leastSlice >= needed.rows) return;
  throw wrongShape(
    `each shard of a batch must have at least ${needed.rows} rows, ${why(needed)}, but ${rows} rows in batches of ${cut.batchSize} leave ` +
      `${leastSlice} for one of ${cut.shards} shards: use dropLast: true, or another batchSize`,
  );
}
