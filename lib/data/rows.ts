import { wrongShape } from '../errors';
import { atOnce, type Pieces } from '../event-loop';
import { integer, isArray, isRevoked, lengthOf, optional } from '../options/check';
import { type Matrix, type MatrixLike, openMatrix } from './matrix';
import { readTensor } from './tensors';
import { typedArrayKind } from './typed-arrays';

/** A matrix of any width, in double precision; its values may be anything that a number can be. */
export interface AnyMatrix extends Matrix {
  columns: number;
}

/**
 * The rows of a matrix as arrays of numbers: for JSON, tables and other libraries.
 *
 * ```ts
 * toRows(nn.predict([[0, 1], [1, 1]])); // [[0.98], [0.03]]
 * ```
 *
 * @param output The result of `predict`, `{ data, shape }` (or `dims`), rows; or, with `columns`, a flat array.
 * @param columns The length of a row, where `output` is flat.
 * @throws TypeError or RangeError if it is something else.
 */
export function toRows(output: MatrixLike, columns?: number): number[][] {
  const { data, rows, columns: width } = toAnyMatrix(output, 'output', checkColumns(columns, 'columns'));
  return Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * width, (row + 1) * width)));
}

const checkColumns = optional(integer({ min: 1 }));

/** Reads a matrix whose number of columns is its own, or `given` where it is flat. */
export function toAnyMatrix(value: unknown, name: string, given?: number): AnyMatrix {
  return atOnce(readingAnyMatrix(value, name, given));
}

/** The same in pieces, where it is rows of numbers. */
export function* readingAnyMatrix(value: unknown, name: string, given?: number): Pieces<AnyMatrix> {
  const columns = columnsOf(value, name, given);
  if (columns === undefined) return { data: new Float64Array(), rows: 0, columns: 0 };
  const wanted = { columns, columnsAre: given === undefined ? 'of its first row' : 'columns', precision: 'f64' } as const;
  const { data, rows, reading } = openMatrix(value, name, wanted);
  if (reading !== undefined) yield* reading;
  return { data, rows, columns };
}

/** Undefined where there are no rows. */
function columnsOf(value: unknown, name: string, given: number | undefined): number | undefined {
  const isFlat = typedArrayKind(value) !== undefined;
  if (isFlat || isArray(value)) {
    const length = lengthOf(value as ArrayLike<unknown>, name);
    if (length === 0) return undefined;
    const first = isFlat ? 0 : (value as readonly unknown[])[0];
    if (typedArrayKind(first) !== undefined || isArray(first)) return positive(lengthOf(first as ArrayLike<unknown>, `${name}[0]`), name);
    if (typeof first !== 'number') return given ?? 1; // the conversion says what is wrong with it
    if (given === undefined) {
      throw wrongShape(
        `${name} must say how long a row is, got ${length} values: give { data, shape: [rows, columns] }, or the option columns`,
      );
    }
    return given;
  }
  if (typeof value !== 'object' || value === null || isRevoked(value)) return given ?? 1;
  const { shape } = readTensor(value, name, 'a matrix (rows of numbers, or { data, shape })');
  if (shape.length > 2) throw wrongShape(`${name}.shape must be [rows, columns], got [${shape.join(', ')}]`);
  const [rows, columns = given ?? 1] = shape;
  return rows === 0 ? undefined : positive(columns, name);
}

function positive(columns: number, name: string): number {
  if (columns === 0) throw wrongShape(`${name} must have at least one column, got none`);
  return columns;
}
