import { askingFor, wrongShape, wrongType, wrongValue } from '../errors';
import { isArray, lengthOf } from '../options/check';
import { plainView, typedArrayKind } from './typed-arrays';

/** Indices of rows, of which there are `rows`, in memory of our own. */
export function toRowIndex(value: unknown, name: string, rows: number): Uint32Array {
  const isTyped = typedArrayKind(value) !== undefined;
  if (!isTyped && !isArray(value)) throw wrongType(name, 'an array of row indices', value);
  const given: ArrayLike<unknown> = isTyped ? plainView(value, name) : (value as readonly unknown[]);
  const length = lengthOf(given, name);
  if (length === 0) throw wrongShape(`${name} must have at least one row, got none`);
  const expected = `a row of x, a whole number from 0 to ${rows - 1}`;
  const index = askingFor(length * Uint32Array.BYTES_PER_ELEMENT, () => new Uint32Array(length));
  for (let i = 0; i < length; i++) {
    const row = given[i];
    if (typeof row !== 'number') throw wrongType(`${name}[${i}]`, expected, row);
    if (!(Number.isInteger(row) && row >= 0 && row < rows)) throw wrongValue(`${name}[${i}]`, expected, row);
    index[i] = row;
  }
  return index;
}
