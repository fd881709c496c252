import { wrongType, wrongValue } from '../errors';
import { type Check, elements, isArray, isRevoked, maxCount, number, oneOf } from './check';

/**
 * The weights of classes: an array by their indices, an object that names some of them (others have 1), or `'balanced'`: the number of
 * rows, divided by the number of classes and the rows of the class.
 */
export type ClassWeight = 'balanced' | readonly number[] | Readonly<Record<number, number>>;

/** By the indices of the classes, in ascending order. */
export type CheckedClassWeight = 'balanced' | Readonly<Record<string, number>>;

const name = oneOf(['balanced']);
const weight = number({ min: 0 });

export const checkClassWeight: Check<CheckedClassWeight> = (value, at) => {
  if (typeof value === 'string') return name(value, at) as 'balanced';
  if (isArray(value)) return Object.fromEntries(elements(value, at, 'an array of weights', weight, maxCount).entries());
  if (typeof value !== 'object' || value === null || isRevoked(value) || ArrayBuffer.isView(value)) {
    throw wrongType(at, '"balanced", an array, or an object of weights by class index', value);
  }
  const checked: Record<string, number> = {};
  for (const [key, given] of Object.entries(value)) {
    if (!/^\d{1,10}$/.test(key) || String(Number(key)) !== key) throw wrongValue(at, 'an object with class indices as its keys', key);
    checked[key] = weight(given, `${at}[${key}]`);
  }
  return checked;
};
