import { ChainruleRangeError, wrongShape, wrongType } from '../errors';
import { readTensor } from './matrix';
import { newMemory, plainView, typedArrayKind } from './typed-arrays';

/**
 * Class labels for `rows` samples, or undefined where `value` is something else (rows of probabilities).
 * Always memory of our own: what was found in range stays in range.
 */
export function toLabels(value: unknown, name: string, rows: number, classes: number): Int32Array | undefined {
  const flat = flatValues(value, name);
  if (flat === undefined) return undefined;
  const length = flat.length;
  if (typedArrayKind(flat)?.startsWith('Float')) {
    if (length === rows && classes > 1) {
      throw wrongType(name, `class indices in an Int32Array, a Uint8Array or an array, or ${rows} rows of ${classes} probabilities`, value);
    }
    return undefined;
  }
  if (length !== rows) {
    if (length === rows * classes && (rows === 1 || !Array.isArray(flat))) return undefined;
    throw wrongShape(`${name} must have ${rows} class indices, one for each row of x, got ${length}`);
  }
  return copyLabels(flat, name, rows, classes);
}

/** A one-dimensional array, out of its tensor if it is in one; undefined for an array of rows and for a tensor with two dimensions. */
function flatValues(value: unknown, name: string): ArrayLike<unknown> | undefined {
  if (typedArrayKind(value) !== undefined) return plainView(value, name);
  if (Array.isArray(value)) return typeof value[0] === 'object' && value[0] !== null ? undefined : value;
  if (typeof value !== 'object' || value === null) return undefined;
  const { data, shape } = readTensor(value, name, 'class indices, a matrix, or { data, shape }');
  return shape.length === 1 ? flatValues(data, `${name}.data`) : undefined;
}

function copyLabels(flat: ArrayLike<unknown>, name: string, rows: number, classes: number): Int32Array {
  const labels = new Int32Array(newMemory(rows * Int32Array.BYTES_PER_ELEMENT));
  const expected = `a class index from 0 to ${classes - 1}`;
  for (let row = 0; row < rows; row++) {
    const label = flat[row];
    if (typeof label !== 'number') throw wrongType(`${name}[${row}]`, expected, label);
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new ChainruleRangeError('ERR_CHAINRULE_VALUE', `${name}[${row}] must be ${expected}, got ${label}`);
    }
    labels[row] = label;
  }
  return labels;
}
