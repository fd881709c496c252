import { hotColumn } from '../data/labels';
import type { Pieces } from '../event-loop';
import type { NativeSamples } from '../native';
import { list } from './words';

/** A column with at least this many different values has numbers and not labels. */
const mostLabels = 100;

/** A difference between the two parts that shuffled rows would show less often than this is worth a warning. */
const rare = 0.01;

/** Rows that are looked at between two looks at the clock. */
const rowsAtOnce = 2 ** 12;

/** How often each label occurs. */
type Counts = ReadonlyMap<number, number>;

/**
 * The difference between the labels of the rows for training and those that `validationSplit: { last }` took from the end; undefined if there
 * is none, or if it may be chance.
 */
export function* findingSplitProblem(training: NativeSamples, validation: NativeSamples, outputs: number): Pieces<string | undefined> {
  const width = training.y instanceof Int32Array ? 1 : outputs;
  const there = yield* countingLabels(training, width);
  const here = there && (yield* countingLabels(validation, width));
  if (there !== undefined && here !== undefined) return labelProblem(there, here);
  return yield* findingRangeProblem(training, validation, width);
}

const cure = 'validationSplit: { last } takes the last rows in their order: a number takes rows at random, each label by its share';

function labelProblem(training: Counts, validation: Counts): string | undefined {
  const unknown = missing(validation, training);
  const untested = missing(training, validation);
  const problems: string[] = [];
  if (unknown.length > 0) problems.push(`the training rows have none of the labels ${list(unknown)}, which the validation rows have`);
  if (untested.length > 0 && chance(training, validation) < rare) {
    problems.push(`the validation rows have none of the labels ${list(untested)}, which the training rows have`);
  }
  return problems.length === 0 ? undefined : `${problems.join('; ')}. ${cure}`;
}

const missing = (of: Counts, from: Counts): number[] => [...of.keys()].filter((label) => !from.has(label)).sort((a, b) => a - b);

const sum = (counts: Counts): number => [...counts.values()].reduce((total, count) => total + count, 0);

/** How probable it is that rows drawn without order have no labels but those of `validation`. */
function chance(training: Counts, validation: Counts): number {
  const drawn = sum(validation);
  const all = drawn + sum(training);
  let allowed = drawn;
  for (const [label, count] of training) if (validation.has(label)) allowed += count;
  let probability = 1;
  for (let i = 0; i < drawn && probability >= rare; i++) probability *= (allowed - i) / (all - i);
  return probability;
}

/** How often each label occurs: class indices, one-hot rows, or a column of few different whole numbers; undefined for other targets. */
function* countingLabels({ y, rows, index }: NativeSamples, width: number): Pieces<Counts | undefined> {
  const counts = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    const at = (index === undefined ? row : (index[row] as number)) * width;
    const label = width === 1 ? (y[at] as number) : hotColumn(y, at, width);
    if (!Number.isInteger(label)) return undefined;
    counts.set(label, (counts.get(label) ?? 0) + 1);
    if (!(y instanceof Int32Array) && counts.size > mostLabels) return undefined;
    if (row % rowsAtOnce === 0) yield;
  }
  return counts;
}

/** Sorted targets: all of one part above all of the other. */
function* findingRangeProblem(training: NativeSamples, validation: NativeSamples, width: number): Pieces<string | undefined> {
  if (chanceOfOrder(training.rows, validation.rows) >= rare) return undefined;
  for (let column = 0; column < width; column++) {
    const [least, most] = yield* findingRange(training, column, width);
    const [low, high] = yield* findingRange(validation, column, width);
    if (low > most || high < least) {
      const name = width === 1 ? 'the targets' : `the targets in column ${column}`;
      return `${name} are from ${least} to ${most} in the training rows, but from ${low} to ${high} in the validation rows. ${cure}`;
    }
  }
  return undefined;
}

function* findingRange({ y, rows, index }: NativeSamples, column: number, width: number): Pieces<[least: number, most: number]> {
  let [least, most] = [Infinity, -Infinity];
  for (let row = 0; row < rows; row++) {
    const value = y[(index === undefined ? row : (index[row] as number)) * width + column] as number;
    if (value < least) least = value;
    if (value > most) most = value;
    if (row % rowsAtOnce === 0) yield;
  }
  return [least, most];
}

/** How probable it is that rows in random order end with their `drawn` smallest or largest ones. */
function chanceOfOrder(others: number, drawn: number): number {
  let probability = 2;
  for (let i = 0; i < drawn && probability >= rare; i++) probability *= (drawn - i) / (others + drawn - i);
  return probability;
}
