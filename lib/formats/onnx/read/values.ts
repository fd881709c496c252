import type { Pieces } from '../../../event-loop';
import type { FloatArray } from '../../../native';
import type { Expression } from './expressions';

/* The values that go from node to node. */

/** Numbers that are known: a weight, an axis, a shape. */
export interface Constant {
  kind: 'constant';
  dims: readonly number[];
  data: FloatArray;
}

/** Texts that are known: names of classes. */
export interface Texts {
  kind: 'texts';
  dims: readonly number[];
  texts: readonly string[];
}

/** Numbers that depend on the rows. */
export interface Flow {
  kind: 'flow';
  /** Without the rows: `[columns]`, mostly. */
  dims: readonly number[];
  expression: Expression;
  /** Whether the model is for one row, without an axis for rows. */
  isVector?: boolean;
  /** How many such values an axis before that of the rows has: members, or columns of which each is computed by itself. */
  stacked?: number | undefined;
}

/** The class of each row, or one probability for each name: the scores that it is made of say as much. */
export interface Labels {
  kind: 'labels';
  scores: Flow;
  /** Empty where the classes have no names. */
  names: readonly string[];
  /** The number that scores of class 1 are above; undefined: the largest score is that of the class. */
  threshold?: number | undefined;
}

export type Value = Constant | Texts | Flow | Labels;

/** Elements that are copied at a time: a tenth of a millisecond. */
const elementsAtOnce = 2 ** 16;

/** Copies all elements into an array, from `offset` on. */
export function* copying(from: FloatArray, into: FloatArray, offset: number): Pieces<void> {
  for (let begin = 0; begin < from.length; begin += elementsAtOnce) {
    into.set(from.subarray(begin, begin + elementsAtOnce), offset + begin);
    yield;
  }
}

export const product = (dims: readonly number[]): number => dims.reduce((size, dim) => size * dim, 1);

export const constant = (data: FloatArray, dims: readonly number[] = [data.length]): Constant => ({ kind: 'constant', dims, data });

/** The shape of a value in messages. */
export function shapeOf(value: Value): string {
  if (value.kind === 'labels') return '[rows]';
  if (value.kind !== 'flow') return `[${value.dims.join(', ')}]`;
  return `[${[...(value.stacked === undefined ? [] : [value.stacked]), 'rows', ...value.dims].join(', ')}]`;
}
