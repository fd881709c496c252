import { wrongOption } from '../errors';
import type { NativeSamples } from '../native';
import { anything, record } from '../options/check';
import {
  checkMatrix,
  completeMatrix,
  convertMatrix,
  type MatrixLike,
  type MatrixWanted,
  needsTime,
  openMatrix,
  type Reuse,
  type RowLike,
  type TensorLike,
} from './matrix';
import { toRowIndex } from './row-index';
import type { SampleShape } from './sample-shape';
import { type OpenTargets, openTargets } from './targets';
import { type OpenWeights, openWeights } from './weights';

/** Outputs that are wanted: numbers, class indices, or names of classes. */
export type TargetsLike = MatrixLike | readonly string[];

/**
 * Inputs, and the outputs wanted for them. Calls that return a promise copy typed arrays before they return, and read shared memory in place;
 * docs/inputs.md says what may be changed meanwhile.
 */
export interface Samples {
  /** `[rows, inputSize]`. */
  x: MatrixLike;
  /**
   * `[rows, outputSize]`; with the losses `crossEntropy` and `categoricalFocal` also class indices, one for each row: an `Int32Array`, a
   * `Uint8Array` or an array, flat or as rows of one index each. Where the network has `classNames`, an array of names. The losses `quantile`
   * and `gaussianNLL` have several outputs for each column of `y`. docs/losses.md says which targets a loss takes.
   */
  y: TargetsLike;
  /**
   * A weight for each row, 0 or more and not all 0. A loss is the mean of the rows' losses by these weights: sum(w l) / sum(w). Metrics ignore
   * them. Default: all 1.
   */
  sampleWeight?: VectorLike;
  /**
   * The rows of `x` and `y` to use, in this order; they may repeat. Nothing is copied for it. Default: all. Not for streams. docs/splits.md
   * has functions that make such lists.
   */
  rows?: ArrayLike<number>;
}

export { type SampleShape, sampleShape } from './sample-shape';

/** One number for each row: a typed array, an array of numbers, or a tensor. */
export type VectorLike = RowLike | TensorLike;

const parts = record<{ x?: unknown; y?: unknown; sampleWeight?: unknown; rows?: unknown }>(
  { x: anything, y: anything, sampleWeight: anything, rows: anything },
  { noun: 'property', habits: 'samples' },
);

/** Samples on their way in. */
export interface OpenSamples {
  /** Their memory, which is filled when they are complete. */
  samples: NativeSamples;
  /** Reads and checks the rest, while the event loop turns; absent if there is none. `betweenSlices` may throw. */
  complete?: (betweenSlices?: () => void) => Promise<void>;
}

/**
 * Checks `{ x, y }` and converts it for the addon, at once. `owner` is what it is called in messages, and `prefix` goes before `x` and `y`.
 */
export function toSamples(value: unknown, owner: string, prefix: string, shape: SampleShape): NativeSamples {
  return openSamples(value, owner, prefix, shape, 'any').samples;
}

/** The same for calls that return a promise. Typed arrays are copied when this returns, or as `reuse` has it, and what is small is complete. */
export function openSamples(value: unknown, owner: string, prefix: string, shape: SampleShape, reuse: Reuse): OpenSamples {
  const { x, y, sampleWeight, rows: named } = parts(value, owner);
  const open = reuse === 'any' ? convertMatrix : openMatrix;
  const wanted = inputs(shape, reuse);
  const matrix = open(x, `${prefix}x`, wanted);
  const { rows } = matrix;
  const others: (OpenTargets | OpenWeights)[] = [];
  const targets = openTargets(y, `${prefix}y`, rows, shape, reuse, open);
  others.push(targets);
  let weights: OpenWeights | undefined;
  if (sampleWeight !== undefined) {
    weights = openWeights(sampleWeight, `${prefix}sampleWeight`, rows, shape, reuse, open);
    others.push(weights);
  }
  const index = named === undefined ? undefined : toRowIndex(named, `${prefix}rows`, rows);
  if (index !== undefined && reuse === 'none')
    throw wrongOption(`${prefix}rows does not go with a stream: its batches are trained on as they come`);
  const check = (): void => {
    for (const other of others) other.check(); // in this order
    checkMatrix(matrix, `${prefix}x`, wanted);
  };
  const samples: NativeSamples = {
    ...{ x: matrix.data, y: targets.data, rows: index?.length ?? rows },
    ...(weights && { weights: weights.data }),
    ...(index && { index }),
  };
  if (!needsTime(matrix, wanted) && others.every(({ complete }) => complete === undefined)) {
    check();
    return { samples };
  }
  return {
    samples,
    complete: async (betweenSlices) => {
      await completeMatrix(matrix, wanted, betweenSlices);
      for (const other of others) await other.complete?.(betweenSlices);
      check();
    },
  };
}

/** The shape that a matrix of inputs must have. */
export function inputs(
  { inputSize, precision, categories = [], intake }: Pick<SampleShape, 'inputSize' | 'precision' | 'categories' | 'intake'>,
  reuse: Reuse = 'any',
): MatrixWanted {
  return { columns: inputSize, columnsAre: 'inputSize', precision, reuse, categories, intake };
}
