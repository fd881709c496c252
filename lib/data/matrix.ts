import { wrongShape, wrongType } from '../errors';
import type { FloatArray } from '../native';
import { isArray, isRevoked, lengthOf } from '../options/check';
import type { CategoryColumns } from '../options/inputs/walk';
import type { Precision } from '../options/network';
import { notANumber } from './advice';
import { checkCategories } from './categories';
import { readTensor } from './tensors';
import {
  allocate,
  checkFinite,
  detached,
  elementCount,
  floatArrays,
  isShared,
  type NumericArray,
  plainView,
  typedArrayKind,
} from './typed-arrays';

/** A row of numbers. */
export type RowLike = readonly number[] | NumericArray;

/**
 * A matrix as flat data, row by row, and its shape. An onnxruntime tensor is one, too: it has `dims` in place of `shape`. Where the object
 * has `stride`, `strides`, `offset`, `order` or `fortranOrder`, as ndarrays of scijs, stdlib and npyjs do, they are honoured. A `dtype` or
 * `type` that differs from what `data` holds, and sparse matrices, are refused.
 */
export type TensorLike =
  | { readonly data: RowLike; readonly shape: ArrayLike<number> }
  | { readonly data: unknown; readonly dims: ArrayLike<number> };

/**
 * A matrix: an array of rows; `{ data, shape: [rows, columns] }`; a flat typed array, row by row; or an array of numbers, which is one row
 * (or one column where the matrix can have only one).
 */
export type MatrixLike = readonly RowLike[] | RowLike | TensorLike;

/** A matrix of ours: contiguous, row by row, in the network's element type, all values finite. */
export interface Matrix {
  data: FloatArray;
  rows: number;
}

/**
 * `'any'` where the memory is no longer used (or copied by the addon) when the call returns. `'shared'` where it is needed for longer: shared
 * memory cannot be detached, and its owner wants no copy. `'none'` where the user may write the next values into it meanwhile.
 */
export type Reuse = 'any' | 'shared' | 'none';

/** The shape and values that a matrix must have. */
export interface MatrixWanted {
  columns: number;
  /** The name of the number of columns, for messages. */
  columnsAre: string;
  precision: Precision;
  /** Which memory of the user's may be used without a copy, where its type fits; other values are copied. Default `'any'`. */
  reuse?: Reuse;
  /** The columns that hold categories. Default: none. */
  categories?: readonly CategoryColumns[];
}

const kindsOfMatrix = 'a matrix (rows of numbers, a typed array, or { data, shape })';

/** Checks and converts whatever a user may hold into a matrix. Each value is read once. */
export function toMatrix(value: unknown, name: string, wanted: MatrixWanted): Matrix {
  return checkMatrix(convertMatrix(value, name, wanted), name, wanted);
}

/**
 * The second half of `toMatrix`, in which none of the user's code runs. Where several matrices are converted, all are checked after the
 * last: the getters and proxies of one may write into another, or transfer its memory.
 */
export function checkMatrix(
  matrix: Matrix,
  name: string,
  { columns, categories = [] }: Pick<MatrixWanted, 'columns' | 'categories'>,
): Matrix {
  if (matrix.data.length !== matrix.rows * columns) throw detached(name);
  checkFinite(matrix.data, columns, name);
  checkCategories(matrix.data, columns, categories, name);
  return matrix;
}

/** The first half of `toMatrix`: everything but the values themselves is checked. */
export function convertMatrix(value: unknown, name: string, wanted: MatrixWanted): Matrix {
  if (typedArrayKind(value) !== undefined) return fromFlat(plainView(value, name), name, wanted);
  if (isArray(value)) return fromArray(value, name, wanted);
  if (typeof value === 'object' && value !== null && !isRevoked(value)) return fromTensor(value, name, wanted);
  throw wrongType(name, kindsOfMatrix, value);
}

function fromArray(value: readonly unknown[], name: string, wanted: MatrixWanted): Matrix {
  const length = lengthOf(value, name);
  if (length === 0) throw wrongShape(`${name} must have at least one row, got none`);
  const first = value[0];
  if (typeof first === 'object' && first !== null) return fromRows(value, length, name, wanted);
  if (typeof first !== 'number') throw notANumber(`${name}[0]`, 'a number or a row of numbers', first);
  if (length !== wanted.columns && wanted.columns !== 1) throw wrongColumns(name, wanted, length);
  const data = allocate(wanted.precision, elementCount(name, length, 1));
  copyNumbers(value, length, data, 0, name);
  return { data, rows: length / wanted.columns };
}

