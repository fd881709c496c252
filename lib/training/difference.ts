import { describe } from '../errors';
import type { Pieces } from '../event-loop';

/** A place in two plain values where they differ: its name, and what each has there, in words. */
export interface Difference {
  name: string;
  values: readonly [string, string];
}

/** The first difference between two plain values. */
export function* findingDifference(a: unknown, b: unknown, name = ''): Pieces<Difference | undefined> {
  const comparable = isContainer(a) && isContainer(b) && Array.isArray(a) === Array.isArray(b);
  if (!comparable) return a === b ? undefined : { name, values: [said(a), said(b)] };
  yield;
  for (const key of new Set([...Object.keys(b), ...Object.keys(a)])) {
    const inner = Array.isArray(b) ? `${name}[${key}]` : `${name === '' ? '' : `${name}.`}${key}`;
    const difference = yield* findingDifference(own(a, key), own(b, key), inner);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

const said = (value: unknown): string => (value === undefined ? 'absent' : describe(value));

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Functions are in no file. */
function own(object: object, key: string): unknown {
  const value: unknown = Object.hasOwn(object, key) ? Reflect.get(object, key) : undefined;
  return typeof value === 'function' ? undefined : value;
}
