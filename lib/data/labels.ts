import { ChainruleRangeError, wrongShape, wrongType } from '../errors';
import { isArray, isRevoked, lengthOf } from '../options/check';
import { notAClass } from './advice';
import { readTensor } from './tensors';
import { newMemory, plainView, typedArrayKind } from './typed-arrays';

/**
 * Class labels for `rows` samples, or undefined where `value` is something else (rows of probabilities).
 * Always memory of our own: what was found in range stays in range.
 */
export function toLabels(value: unknown, name: string, rows: number, classes: number): Int32Array | undefined {
  const flat = flatValues(value, name, rows, classes);
  if (flat === undefined) return undefined;
  const length = lengthOf(flat, name);
  if (typedArrayKind(flat)?.startsWith('Float')) {
    if (length === rows && classes > 1) {
      const expected = `class indices in an Int32Array, a Uint8Array or an array, or ${rows} rows of ${classes} probabilities`;
      const error = wrongType(name, expected, value);
      error.message += `; if they are indices: Int32Array.from(${name})`;
      throw error;
    }
    return undefined;
  }
  if (length !== rows) {
    if (length === rows * classes && (rows === 1 || !isArray(flat))) return undefined;
    throw wrongShape(`${name} must have ${rows} class indices, one for each row of x, got ${length}`);
  }
  return copyLabels(flat, name, rows, classes);
}

/**
 * A one-dimensional array, out of its tensor if it is in one, or the only column of a matrix where probabilities would have several;
 * undefined for another matrix.
 */
function flatValues(value: unknown, name: string, rows: number, classes: number): ArrayLike<unknown> | undefined {
  if (typedArrayKind(value) !== undefined) return plainView(value, name);
  if (isArray(value)) {
    const first = value[0];
    if (typeof first !== 'object' || first === null) return value;
    return classes > 1 && isColumn(first) ? onlyColumn(value, name, rows) : undefined;
  }
  if (typeof value !== 'object' || value === null || isRevoked(value)) return undefined;
  const { data, shape } = readTensor(value, name, 'class indices, a matrix, or { data, shape }');
  const isFlat = shape.length === 1 || (shape.length === 2 && shape[1] === 1 && classes > 1);
  return isFlat ? flatValues(data, `${name}.data`, rows, classes) : undefined;
}

const isColumn = (row: unknown): boolean => (isArray(row) || typedArrayKind(row) !== undefined) && (row as ArrayLike<unknown>).length === 1;

/** `[[2], [0], …]`: each row is one class index. */
function onlyColumn(values: readonly unknown[], name: string, rows: number): unknown[] {
  const length = lengthOf(values, name);
  if (length !== rows) throw wrongShape(`${name} must have ${rows} class indices, one for each row of x, got ${length}`);
  return Array.from({ length }, (_, row) => {
    const given = values[row];
    const rowName = `${name}[${row}]`;
    const isTyped = typedArrayKind(given) !== undefined;
    if (!isTyped && !isArray(given)) throw wrongType(rowName, 'a row of one class index', given);
    const one: ArrayLike<unknown> = isTyped ? plainView(given, rowName) : (given as readonly unknown[]);
    const found = lengthOf(one, rowName);
    if (found !== 1) throw wrongShape(`${rowName} must have one class index like the rows before it, got ${found}`);
    return one[0];
  });
}

function copyLabels(flat: ArrayLike<unknown>, name: string, rows: number, classes: number): Int32Array {
  const labels = new Int32Array(newMemory(rows * Int32Array.BYTES_PER_ELEMENT));
  const expected = `a class index from 0 to ${classes - 1}`;
  for (let row = 0; row < rows; row++) {
    const label = flat[row];
    if (typeof label !== 'number') throw notAClass(`${name}[${row}]`, name, expected, label);
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new ChainruleRangeError('ERR_CHAINRULE_VALUE', `${name}[${row}] must be ${expected}, got ${label}`);
    }
    labels[row] = label;
  }
  return labels;
}

/** The column of the 1 in a one-hot row; NaN in other rows. */
export function hotColumn(y: ArrayLike<number>, begin: number, width: number): number {
  let hot = Number.NaN;
  for (let column = 0; column < width; column++) {
    const value = y[begin + column];
    if (value === 0) continue;
    if (value !== 1 || !Number.isNaN(hot)) return Number.NaN;
    hot = column;
  }
  return hot;
}