function fromRows(value: readonly unknown[], rows: number, name: string, wanted: MatrixWanted): Matrix {
  const { columns } = wanted;
  const data = allocate(wanted.precision, elementCount(name, rows, columns));
  for (let row = 0; row < rows; row++) {
    const source = value[row];
    const rowName = `${name}[${row}]`;
    const view = typedArrayKind(source) !== undefined ? plainView(source, rowName) : undefined;
    if (view === undefined && !isArray(source)) throw notANumber(rowName, 'a row of numbers', source);
    const length = view?.length ?? lengthOf(source as unknown[], rowName);
    if (length !== columns) {
      throw row === 0
        ? wrongColumns(name, wanted, length)
        : wrongShape(`${rowName} must have ${columns} values like the rows before it, got ${length}`);
    }
    if (view !== undefined) data.set(view, row * columns);
    else copyNumbers(source as unknown[], columns, data, row * columns, rowName);
  }
  return { data, rows };
}

/** Copies numbers into memory of ours, which bounds the copy whatever the source does meanwhile. */
function copyNumbers(source: readonly unknown[], length: number, out: FloatArray, offset: number, name: string): void {
  for (let i = 0; i < length; i++) {
    const value = source[i];
    if (typeof value !== 'number') throw notANumber(`${name}[${i}]`, 'a number', value);
    out[offset + i] = value;
  }
}

function fromFlat(view: NumericArray, name: string, wanted: MatrixWanted): Matrix {
  const { columns } = wanted;
  const rows = view.length / columns;
  if (view.length === 0) throw wrongShape(`${name} must have at least one row, got none`);
  if (!Number.isInteger(rows)) {
    throw wrongShape(`${name} must have a multiple of ${columns} values (${wanted.columnsAre}), got ${view.length}`);
  }
  return { data: inPrecision(view, name, wanted), rows };
}

/** The same values in the network's element type: the same memory where that will do. */
function inPrecision(view: NumericArray, name: string, { precision, reuse = 'any' }: MatrixWanted): FloatArray {
  if (view instanceof floatArrays[precision] && mayReuse(view, reuse)) return view as FloatArray;
  const data = allocate(precision, elementCount(name, view.length, 1));
  data.set(view);
  return data;
}

function mayReuse(view: NumericArray, reuse: Reuse): boolean {
  return reuse === 'any' || (reuse === 'shared' && isShared(view));
}

function fromTensor(tensor: object, name: string, wanted: MatrixWanted): Matrix {
  const { data, shape } = readTensor(tensor, name, kindsOfMatrix);
  const [rows = 0, columns] = shape;
  if (columns === undefined) return convertMatrix(data, name, wanted);
  if (shape.length !== 2) throw wrongShape(`${name}.shape must be [rows, ${wanted.columns}], got [${shape.join(', ')}]`);
  if (columns !== wanted.columns) throw wrongColumns(name, wanted, columns);
  if (rows === 0) throw wrongShape(`${name} must have at least one row, got none`);
  const count = elementCount(name, rows, columns);
  const values = flatNumbers(data, `${name}.data`, wanted);
  if (values.length !== count) {
    throw wrongShape(`${name}.data must have ${count} values for shape [${shape.join(', ')}], got ${values.length}`);
  }
  return { data: values, rows };
}

/** A flat array of numbers in the network's element type. */
export function flatNumbers(value: unknown, name: string, wanted: MatrixWanted): FloatArray {
  if (typedArrayKind(value) !== undefined) return inPrecision(plainView(value, name), name, wanted);
  if (!isArray(value)) throw wrongType(name, 'a typed array or an array of numbers', value);
  const length = lengthOf(value, name);
  const data = allocate(wanted.precision, elementCount(name, length, 1));
  copyNumbers(value, length, data, 0, name);
  return data;
}

/** A vector of a known length, from anything that has as many numbers. */
export function toVector(value: unknown, name: string, wanted: MatrixWanted): FloatArray {
  return checkMatrix(convertVector(value, name, wanted), name, wanted).data;
}

/** As `convertMatrix`: a matrix of one row. */
export function convertVector(value: unknown, name: string, wanted: MatrixWanted): Matrix {
  const { columns, columnsAre } = wanted;
  const wrong = (got: number | string) => wrongShape(`${name} must have ${columns} values (${columnsAre}), got ${got}`);
  const isTensor = typeof value === 'object' && value !== null && !isArray(value) && typedArrayKind(value) === undefined;
  let values = value;
  if (isTensor && !isRevoked(value)) {
    const { data, shape } = readTensor(value, name, 'a typed array, an array of numbers, or { data, shape }');
    if (shape.reduce((count, size) => count * size, 1) !== columns) throw wrong(`shape [${shape.join(', ')}]`);
    values = data;
  }
  const data = flatNumbers(values, name, wanted);
  if (data.length !== columns) throw wrong(data.length);
  return { data, rows: 1 };
}

function wrongColumns(name: string, { columns, columnsAre }: MatrixWanted, got: number): Error {
  return wrongShape(`${name} must have ${columns} columns (${columnsAre}), got ${got}`);
}
