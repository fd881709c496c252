import { wrongShape, wrongValue } from '../errors';
import { atOnce, inSlices, type Pieces } from '../event-loop';
import type { FloatArray, NativeSamples } from '../native';
import type { CheckedClassWeight } from '../options/class-weight';
import { finiteBounds, newRoom, plainIntake } from './intake';
import { checkMatrix, completeMatrix, type Matrix, type MatrixWanted, needsTime, type openMatrix, type Reuse } from './matrix';
import type { SampleShape } from './sample-shape';

/*
 * The weights of samples: the user's, and those of their classes.
 */

/** The weights of samples on their way in. */
export interface OpenWeights {
  data: FloatArray;
  check(): void;
  complete?: (betweenSlices?: () => void) => Promise<void>;
}

/** Weights of `rows` samples, from anything that has as many numbers. */
export function openWeights(
  value: unknown,
  name: string,
  rows: number,
  { precision, intake }: SampleShape,
  reuse: Reuse,
  open: typeof openMatrix,
): OpenWeights {
  const bounds = { low: 0, high: finiteBounds[precision].high };
  const wanted: MatrixWanted = { columns: 1, columnsAre: 'one for each row of x', precision, reuse, intake, bounds };
  const matrix = open(value, name, wanted);
  if (matrix.rows !== rows) throw wrongShape(`${name} must have ${rows} weights, one for each row of x, got ${matrix.rows}`);
  const check = (): void => checkWeights(matrix, name, wanted);
  if (!needsTime(matrix, wanted)) return { data: matrix.data, check };
  return { data: matrix.data, check, complete: (betweenSlices) => completeMatrix(matrix, wanted, betweenSlices) };
}

function checkWeights(matrix: Matrix & { within?: boolean | undefined }, name: string, wanted: MatrixWanted): void {
  const { data } = checkMatrix(matrix, name, wanted);
  if (matrix.within !== true) {
    const negative = data.findIndex((weight) => weight < 0);
    if (negative >= 0) throw wrongValue(`${name}[${negative}]`, 'a weight of at least 0', data[negative]);
  }
  if (!data.some((weight) => weight > 0)) throw wrongValue(name, 'weights of which one is above 0', 0);
}

/** Rows that are looked at between two looks at the clock. */
const rowsAtOnce = 2 ** 13;

/** Multiplies the weights of samples with those of their classes, in memory of our own. */
export function weighClasses(
  samples: NativeSamples,
  classWeight: CheckedClassWeight,
  shape: SampleShape,
  name: string,
  betweenSlices?: () => void,
): Promise<NativeSamples> {
  return inSlices(weighing(samples, classWeight, shape, name), betweenSlices);
}

/** The same at once, for a batch. */
export function weighClassesNow(samples: NativeSamples, classWeight: CheckedClassWeight, shape: SampleShape, name: string): NativeSamples {
  return atOnce(weighing(samples, classWeight, shape, name));
}

function* weighing(samples: NativeSamples, classWeight: CheckedClassWeight, shape: SampleShape, name: string): Pieces<NativeSamples> {
  const { x, weights: given } = samples;
  const classes = Math.max(2, shape.targetSize);
  const width = samples.y instanceof Int32Array ? 1 : shape.targetSize;
  const weightOfClass =
    classWeight === 'balanced' ? balanced(yield* countingClasses(samples, classes, width, name)) : listed(classWeight, classes);
  const weights = newRoom(shape.precision, x.length / shape.inputSize, shape.intake ?? plainIntake).fill(0);
  let total = 0;
  for (let i = 0; i < samples.rows; i++) {
    const row = samples.index?.[i] ?? i;
    const weight = (weightOfClass[classOf(samples.y, row, width, name)] as number) * (given?.[row] ?? 1);
    weights[row] = weight;
    total += weight;
    if (i % rowsAtOnce === 0) yield;
  }
  if (total === 0) throw wrongValue('classWeight', `above 0 for a class in ${name}`, 0);
  return { ...samples, weights };
}

function* countingClasses({ y, rows, index }: NativeSamples, classes: number, width: number, name: string): Pieces<Float64Array> {
  const counts = new Float64Array(classes);
  for (let i = 0; i < rows; i++) {
    const label = classOf(y, index?.[i] ?? i, width, name);
    counts[label] = (counts[label] as number) + 1;
    if (i % rowsAtOnce === 0) yield;
  }
  return counts;
}

/** rows / (classes * count), as in scikit-learn; a class without a row is none. */
function balanced(counts: Float64Array): Float64Array {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const classes = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 0 : rows / (classes * count)));
}

/** A class that is not named has the weight 1. */
function listed(classWeight: Exclude<CheckedClassWeight, 'balanced'>, classes: number): Float64Array {
  const weights = new Float64Array(classes).fill(1);
  for (const [name, weight] of Object.entries(classWeight)) {
    const index = Number(name);
    if (index >= classes) throw wrongValue('classWeight', `for classes from 0 to ${classes - 1}`, index);
    weights[index] = weight;
  }
  return weights;
}

/** The class of a row: its label, the column of the one in a row of zeros, or the side that a single target is on. */
function classOf(y: NativeSamples['y'], row: number, width: number, name: string): number {
  if (width === 1) {
    const value = y[row] as number;
    if (y instanceof Int32Array || value === 0 || value === 1) return value;
    if (value === -1) return 0;
    throw wrongValue(`${name} at row ${row}`, 'a class (0 or 1) for classWeight', value);
  }
  let found = -1;
  for (let column = 0; column < width; column++) {
    const value = y[row * width + column] as number;
    if (value === 0) continue;
    if (value !== 1 || found >= 0) throw wrongValue(`${name} at row ${row}`, 'a row of zeros with a single 1 for classWeight', value);
    found = column;
  }
  if (found < 0) throw wrongValue(`${name} at row ${row}`, 'a row of zeros with a single 1 for classWeight', 0);
  return found;
}
