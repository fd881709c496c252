import { type ChainruleTypeError, wrongType } from '../errors';
import { isArray } from '../options/check';
import { typedArrayKind } from './typed-arrays';

/** `name` must be a number and is not: the message says what to write. */
export function notANumber(name: string, expected: string, got: unknown): ChainruleTypeError {
  const error = wrongType(name, expected, got);
  error.message += advice(got);
  return error;
}

function advice(value: unknown): string {
  if (typeof value === 'bigint') return '; convert it with Number(value)';
  if (typeof value === 'boolean') return '; write 1 for true and 0 for false, Number(value)';
  if (typeof value === 'string') {
    const isNumeral = value.trim() !== '' && Number.isFinite(Number(value));
    return isNumeral ? '; convert it with Number(value)' : '; number the categories, or give each of them a column of 0 and 1';
  }
  if (value === null) return '; fill in missing values first';
  if (isArray(value) || typedArrayKind(value) !== undefined)
    return '; a matrix has rows of numbers: flatten what is deeper with row.flat()';
  return '';
}

/** The same for a class index. */
export function notAClass(name: string, list: string, expected: string, got: unknown): ChainruleTypeError {
  const error = wrongType(name, expected, got);
  if (typeof got === 'string')
    error.message += `; number the classes: const classes = [...new Set(${list})]; ${list}.map((label) => classes.indexOf(label))`;
  if (typeof got === 'bigint' || typeof got === 'boolean') error.message += `; convert them: Array.from(${list}, Number)`;
  return error;
}
