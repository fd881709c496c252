import { wrongShape, wrongType } from '../errors';
import { atOnce, inSlices, type Pieces } from '../event-loop';
import type { FloatArray, NativeIntake } from '../native';
import { isArray, isRevoked, lengthOf } from '../options/check';
import type { CategoryColumns } from '../options/inputs/walk';
import type { Precision } from '../options/network';
import { notANumber } from './advice';
import { checkCategories } from './categories';
import { type Bounds, categoryNumbers, finiteBounds, isLarge, isTakable, newRoom, plainIntake, valuesAtOnce } from './intake';
import { readTensor } from './tensors';
import { checkFinite, detached, elementCount, floatArrays, isShared, type NumericArray, plainView, typedArrayKind } from './typed-arrays';

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

/** A matrix whose values are not all checked yet, or not all there. */
export interface OpenMatrix extends Matrix {
  /** Reads the user's numbers into `data`, piece by piece; undefined where that is done. */
  reading: Pieces<void> | undefined;
  /** Whether all values are within the bounds, if that was found out on the way. */
  within: boolean | undefined;
}

/**
 * `'any'` where the memory is no longer used when the call returns. `'shared'` where it is needed for longer: shared memory cannot be
 * detached, and its owner wants no copy. `'none'` where the user may write the next values into it meanwhile.
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
  /** The numbers that the values must be within, which are refused elsewhere if they are not. Default: all finite ones. */
  bounds?: Bounds;
  /** Default: what JavaScript can do by itself. */
  intake?: NativeIntake | undefined;
}

const kindsOfMatrix = 'a matrix (rows of numbers, a typed array, or { data, shape })';

/** Checks and converts whatever a user may hold into a matrix. Each value is read once. */
export function toMatrix(value: unknown, name: string, wanted: MatrixWanted): Matrix {
  return checkMatrix(convertMatrix(value, name, wanted), name, wanted);
}

/** The same for calls that return a promise: large arrays of numbers are read in slices, between which the event loop turns. */
export async function toMatrixAsync(value: unknown, name: string, wanted: MatrixWanted): Promise<Matrix> {
  const matrix = openMatrix(value, name, wanted);
  if (needsTime(matrix, wanted)) await completeMatrix(matrix, wanted);
  return checkMatrix(matrix, name, wanted);
}

/**
 * The second half of `toMatrix`, in which none of the user's code runs. Where several matrices are converted, all are checked after the
 * last: the getters and proxies of one may write into another, or transfer its memory.
 */
export function checkMatrix(
  matrix: Matrix & { within?: boolean | undefined },
  name: string,
  { columns, categories = [] }: Pick<MatrixWanted, 'columns' | 'categories'>,
): Matrix {
  const { data, rows, within } = matrix;
  if (data.length !== rows * columns) throw detached(name);
  if (within !== true) {
    checkFinite(data, columns, name);
    checkCategories(data, columns, categories, name);
  }
  return { data, rows };
}

/** Whether `completeMatrix` has anything to do. */
export function needsTime({ data, reading, within }: OpenMatrix, { reuse }: MatrixWanted): boolean {
  return reading !== undefined || (within === undefined && reuse !== 'any' && isLarge(data.length));
}

/**
 * Reads what is still to be read, and checks what is large: the event loop turns meanwhile. `checkMatrix` finds wrong values again, and
 * refuses them. `betweenSlices` may throw.
 */
export async function completeMatrix(matrix: OpenMatrix, wanted: MatrixWanted, betweenSlices?: () => void): Promise<void> {
  const { columns, categories = [], precision, bounds = finiteBounds[precision], intake = plainIntake } = wanted;
  if (matrix.reading !== undefined) await inSlices(matrix.reading, betweenSlices);
  matrix.reading = undefined;
  if (isLarge(matrix.data.length)) {
    matrix.within ??= await intake.areWithin(matrix.data, columns, bounds.low, bounds.high, categoryNumbers(categories));
  }
}

