import { describe } from '../errors';
import type { Pieces } from '../event-loop';
import type { Column } from '../table/column';
import { visiting } from './features';
import { mostClasses, type Task } from './kind';
import { wrongData } from './wrong-data';

/*
 * The target of a model, as plain JSON: what its network's outputs stand for.
 */

/** Numbers: the network has them with the mean 0 and the deviation 1. */
export interface NumberTarget {
  readonly kind: 'regression';
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
  /** Predictions stay between these. */
  readonly min: number;
  readonly max: number;
}

/** Classes: each is an output of the network. */
export interface ClassTarget {
  readonly kind: 'classes';
  readonly name: string;
  /** In the order of the outputs. */
  readonly classes: readonly string[];
  /** The rows of each class among those to train on. Files of version 1 do not have them. */
  readonly counts?: readonly number[];
}

export type Target = NumberTarget | ClassTarget;

/** Outputs of the network. A softmax of one output would be 1 whatever the weights: a single class has a second output, which is not shown. */
export const outputsOf = (target: Target): number => (target.kind === 'regression' ? 1 : Math.max(2, target.classes.length));

/** Keeps a quotient finite, as in the reference. */
const tiny = 1e-30;

/** The target of the rows to train on; `classes` where they are known already. */
export function* fittingTarget(column: Column, task: Task, rows: ArrayLike<number>, classes?: readonly string[]): Pieces<Target> {
  const { name } = column;
  if (task === 'classes') {
    const counts = yield* countingClasses(column, rows);
    const listed = classes ?? [...counts.keys()];
    if (listed.length > mostClasses)
      throw wrongData(`target ${describe(name)} has ${listed.length} classes, where ${mostClasses} are the most`);
    return { kind: 'classes', name, classes: listed, counts: listed.map((label) => counts.get(label) ?? 0) };
  }
  const values = numbersOf(column);
  let [mean, squares, min, max] = [0, 0, Infinity, -Infinity];
  yield* visiting(rows, (row, index) => {
    const value = values[row] as number;
    mean += (value - mean) / (index + 1);
    if (value < min) min = value;
    if (value > max) max = value;
  });
  yield* visiting(rows, (row, index) => {
    const distance = (values[row] as number) - mean;
    squares += (distance * distance - squares) / (index + 1);
  });
  const deviation = Math.sqrt(squares);
  if (!Number.isFinite(deviation)) throw wrongData(`target ${describe(name)} has numbers that are too large: divide them`);
  return { kind: 'regression', name, mean, deviation, min, max };
}

/** The numbers of a target. */
export function numbersOf(column: Column): Float64Array {
  if ('values' in column && column.values !== undefined) return column.values;
  throw wrongData(`the column ${describe(column.name)} must have numbers, as in training; it was read as ${column.type}`);
}

/** The class of a row as text, and null where it is missing. */
export function labelsOf(column: Column): (row: number) => string | null {
  if ('codes' in column) return (row) => column.categories[column.codes[row] as number] ?? null;
  const { texts } = column as { texts?: readonly (string | null)[] };
  if (texts !== undefined) return (row) => texts[row] ?? null;
  const values = numbersOf(column);
  return (row) => (Number.isNaN(values[row]) ? null : String(values[row]));
}

/** The classes of rows in the order of the outputs, and how many rows each has. */
function* countingClasses(column: Column, rows: ArrayLike<number>): Pieces<Map<string, number>> {
  if ('codes' in column) {
    const counts = new Uint32Array(column.categories.length);
    yield* visiting(rows, (row) => {
      const code = column.codes[row] as number;
      counts[code] = (counts[code] as number) + 1;
    });
    return new Map([...counts].flatMap((count, code) => (count === 0 ? [] : [[column.categories[code] as string, count] as const])));
  }
  const labelOf = labelsOf(column);
  const counts = new Map<string, number>();
  yield* visiting(rows, (row) => {
    const label = labelOf(row) as string;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  });
  const isOfNumbers = 'values' in column;
  return new Map([...counts].sort(([a], [b]) => (isOfNumbers ? Number(a) - Number(b) : a < b ? -1 : 1)));
}

/** The rows in which the target is not missing. */
export function* presentRows(column: Column, rows: number): Pieces<Uint32Array> {
  const isMissing = missingIn(column);
  const present: number[] = [];
  yield* visiting({ length: rows } as ArrayLike<number>, (_, row) => {
    if (!isMissing(row)) present.push(row);
  });
  return Uint32Array.from(present);
}

function missingIn(column: Column): (row: number) => boolean {
  if ('codes' in column) return (row) => (column.codes[row] as number) < 0;
  const { texts, values } = column as { texts?: readonly (string | null)[]; values?: Float64Array };
  if (values !== undefined) return (row) => !Number.isFinite(values[row]);
  if (texts !== undefined) return (row) => texts[row] === null;
  return () => false;
}

/** The outputs that are wanted for each row; rows that are not among `rows` stay 0. */
export function* encodingTarget(
  target: Target,
  column: Column,
  rows: ArrayLike<number>,
  length: number,
): Pieces<Float32Array | Int32Array> {
  if (target.kind === 'regression') {
    const values = numbersOf(column);
    const y = new Float32Array(length);
    yield* visiting(rows, (row) => {
      y[row] = ((values[row] as number) - target.mean) / (target.deviation + tiny);
    });
    return y;
  }
  const y = new Int32Array(length);
  const indexOf = new Map(target.classes.map((label, index) => [label, index]));
  const labelOf = labelsOf(column);
  const unknown = new Map<string, number>();
  yield* visiting(rows, (row) => {
    const label = labelOf(row) as string;
    const index = indexOf.get(label);
    if (index === undefined) unknown.set(label, (unknown.get(label) ?? 0) + 1);
    else y[row] = index;
  });
  if (unknown.size > 0) throw unknownLabels(target, unknown);
  return y;
}

const mostNamed = 5;

const named = (labels: readonly string[]): string =>
  labels.slice(0, mostNamed).map(describe).join(', ') + (labels.length > mostNamed ? ` and ${labels.length - mostNamed} more` : '');

/** Both sides are shown: labels often differ by a character only. */
function unknownLabels({ name, classes }: ClassTarget, unknown: ReadonlyMap<string, number>): Error {
  const alike = [...unknown.keys()].every((label) => classes.some((known) => plain(known) === plain(label)));
  const rows = [...unknown.values()].reduce((sum, count) => sum + count, 0);
  return wrongData(
    `the column ${describe(name)} has ${named([...unknown.keys()])} in ${rows} ${rows === 1 ? 'row' : 'rows'}, where training had the classes ` +
      `${named(classes)}${alike ? '; they differ by punctuation, spaces or case alone' : ''}`,
  );
}

/** Letters, digits and what compares; the rest makes no difference. */
const plain = (label: string): string => label.toLowerCase().replace(/[^\p{L}\p{N}<>=+-]/gu, '');

/** The number that an output of the network stands for. */
export function decodeNumber({ mean, deviation, min, max }: NumberTarget, output: number): number {
  return Math.min(max, Math.max(min, output * deviation + mean));
}
