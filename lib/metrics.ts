import { wrongShape, wrongType, wrongValue } from './errors';
import type { MetricName } from './options';
import { maxCount } from './options/check';

/** What `evaluate` measured. */
export interface Evaluation extends Partial<Record<MetricName, number>> {
  /** Mean loss, without dropout. */
  loss: number;
  /** If asked for: `confusionMatrix[actual][predicted]` counts samples. */
  confusionMatrix?: number[][];
}

/**
 * The class of each row of predictions or of one-hot targets: the index of the largest value (the first, where several are as large).
 * With a single column: 1 where the value is above `threshold`, else 0.
 *
 * @param output `{ data, shape: [rows, columns] }`, as `predict` returns it.
 * @param threshold Default 0.5: right for sigmoid outputs; logits need 0.
 */
export function toClasses(output: { data: ArrayLike<number>; shape: ArrayLike<number> }, threshold = 0.5): Int32Array {
  const { data, shape } = output;
  const rows = shape[0] ?? 0;
  const columns = shape[1] ?? 1;
  if (data.length !== rows * columns) throw wrongShape(`output.data must have ${rows * columns} values, got ${data.length}`);
  const classes = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    classes[row] = columns === 1 ? Number((data[row] as number) > threshold) : largest(data, row * columns, columns);
  }
  return classes;
}

function largest(data: ArrayLike<number>, offset: number, columns: number): number {
  let best = 0;
  for (let i = 1; i < columns; i++) {
    if ((data[offset + i] as number) > (data[offset + best] as number)) best = i;
  }
  return best;
}

/**
 * Counts how often each class was taken for each other: `result[actual][predicted]`.
 *
 * @param actual The true class of each sample, from 0.
 * @param predicted The class that was predicted for each sample.
 * @param classes The number of classes. Default: enough for all that occur.
 * @throws RangeError if the lengths differ or a class is out of range.
 */
export function confusionMatrix(actual: ArrayLike<number>, predicted: ArrayLike<number>, classes?: number): number[][] {
  const samples = lengthOf(actual, 'actual');
  if (lengthOf(predicted, 'predicted') !== samples) {
    throw wrongShape(`predicted must have ${samples} classes like actual, got ${predicted.length}`);
  }
  const size = classes ?? 1 + Math.max(largestClass(actual, 'actual'), largestClass(predicted, 'predicted'));
  if (!Number.isInteger(size) || size < 0 || size > largestMatrix)
    throw wrongValue('classes', `a whole number up to ${largestMatrix}`, size);
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let i = 0; i < samples; i++) {
    const row = matrix[classAt(actual, i, size, 'actual')] as number[];
    const column = classAt(predicted, i, size, 'predicted');
    row[column] = (row[column] as number) + 1;
  }
  return matrix;
}

/** The most classes that a confusion matrix is made for: its size is the square. */
const largestMatrix = 10_000;

function lengthOf(classes: ArrayLike<number>, name: string): number {
  const length: unknown = typeof classes === 'object' ? classes?.length : undefined;
  if (typeof length !== 'number') throw wrongType(name, 'an array of class indices', classes);
  return length;
}

function largestClass(classes: ArrayLike<number>, name: string): number {
  let result = -1;
  for (let i = 0; i < classes.length; i++) result = Math.max(result, classAt(classes, i, maxCount, name));
  return result;
}

function classAt(classes: ArrayLike<number>, index: number, size: number, name: string): number {
  const value = classes[index];
  if (typeof value !== 'number') throw wrongType(`${name}[${index}]`, 'a class index', value);
  if (!Number.isInteger(value) || value < 0 || value >= size) throw wrongValue(`${name}[${index}]`, `a class index below ${size}`, value);
  return value;
}
