import { wrongShape, wrongValue } from '../errors';
import type { CheckedFit, RowsNeeded } from '../options';

/*
 * Layers that measure the batch, such as batchNorm, need more than one row in each.
 */

const why = ({ layer, type }: RowsNeeded): string => `as ${layer} is ${type}, which measures each batch`;

/** Refuses a batch for training that has too few rows. */
export function checkBatchRows(rows: number, name: string, needed: RowsNeeded | undefined): void {
  if (needed === undefined || rows >= needed.rows) return;
  throw wrongShape(`${name} must have at least ${needed.rows} rows, ${why(needed)}, got ${rows}`);
}

/** Refuses samples that would be cut into batches of which one has too few rows. */
export function checkRowsOfBatches(
  rows: number,
  { batchSize, dropLast }: Pick<CheckedFit, 'batchSize' | 'dropLast'>,
  needed: RowsNeeded | undefined,
): void {
  if (needed === undefined) return;
  checkBatchRows(rows, 'data', needed);
  if (batchSize < needed.rows) throw wrongValue('batchSize', `at least ${needed.rows}, ${why(needed)}`, batchSize);
  const last = rows % batchSize;
  if (dropLast || rows < batchSize || last === 0 || last >= needed.rows) return;
  throw wrongShape(
    `the last batch of an epoch must have at least ${needed.rows} rows, ${why(needed)}, but ${rows} rows in batches of ${batchSize} leave ` +
      `${last} for it: use dropLast: true, or another batchSize`,
  );
}
