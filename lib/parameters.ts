import {
  checkMatrix,
  convertMatrix,
  convertVector,
  type Matrix,
  type MatrixLike,
  type MatrixWanted,
  type RowLike,
  type TensorLike,
} from './data/matrix';
import { newArray } from './data/typed-arrays';
import { wrongShape, wrongValue } from './errors';
import type { FloatArray, FloatArrayOf, NativeNetwork } from './native';
import { indicesOf, type Precision, type TensorPlace } from './options';

/** Numbers in row-major order, and their shape. */
export interface Tensor<Shape extends readonly number[] = readonly number[], P extends Precision = Precision> {
  data: FloatArrayOf<P>;
  shape: Shape;
}

/** Values for `weights`: a matrix `[in, units]`, or as many values in row-major order. */
export type WeightsLike = MatrixLike;

/** Values for `bias`: anything with `units` values. */
export type BiasLike = RowLike | TensorLike;

/** Values for any tensor of a layer: of its shape, or as many values in row-major order. */
export type ParameterLike = MatrixLike;

/** A tensor as a matrix: what has one dimension is one row, what has more has its last one along the columns. */
function matrixWanted({ shape, columnsAre }: TensorPlace, precision: Precision): MatrixWanted {
  return { columns: shape.at(-1) as number, columnsAre, precision };
}

/** The first half of `toParameter`: everything but the values themselves is checked. */
export function convertParameter(value: unknown, name: string, place: TensorPlace, precision: Precision): Matrix {
  const wanted = matrixWanted(place, precision);
  const { shape, length } = place;
  if (shape.length === 1) return convertVector(value, name, wanted);
  if (shape.length > 2) return convertVector(value, name, { ...wanted, columns: length });
  const matrix = convertMatrix(value, name, wanted);
  if (matrix.rows !== shape[0]) throw wrongShape(`${name} must have shape [${shape.join(', ')}], got [${matrix.rows}, ${shape[1]}]`);
  return matrix;
}

/** The second half, in which none of the user's code runs. */
export function checkParameter(matrix: Matrix, name: string, { shape, length, min }: TensorPlace): FloatArray {
  const { data } = checkMatrix(matrix, name, { columns: shape.length > 2 ? length : (shape.at(-1) as number) });
  const index = min === undefined ? -1 : data.findIndex((value) => value < min);
  if (index >= 0) throw wrongValue(`${name}[${indicesOf(index, shape).join('][')}]`, `at least ${min}`, data[index]);
  return data;
}

/** Checks new values of a tensor. */
export function toParameter(value: unknown, name: string, place: TensorPlace, precision: Precision): FloatArray {
  return checkParameter(convertParameter(value, name, place, precision), name, place);
}

/** A copy of a tensor. */
export function readParameter(network: NativeNetwork, { index, length, shape }: TensorPlace, precision: Precision): Tensor {
  const data = newArray(precision, length);
  network.readParameter(index, data);
  return { data, shape: [...shape] };
}
