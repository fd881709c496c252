import type { Pieces } from '../event-loop';
import type { NativeSamples } from '../native';
import { type LossType, losses } from '../options';
import { list, short } from './words';

/** Rows that are looked at between two looks at the clock. */
const rowsAtOnce = 2 ** 10;

/** How often each class occurs; probabilities count as parts. */
export interface ClassCounts {
  rows: number;
  counts: Float64Array;
  /** Whether the classes exclude each other. */
  exclusive: boolean;
}

/** Counts the classes of targets that are labels, or probabilities. One output has two classes: no and yes. */
export function* countingClasses({ y, rows, index }: NativeSamples, outputs: number, loss: LossType): Pieces<ClassCounts> {
  const counts = new Float64Array(outputs);
  const add = y instanceof Int32Array ? addLabel : addShares;
  for (let place = 0; place < rows; place++) {
    add(y, index === undefined ? place : (index[place] as number), counts);
    if (place % rowsAtOnce === 0) yield;
  }
  if (outputs > 1) return { rows, counts, exclusive: losses[loss].reads === 'classLogits' };
  return { rows, counts: Float64Array.of(rows - (counts[0] as number), counts[0] as number), exclusive: true };
}

function addLabel(y: ArrayLike<number>, row: number, counts: Float64Array): void {
  const label = y[row] as number;
  counts[label] = (counts[label] as number) + 1;
}

function addShares(y: ArrayLike<number>, row: number, counts: Float64Array): void {
  const begin = row * counts.length;
  for (let column = 0; column < counts.length; column++) counts[column] = (counts[column] as number) + (y[begin + column] as number);
}

/** With fewer rows for each class than this, one may be missing by chance. */
const rowsOfAClass = 10;

/** Classes that never occur, in words. */
export function labelTrap({ rows, counts }: ClassCounts): string | undefined {
  const missing = [...counts.keys()].filter((label) => counts[label] === 0);
  if (missing.length === 0 || rows < rowsOfAClass * counts.length) return undefined;
  const [what, cannot] = missing.length === 1 ? [`label ${missing[0]} occurs`, 'it'] : [`labels ${list(missing)} occur`, 'they'];
  return `${what} in none of the ${rows} targets, so that ${cannot} cannot be learned: are labels numbered from 0, and is y complete?`;
}

const mostImbalance = 20;

/** Classes of which one is far more frequent than another, in words. */
export function imbalanceTrap({ rows, counts, exclusive }: ClassCounts): string | undefined {
  const occurring = [...counts.keys()].filter((label) => (counts[label] as number) > 0);
  if (!exclusive || occurring.length < 2 || rows < rowsOfAClass * counts.length) return undefined;
  const byCount = occurring.sort((a, b) => (counts[a] as number) - (counts[b] as number));
  const [rare, frequent] = [byCount[0] as number, byCount.at(-1) as number];
  const ratio = (counts[frequent] as number) / (counts[rare] as number);
  if (ratio <= mostImbalance) return undefined;
  return (
    `label ${frequent} is ${short(ratio)} times as frequent as label ${rare} (${short(counts[rare] as number)} of ${rows} rows): a network that ` +
    "never says the rare one has a small loss already. Weight the classes with classWeight: 'balanced', and look at each class by itself"
  );
}

/** The loss of the best constant prediction: the entropy of the classes. */
export function entropyOf({ rows, counts, exclusive }: ClassCounts): number {
  let sum = 0;
  for (const count of counts) {
    sum += part(count / rows);
    if (!exclusive) sum += part(1 - count / rows);
  }
  return exclusive ? sum : sum / counts.length;
}

const part = (share: number): number => (share > 0 ? -share * Math.log(share) : 0);
