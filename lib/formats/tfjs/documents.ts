import { describe } from '../../errors';
import { isArray, isRevoked } from '../../options/check';
import { badModel } from '../state';

/* Parts of documents of which nothing is known. */

export type Members = Record<string, unknown>;

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !isRevoked(value) && !isArray(value);

export function objectAt(value: unknown, at: string, name: string): Members {
  if (isObject(value)) return value;
  throw badModel(name, `must have an object in ${at}, got ${describe(value)}`);
}

/** Neither a symbol nor a number that memory has no room for. */
const isLength = (length: unknown): boolean =>
  Number.isSafeInteger(length) && (length as number) >= 0 && (length as number) <= mostElements;
const mostElements = 2 ** 20;

export function arrayAt(value: unknown, at: string, name: string): readonly unknown[] {
  if (isArray(value) && isLength(value.length)) return Array.from({ length: value.length }, (_, index) => value[index]);
  throw badModel(name, `must have an array in ${at}, got ${describe(value)}`);
}

export function textAt(value: unknown, at: string, name: string): string {
  if (typeof value === 'string') return value;
  throw badModel(name, `must have a text in ${at}, got ${describe(value)}`);
}
