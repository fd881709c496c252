import { wrongOption, wrongShape, wrongValue } from '../errors';
import type { FloatArray, NativeIntake, NativeSamples } from '../native';
import { anything, record } from '../options/check';
import { type CategoryColumns, categoryColumnsOf, inputSizeOf } from '../options/inputs/walk';
import type { RowsNeeded } from '../options/layers/walk';
import { type LossName, lastOf, type NetworkSpec, type Precision } from '../options/network';
import { withoutNames } from './class-names';
import { unitBounds } from './intake';
import { toLabels } from './labels';
import {
  checkMatrix,
  completeMatrix,
  convertMatrix,
  type MatrixLike,
  type MatrixWanted,
  needsTime,
  openMatrix,
  type Reuse,
} from './matrix';
import { toRowIndex } from './row-index';
import { place } from './typed-arrays';

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
   * `[rows, outputSize]`; with the loss `crossEntropy` also class indices, one for each row: an `Int32Array`, a `Uint8Array` or an array,
   * flat or as rows of one index each. The targets of both cross-entropies are from 0 to 1. Where the network has `classNames`, an array of
   * names.
   */
  y: TargetsLike;
  /**
   * The rows of `x` and `y` to use, in this order; they may repeat. Nothing is copied for it. Default: all. Not for streams. docs/splits.md
   * has functions that make such lists.
   */
  rows?: ArrayLike<number>;
}

/** The network that samples must fit. */
export interface SampleShape {
  inputSize: number;
  /** The columns of `x` that hold categories. */
  categories?: readonly CategoryColumns[];
  outputSize: number;
  precision: Precision;
  loss: LossName;
  /** Default: none. */
  classNames?: readonly string[] | undefined;
  /** For training. */
  rowsNeeded?: RowsNeeded | undefined;
  /** Default: what JavaScript can do by itself. */
  intake?: NativeIntake | undefined;
}

/** The shape of the samples that a network takes. */
export function sampleShape(spec: NetworkSpec, rowsNeeded: RowsNeeded | undefined, intake: NativeIntake | undefined): SampleShape {
  const { precision, loss, classNames } = spec;
  const [categories, outputSize] = [categoryColumnsOf(spec), lastOf(spec).units];
  return { inputSize: inputSizeOf(spec), categories, outputSize, precision, loss: loss.type, classNames, rowsNeeded, intake };
}

/** The losses whose targets are probabilities. */
const probabilistic: ReadonlySet<LossName> = new Set<LossName>(['binaryCrossEntropy', 'crossEntropy']);

const parts = record<{ x?: unknown; y?: unknown; rows?: unknown }>(
  { x: anything, y: anything, rows: anything },
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
  const { x, y, rows: named } = parts(value, owner);
  const open = reuse === 'any' ? convertMatrix : openMatrix;
  const wanted = inputs(shape, reuse);
  const matrix = open(x, `${prefix}x`, wanted);
  const { rows } = matrix;
  const targets = openTargets(y, `${prefix}y`, rows, shape, reuse, open);
  const index = named === undefined ? undefined : toRowIndex(named, `${prefix}rows`, rows);
  if (index !== undefined && reuse === 'none')
    throw wrongOption(`${prefix}rows does not go with a stream: its batches are trained on as they come`);
  const check = (): void => {
    targets.check(); // in this order
    checkMatrix(matrix, `${prefix}x`, wanted);
  };
  const samples = { x: matrix.data, y: targets.data, rows: index?.length ?? rows, ...(index && { index }) };
  if (!needsTime(matrix, wanted) && targets.complete === undefined) {
    check();
    return { samples };
  }
  return {
    samples,
    complete: async (betweenSlices) => {
      await completeMatrix(matrix, wanted, betweenSlices);
      await targets.complete?.(betweenSlices);
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

interface OpenTargets {
  data: Int32Array | FloatArray;
  check(): void;
  complete?: (betweenSlices?: () => void) => Promise<void>;
}

/** The targets of `rows` samples: class labels where the loss has classes, else a matrix. */
function openTargets(given: unknown, name: string, rows: number, shape: SampleShape, reuse: Reuse, open: typeof openMatrix): OpenTargets {
  const { loss, outputSize, precision, classNames, intake } = shape;
  const value = classNames === undefined ? given : withoutNames(given, name, classNames, outputSize, loss === 'crossEntropy');
  const labels = loss === 'crossEntropy' ? toLabels(value, name, rows, outputSize) : undefined;
  if (labels !== undefined) return { data: labels, check: () => {} };
  const isProbability = probabilistic.has(loss);
  const bounds = isProbability ? { bounds: unitBounds } : {};
  const wanted: MatrixWanted = { columns: outputSize, columnsAre: 'outputSize', precision, reuse, intake, ...bounds };
  const y = open(value, name, wanted);
  if (y.rows !== rows) throw wrongShape(`${name} must have ${rows} rows like x, got ${y.rows}`);
  const check = (): void => {
    checkMatrix(y, name, wanted);
    if (isProbability && y.within !== true) checkProbabilities(y.data, name, shape);
  };
  if (!needsTime(y, wanted)) return { data: y.data, check };
  return { data: y.data, check, complete: (betweenSlices) => completeMatrix(y, wanted, betweenSlices) };
}

function checkProbabilities(data: FloatArray, name: string, { loss, outputSize }: SampleShape): void {
  const index = data.findIndex((value) => value < 0 || value > 1);
  if (index >= 0) throw wrongValue(`${name} at ${place(index, outputSize)}`, `from 0 to 1 for the loss "${loss}"`, data[index]);
}
