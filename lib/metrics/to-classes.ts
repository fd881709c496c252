import type { MatrixLike } from '../data/matrix';
import { toAnyMatrix } from '../data/rows';
import { newLabels, place } from '../data/typed-arrays';
import { wrongValue } from '../errors';
import type { FloatArray } from '../native';
import { integer, number, optional, record, withDefault } from '../options/check';
import { checkClassNames, checkNumberOfNames } from '../options/class-names';

/** The options of `toClasses`. */
export interface ClassesOptions {
  /** With a single column: the class is 1 above it, else 0. Default 0.5: right for sigmoid outputs; logits need 0. */
  threshold?: number;
  /** The number of outputs of a row, where they come as a flat array. */
  columns?: number;
}

/** The options of `toClasses` for names in place of indices. */
export interface NamedClassesOptions extends ClassesOptions {
  /** The names of the classes, such as `nn.classNames`. */
  classNames: readonly string[];
}

const checkOptions = record<{ threshold: number; columns?: number | undefined; classNames?: string[] | undefined }>(
  { threshold: withDefault(number(), 0.5), columns: optional(integer({ min: 1 })), classNames: optional(checkClassNames) },
  { bare: true },
);

/**
 * The class of each row of predictions or of one-hot targets: the index of the largest value (the first, where several are as large).
 * With a single column: 1 where the value is above `threshold`, else 0.
 *
 * @param output The result of `predict`, `{ data, shape: [rows, columns] }` (or `dims`), rows; or, with `columns`, a flat array.
 * @param options A number is the threshold.
 * @returns class indices, or names where `classNames` are given.
 * @throws TypeError or RangeError if it is not a matrix of numbers, or a value is NaN, which has no class.
 */
export function toClasses(output: MatrixLike, options: NamedClassesOptions): string[];
export function toClasses(output: MatrixLike, options?: number | ClassesOptions): Int32Array;
export function toClasses(output: MatrixLike, options: number | ClassesOptions | NamedClassesOptions = {}): Int32Array | string[] {
  const { threshold, columns: given, classNames } = checkOptions(typeof options === 'object' ? options : { threshold: options }, 'options');
  const { data, rows, columns } = toAnyMatrix(output, 'output', given);
  if (classNames !== undefined && rows > 0) checkNumberOfNames(classNames, columns, 'classNames');
  const nan = data.findIndex(Number.isNaN);
  if (nan >= 0) throw wrongValue(`output at ${place(nan, columns)}`, 'a number', Number.NaN);
  const classes = newLabels(rows);
  for (let row = 0; row < rows; row++) {
    classes[row] = columns === 1 ? Number((data[row] as number) > threshold) : largest(data, row * columns, columns);
  }
  return classNames === undefined ? classes : Array.from(classes, (index) => classNames[index] as string);
}

function largest(data: FloatArray, offset: number, columns: number): number {
  let best = 0;
  for (let i = 1; i < columns; i++) {
    if ((data[offset + i] as number) > (data[offset + best] as number)) best = i;
  }
  return best;
}