/** The first half of `toMatrix`: everything but the values themselves is checked. */
export function convertMatrix(value: unknown, name: string, wanted: MatrixWanted): OpenMatrix {
  const matrix = openMatrix(value, name, wanted);
  if (matrix.reading !== undefined) atOnce(matrix.reading);
  matrix.reading = undefined;
  return matrix;
}

/** The same, but large arrays of numbers are still to be read. Typed arrays are copied. */
export function openMatrix(value: unknown, name: string, wanted: MatrixWanted): OpenMatrix {
  if (typedArrayKind(value) !== undefined) return fromFlat(plainView(value, name), name, wanted);
  if (isArray(value)) return fromArray(value, name, wanted);
  if (typeof value === 'object' && value !== null && !isRevoked(value)) return fromTensor(value, name, wanted);
  throw wrongType(name, kindsOfMatrix, value);
}

function fromArray(value: readonly unknown[], name: string, wanted: MatrixWanted): OpenMatrix {
  const length = lengthOf(value, name);
  if (length === 0) throw wrongShape(`${name} must have at least one row, got none`);
  const first = value[0];
  if (typeof first === 'object' && first !== null) return fromRows(value, length, name, wanted);
  if (typeof first !== 'number') throw notANumber(`${name}[0]`, 'a number or a row of numbers', first);
  if (length !== wanted.columns && wanted.columns !== 1) throw wrongColumns(name, wanted, length);
  return asRows(fromNumbers(value, length, name, wanted), length / wanted.columns);
}

/** Values in memory of our own, or on their way there. */
type Values = Omit<OpenMatrix, 'rows'>;

const asRows = ({ data, reading, within }: Values, rows: number): OpenMatrix => ({ data, rows, reading, within });

/** A flat array of numbers. */
function fromNumbers(source: readonly unknown[], length: number, name: string, { precision, intake = plainIntake }: MatrixWanted): Values {
  const data = newRoom(precision, elementCount(name, length, 1), intake);
  const copy = (begin: number, end: number): void => copyNumbers(source, begin, end, data, 0, name);
  return { data, reading: reading(length, 1, copy), within: undefined };
}

function fromRows(value: readonly unknown[], rows: number, name: string, wanted: MatrixWanted): OpenMatrix {
  const { columns, precision, intake = plainIntake } = wanted;
  const data = newRoom(precision, elementCount(name, rows, columns), intake);
  const copy = (begin: number, end: number): void => copyRows(value, begin, end, data, name, wanted);
  return { data, rows, reading: reading(rows, columns, copy), within: undefined };
}

/** Copies what is few values at once; otherwise the way to copy them piece by piece. */
function reading(count: number, values: number, copy: (begin: number, end: number) => void): Pieces<void> | undefined {
  if (isLarge(count * values)) return copying(count, Math.ceil(valuesAtOnce / values), copy);
  copy(0, count);
  return undefined;
}

function* copying(count: number, piece: number, copy: (begin: number, end: number) => void): Pieces<void> {
  for (let begin = 0; begin < count; begin += piece) {
    copy(begin, Math.min(count, begin + piece));
    yield;
  }
}

function copyRows(value: readonly unknown[], begin: number, end: number, data: FloatArray, name: string, wanted: MatrixWanted): void {
  const { columns } = wanted;
  for (let row = begin; row < end; row++) {
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
    else copyNumbers(source as unknown[], 0, columns, data, row * columns, rowName);
  }
}

/** Copies numbers into memory of ours, which bounds the copy whatever the source does meanwhile. */
function copyNumbers(source: readonly unknown[], begin: number, end: number, out: FloatArray, offset: number, name: string): void {
  for (let i = begin; i < end; i++) {
    const value = source[i];
    if (typeof value !== 'number') throw notANumber(`${name}[${i}]`, 'a number', value);
    out[offset + i] = value;
  }
}

