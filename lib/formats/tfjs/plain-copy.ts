import { isArray, isRevoked } from '../../options/check';
import type { JsonLimits } from '../json-reader';
import { badModel } from '../state';

/** The most entries of an object, and elements of an array. */
const mostKeys = 2 ** 13;
const mostElements = 2 ** 20;

/**
 * A document in memory as plain objects and arrays of its own, within limits: user code gets to change what was checked no more, and each
 * property is read once.
 */
export function plainCopy(given: unknown, limits: JsonLimits, name: string): unknown {
  let left = limits.values;
  const fail = (problem: string): Error => badModel(name, `has a document that ${problem}`);
  const copy = (value: unknown, depth: number): unknown => {
    if (--left < 0) throw fail(`has more than ${limits.values} values`);
    if (typeof value !== 'object' || value === null || isRevoked(value) || ArrayBuffer.isView(value)) return value;
    if (depth === limits.depth) throw fail(`is nested deeper than ${limits.depth} levels`);
    if (isArray(value)) {
      const { length } = value;
      if (!Number.isSafeInteger(length) || length < 0 || length > mostElements)
        throw fail(`has an array of more than ${mostElements} elements`);
      return Array.from({ length }, (_, index) => copy(value[index], depth + 1));
    }
    const keys = Object.keys(value);
    if (keys.length > mostKeys) throw fail(`has an object of more than ${mostKeys} entries`);
    // fromEntries defines own properties: a key `__proto__` is one like any other.
    return Object.fromEntries(keys.map((key) => [key, copy(value[key as never], depth + 1)]));
  };
  return copy(given, 0);
}
