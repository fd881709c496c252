import type { FloatArray } from '../../../native';
import type { Activation } from '../../../options';

/*
 * The meaning of a value that depends on the rows, in the terms of layers. Some are steps on the way to a layer, such as the mean of a row:
 * they have no meaning of their own.
 */

interface Wide {
  /** Numbers in a row. */
  columns: number;
}

/** Columns of `x`, from `first` on. */
export interface InputColumns extends Wide {
  op: 'input';
  first: number;
}

/** A column of `x` that is an index, as the row of a table or one-hot. */
export interface Category extends Wide {
  op: 'category';
  first: number;
  categories: number;
  /** Absent: one-hot. */
  table?: FloatArray;
}

/** Columns of `x`, each as waves of some frequencies and a dense layer of its own with relu. */
export interface Periodic extends Wide {
  op: 'periodic';
  of: InputColumns;
  tensors: Readonly<Record<'frequencies' | 'weights' | 'bias', FloatArray>>;
}

/** A part of the first layer's input, which columns of `x` that follow each other become. */
export type InputPart = InputColumns | Category | Periodic;

/** Parts of a row, one beside the other. */
export interface Joined extends Wide {
  op: 'joined';
  parts: readonly InputPart[];
}

/** A product with weights, which are [columns of `x`, columns] and stay where the file has them. */
export interface Affine extends Wide {
  op: 'affine';
  of: Layered;
  weights: FloatArray;
  /** Whether the weights are [columns, columns of `x`]. */
  transposed: boolean;
}

/** `x * factors + summands`, column by column. */
export interface Scaled extends Wide {
  op: 'scaled';
  of: Layered;
  factors: FloatArray;
  summands: FloatArray;
}

export interface Activated extends Wide {
  op: 'activated';
  of: Layered;
  activation: Activation;
}

/** Each row with the mean 0 and the variance 1. */
export interface LayerNormalized extends Wide {
  op: 'layerNormalized';
  of: Layered;
  epsilon: number;
}

export interface BatchNormalized extends Wide {
  op: 'batchNormalized';
  of: Layered;
  epsilon: number;
  scale: FloatArray;
  bias: FloatArray;
  mean: FloatArray;
  variance: FloatArray;
}

/** Two values added to each other: a residual block, where one is made of the other. */
export interface Sum extends Wide {
  op: 'sum';
  of: readonly [Layered, Layered];
}

/** The members of an ensemble, `[members, rows, columns]`: for each a row of `factors`. */
export interface Members extends Wide {
  op: 'members';
  of: Layered;
  factors: FloatArray;
  count: number;
}

/** A product with weights of each member, [members, columns of `x`, columns]. */
export interface MemberAffine extends Wide {
  op: 'memberAffine';
  of: Layered;
  weights: FloatArray;
  count: number;
}

/** `x * factors + summands`, which have a row for each member. */
export interface MemberScaled extends Wide {
  op: 'memberScaled';
  of: Layered;
  factors: FloatArray;
  summands: FloatArray;
  count: number;
}

/** The waves of each column by themselves, `[columns of x, rows, waves of one]`: a step on the way to a periodic input. */
export interface Separated extends Wide {
  op: 'separated';
  of: Waves;
}

/** Everything that layers can stand for. */
export type Layered =
  | InputPart
  | Joined
  | Affine
  | Scaled
  | Activated
  | LayerNormalized
  | BatchNormalized
  | Sum
  | Members
  | MemberAffine
  | MemberScaled
  | Separated;

/** A function of single numbers. */
export interface Mapped extends Wide {
  op: 'mapped';
  operator: string;
  /** The node that it is of, in messages. */
  node: string;
  of: readonly (Expression | number)[];
  compute(...values: number[]): number;
}

/** Steps of a layer normalization: the mean of a row, its values without the mean, and their variance. */
export interface RowMean extends Wide {
  op: 'rowMean' | 'rowDifference' | 'rowVariance';
  of: Expression;
}

/** The logarithms of a softmax: only the output of a model, whose probabilities are its network's output. */
export interface LogSoftmax extends Wide {
  op: 'logSoftmax';
  softmax: Layered;
}

/** The mean of all members: only the output of a model. */
export interface MemberMean extends Wide {
  op: 'memberMean';
  of: Layered;
}

/** Columns of `x` times some frequencies of each: a step on the way to a periodic input. */
export interface Turns extends Wide {
  op: 'turns';
  of: InputColumns;
  frequencies: FloatArray;
}

/** The cosines and sines of turns: of each column first all cosines, then all sines. */
export interface Waves extends Wide {
  op: 'waves';
  of: Turns;
}

export type Expression = Layered | Mapped | RowMean | LogSoftmax | MemberMean | Turns | Waves;

/** A constant that is the same for all columns. */
export const filled = (columns: number, value: number): Float64Array => new Float64Array(columns).fill(value);

/** The sum of all columns, each with the same weight. */
export const weightedSum = (of: Layered, weight: number): Affine => ({
  ...{ op: 'affine', columns: 1, of, weights: filled(of.columns, weight), transposed: false },
});

/** The same function of all columns. */
export const activated = (of: Layered, activation: Activation): Activated => ({ op: 'activated', columns: of.columns, of, activation });

/** `x * factor + summand`, the same for all columns. */
export const uniform = (of: Layered, factor: number, summand = 0): Layered =>
  scaled(of, filled(of.columns, factor), filled(of.columns, summand));

export function scaled(of: Layered, factors: FloatArray, summands: FloatArray): Layered {
  if (factors.every((factor) => factor === 1) && summands.every((summand) => summand === 0)) return of;
  return { op: 'scaled', columns: of.columns, of, factors, summands };
}