function fromFlat(view: NumericArray, name: string, wanted: MatrixWanted): OpenMatrix {
  const { columns } = wanted;
  const rows = view.length / columns;
  if (view.length === 0) throw wrongShape(`${name} must have at least one row, got none`);
  if (!Number.isInteger(rows)) {
    throw wrongShape(`${name} must have a multiple of ${columns} values (${wanted.columnsAre}), got ${view.length}`);
  }
  return asRows(inPrecision(view, name, wanted), rows);
}

/** The same values in the network's element type: the same memory where that will do. */
function inPrecision(view: NumericArray, name: string, wanted: MatrixWanted): Values {
  const { precision, reuse = 'any', categories = [], bounds = finiteBounds[precision], intake = plainIntake } = wanted;
  if (view instanceof floatArrays[precision] && mayReuse(view, reuse)) {
    return { data: view as FloatArray, reading: undefined, within: undefined };
  }
  const count = elementCount(name, view.length, 1);
  const data = newRoom(precision, count, intake);
  if (!isLarge(count) || !isTakable(view)) {
    data.set(view);
    return { data, reading: undefined, within: undefined };
  }
  const within = intake.take(view, data, bounds.low, bounds.high);
  return { data, reading: undefined, within: within && categories.length > 0 ? undefined : within };
}

function mayReuse(view: NumericArray, reuse: Reuse): boolean {
  return reuse === 'any' || (reuse === 'shared' && isShared(view));
}

function fromTensor(tensor: object, name: string, wanted: MatrixWanted): OpenMatrix {
  const { data, shape } = readTensor(tensor, name, kindsOfMatrix);
  const [rows = 0, columns] = shape;
  if (columns === undefined) return openMatrix(data, name, wanted);
  if (shape.length !== 2) throw wrongShape(`${name}.shape must be [rows, ${wanted.columns}], got [${shape.join(', ')}]`);
  if (columns !== wanted.columns) throw wrongColumns(name, wanted, columns);
  if (rows === 0) throw wrongShape(`${name} must have at least one row, got none`);
  const count = elementCount(name, rows, columns);
  const values = flatNumbers(data, `${name}.data`, wanted);
  if (values.data.length !== count) {
    throw wrongShape(`${name}.data must have ${count} values for shape [${shape.join(', ')}], got ${values.data.length}`);
  }
  return asRows(values, rows);
}

/** A flat array of numbers in the network's element type. */
function flatNumbers(value: unknown, name: string, wanted: MatrixWanted): Values {
  if (typedArrayKind(value) !== undefined) return inPrecision(plainView(value, name), name, wanted);
  if (!isArray(value)) throw wrongType(name, 'a typed array or an array of numbers', value);
  return fromNumbers(value, lengthOf(value, name), name, wanted);
}

/** A vector of a known length, from anything that has as many numbers. */
export function toVector(value: unknown, name: string, wanted: MatrixWanted): FloatArray {
  return checkMatrix(convertVector(value, name, wanted), name, wanted).data;
}

/** As `convertMatrix`: a matrix of one row. */
export function convertVector(value: unknown, name: string, wanted: MatrixWanted): OpenMatrix {
  const { columns, columnsAre } = wanted;
  const wrong = (got: number | string) => wrongShape(`${name} must have ${columns} values (${columnsAre}), got ${got}`);
  const isTensor = typeof value === 'object' && value !== null && !isArray(value) && typedArrayKind(value) === undefined;
  let values = value;
  if (isTensor && !isRevoked(value)) {
    const { data, shape } = readTensor(value, name, 'a typed array, an array of numbers, or { data, shape }');
    if (shape.reduce((count, size) => count * size, 1) !== columns) throw wrong(`shape [${shape.join(', ')}]`);
    values = data;
  }
  const { data, reading } = flatNumbers(values, name, wanted);
  if (data.length !== columns) throw wrong(data.length);
  if (reading !== undefined) atOnce(reading);
  return { data, rows: 1, reading: undefined, within: undefined };
}

function wrongColumns(name: string, { columns, columnsAre }: MatrixWanted, got: number): Error {
  return wrongShape(`${name} must have ${columns} columns (${columnsAre}), got ${got}`);
}
