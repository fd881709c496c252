import { wrongShape, wrongValue } from '../errors';
import type { FloatArray, NativeSamples } from '../native';
import { anything, record } from '../options/check';
import { type CategoryColumns, categoryColumnsOf, inputSizeOf } from '../options/inputs/walk';
import type { RowsNeeded } from '../options/layers/walk';
import { type LossName, lastOf, type NetworkSpec, type Precision } from '../options/network';
import { toLabels } from './labels';
import { checkMatrix, convertMatrix, type MatrixLike, type MatrixWanted, type Reuse, toMatrix } from './matrix';
import { place } from './typed-arrays';

/** Inputs, and the outputs wanted for them. */
export interface Samples {
  /** `[rows, inputSize]`. */
  x: MatrixLike;
  /**
   * `[rows, outputSize]`; with the loss `crossEntropy` also class indices, one for each row: an `Int32Array`, a `Uint8Array` or an array,
   * flat or as rows of one index each. The targets of both cross-entropies are from 0 to 1.
   */
  y: MatrixLike;
}

/** The network that samples must fit. */
export interface SampleShape {
  inputSize: number;
  /** The columns of `x` that hold categories. */
  categories?: readonly CategoryColumns[];
  outputSize: number;
  precision: Precision;
  loss: LossName;
  /** For training. */
  rowsNeeded?: RowsNeeded | undefined;
}

/** The shape of the samples that a network takes. */
export function sampleShape(spec: NetworkSpec, rowsNeeded: RowsNeeded | undefined): SampleShape {
  const { precision, loss } = spec;
  const categories = categoryColumnsOf(spec);
  return { inputSize: inputSizeOf(spec), categories, outputSize: lastOf(spec).units, precision, loss: loss.type, rowsNeeded };
}

/** The losses whose targets are probabilities. */
const probabilistic: ReadonlySet<LossName> = new Set<LossName>(['binaryCrossEntropy', 'crossEntropy']);

const parts = record<{ x?: unknown; y?: unknown }>({ x: anything, y: anything }, { noun: 'property', habits: 'samples' });

/**
 * Checks `{ x, y }` and converts it for the addon. `owner` is what it is called in messages, and `prefix` goes before `x` and `y`.
 */
export function toSamples(value: unknown, owner: string, prefix: string, shape: SampleShape, reuse: Reuse = 'any'): NativeSamples {
  const { x, y } = parts(value, owner);
  const wanted = inputs(shape, reuse);
  const matrix = convertMatrix(x, `${prefix}x`, wanted);
  const targets = toTargets(y, `${prefix}y`, matrix.rows, shape, reuse);
  const { data, rows } = checkMatrix(matrix, `${prefix}x`, wanted); // after the last of y was read
  return { x: data, y: targets, rows };
}

/** The shape that a matrix of inputs must have. */
export function inputs(
  { inputSize, precision, categories = [] }: Pick<SampleShape, 'inputSize' | 'precision' | 'categories'>,
  reuse: Reuse = 'any',
): MatrixWanted {
  return { columns: inputSize, columnsAre: 'inputSize', precision, reuse, categories };
}

/** The targets of `rows` samples: class labels where the loss has classes, else a matrix. */
export function toTargets(value: unknown, name: string, rows: number, shape: SampleShape, reuse: Reuse): Int32Array | FloatArray {
  if (shape.loss === 'crossEntropy') {
    const labels = toLabels(value, name, rows, shape.outputSize);
    if (labels !== undefined) return labels;
  }
  const y = toMatrix(value, name, { columns: shape.outputSize, columnsAre: 'outputSize', precision: shape.precision, reuse });
  if (y.rows !== rows) throw wrongShape(`${name} must have ${rows} rows like x, got ${y.rows}`);
  if (probabilistic.has(shape.loss)) checkProbabilities(y.data, name, shape);
  return y.data;
}

function checkProbabilities(data: FloatArray, name: string, { loss, outputSize }: SampleShape): void {
  const index = data.findIndex((value) => value < 0 || value > 1);
  if (index >= 0) throw wrongValue(`${name} at ${place(index, outputSize)}`, `from 0 to 1 for the loss "${loss}"`, data[index]);
}

/** The first `1 - fraction` of the samples, and the rest: views of the same memory. */
export function splitSamples(samples: NativeSamples, fraction: number): { training: NativeSamples; validation: NativeSamples } {
  const validationRows = Math.floor(samples.rows * fraction);
  if (validationRows === 0) {
    throw wrongValue('validationSplit', `large enough to leave a row for validation (of ${samples.rows})`, fraction);
  }
  const rows = samples.rows - validationRows;
  const training = slice(samples, 0, rows);
  const validation = slice(samples, rows, samples.rows);
  return { training, validation };
}

function slice({ x, y, rows }: NativeSamples, from: number, to: number): NativeSamples {
  const part = <T extends FloatArray | Int32Array>(array: T): T => {
    const width = array.length / rows;
    return array.subarray(from * width, to * width) as T;
  };
  return { x: part(x), y: part(y), rows: to - from };
}
