import { notAClass } from '../data/advice';
import { looksTyped, newLabels, plainView, typedArrayKind } from '../data/typed-arrays';
import { wrongShape, wrongType, wrongValue } from '../errors';
import { integer, isArray, isRevoked, lengthOf, optional } from '../options/check';

/**
 * Counts how often each class was taken for each other: `result[actual][predicted]`.
 *
 * @param actual The true class of each sample, from 0: class indices, not rows of outputs (`toClasses` makes indices of them).
 * @param predicted The class that was predicted for each sample.
 * @param classes The number of classes. Default: enough for all that occur.
 * @throws TypeError or RangeError if the lengths differ or a class is out of range.
 */
export function confusionMatrix(actual: ArrayLike<number>, predicted: ArrayLike<number>, classes?: number): number[][] {
  const size = optional(integer({ min: 0, max: largestMatrix }))(classes, 'classes');
  const there = readClasses(actual, 'actual', size);
  const found = readClasses(predicted, 'predicted', size);
  if (found.length !== there.length) throw wrongShape(`predicted must have ${there.length} classes like actual, got ${found.length}`);
  const width = size ?? Math.max(largestOf(there), largestOf(found)) + 1;
  const matrix = Array.from({ length: width }, () => new Array<number>(width).fill(0));
  for (const [index, label] of there.entries()) {
    const row = matrix[label] as number[];
    const column = found[index] as number;
    row[column] = (row[column] as number) + 1;
  }
  return matrix;
}

/** The most classes that a confusion matrix is made for: its size is the square. */
const largestMatrix = 10_000;

const largestOf = (classes: Int32Array): number => classes.reduce((most, label) => Math.max(most, label), -1);

/** A copy of class indices, each read once: memory that others share may change meanwhile. */
function readClasses(value: unknown, name: string, size: number | undefined): Int32Array {
  const values = arrayOfClasses(value, name);
  const length = lengthOf(values, name);
  const below = size ?? largestMatrix;
  const expected = `a class index below ${below}`;
  const classes = newLabels(length);
  for (let i = 0; i < length; i++) {
    const label = values[i];
    if (typeof label !== 'number') throw notAClass(`${name}[${i}]`, name, expected, label);
    if (!Number.isInteger(label) || label < 0 || label >= below) throw wrongValue(`${name}[${i}]`, expected, label);
    classes[i] = label;
  }
  return classes;
}

function arrayOfClasses(value: unknown, name: string): ArrayLike<unknown> {
  if (typedArrayKind(value) !== undefined) return plainView(value, name);
  if (isArray(value)) return value;
  const error = wrongType(name, 'an array of class indices', value);
  if (typeof value !== 'object' || value === null || isRevoked(value) || looksTyped(value)) throw error;
  const { length, then } = value as { length?: unknown; then?: unknown };
  if (typeof then === 'function') error.message += `; it is a promise: await it`;
  if (typeof length !== 'number') throw error;
  return value as ArrayLike<unknown>;
}
