import { ChainruleTypeError, describe, wrongShape, wrongType } from '../errors';
import type { FloatArray } from '../native';
import { isArray, lengthOf } from '../options/check';
import { notANumber } from './advice';
import { checkElementType } from './element-types';
import { hint, type Part, refuseForeign } from './foreign';
import { elementCount, type NumericArray, newArray, plainView, similarArray, typedArrayKind } from './typed-arrays';

/** The values of a tensor row by row, and its shape. */
export interface RowMajor {
  data: unknown;
  shape: number[];
}

/** A tensor with more dimensions is an error everywhere; its shape is read for the message only. */
const mostDimensions = 8;

/**
 * The parts of `{ data, shape }` (or `dims`), each read once. Properties of other libraries' tensors that change what `data` means are
 * honoured (strides, offset, order of dimensions: the values are copied) or refused by name.
 */
export function readTensor(tensor: object, name: string, expected: string): RowMajor {
  const part = partsOf(tensor);
  refuseForeign(part, name);
  const [data, given, called] =
    part('shape') === undefined || part('shape') === null
      ? [part('data'), part('dims'), `${name}.dims`]
      : [part('data'), part('shape'), `${name}.shape`];
  if (data === undefined || data === null || given === undefined || given === null) {
    const error = wrongType(name, expected, tensor);
    error.message += hint(tensor, part, name);
    throw error;
  }
  const shape = readShape(given, called, name);
  checkElementType(part, data, name);
  return { data: inRows(part, data, shape, name), shape };
}

/** Reads each property once, so that no getter gives two answers. */
function partsOf(tensor: object): Part {
  const read = new Map<string, unknown>();
  return (key) => {
    if (!read.has(key)) read.set(key, (tensor as Record<string, unknown>)[key]);
    return read.get(key);
  };
}

function readShape(given: unknown, called: string, name: string): number[] {
  const sizes = numbersOf(given, called, 'an array of whole numbers');
  if (sizes.length === 0 || !sizes.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)) {
    throw wrongShape(`${name}.shape must be whole numbers [rows, columns], got ${listed(sizes)}`);
  }
  return sizes as number[];
}

/** A short list, each element read once. */
function numbersOf(list: unknown, called: string, expected: string): unknown[] {
  const isTyped = typedArrayKind(list) !== undefined;
  if (!isTyped && !isArray(list)) throw wrongType(called, expected, list);
  const values = isTyped ? plainView(list, called) : (list as readonly unknown[]);
  const length = lengthOf(values, called);
  if (length > mostDimensions) return [];
  return Array.from({ length }, (_, index) => values[index]);
}

const listed = (values: readonly unknown[]): string =>
  `[${values.map((value) => (typeof value === 'number' ? String(value) : describe(value))).join(', ')}]`;

/** Where the elements lie: `offset + i * strides[0] + j * strides[1]`, counted in elements. */
interface Layout {
  offset: number;
  strides: readonly number[];
  /** How the layout is called in messages. */
  called: string;
}

/** The values row by row: `data` itself, or a copy where they lie in another order. */
function inRows(part: Part, data: unknown, shape: readonly number[], name: string): unknown {
  const layout = readLayout(part, shape, name);
  if (layout === undefined) return data;
  if (shape.length > 2) throw wrongShape(`${name}.shape must have one or two dimensions, got ${listed(shape)}`);
  const [rows = 0, columns = 1] = shape;
  const count = elementCount(name, rows, columns);
  const isTyped = typedArrayKind(data) !== undefined;
  if (!isTyped && !isArray(data)) throw wrongType(`${name}.data`, 'a typed array or an array of numbers', data);
  const values: ArrayLike<unknown> = isTyped ? plainView(data, `${name}.data`) : (data as readonly unknown[]);
  const length = lengthOf(values, `${name}.data`);
  checkBounds(layout, shape, length, name);
  const { offset, strides } = layout;
  if (offset === 0 && length === count && strides.every((stride, index) => stride === rowMajor(shape)[index] || shape[index] === 1)) {
    return data;
  }
  const [down = 0, right = 0] = strides;
  const copy = isTyped ? similarArray(values as NumericArray, count) : roomFor(count, length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values[offset + row * down + column * right];
      if (typeof value !== 'number' && !isArray(copy)) throw notANumber(`${name}.data`, 'numbers', value);
      (copy as unknown[])[row * columns + column] = value;
    }
  }
  return copy;
}

/** Room for copies of an array's elements. A stride of 0 repeats them: of many repeated ones, an array would end the process. */
const roomFor = (count: number, length: number): unknown[] | FloatArray => (count <= length ? [] : newArray('f64', count));

function checkBounds({ offset, strides, called }: Layout, shape: readonly number[], length: number, name: string): void {
  if (shape.includes(0)) return;
  let first = offset;
  let last = offset;
  for (const [index, stride] of strides.entries()) {
    const reach = ((shape[index] as number) - 1) * stride;
    if (reach < 0) first += reach;
    else last += reach;
  }
  if (first < 0 || last >= length) {
    const reached = first < 0 ? first : last;
    throw wrongShape(
      `${name}.${called} must stay within the ${length} elements of ${name}.data, but reaches element ${reached}; it counts elements, not bytes`,
    );
  }
}

/** How the values lie, where it is not row by row from the first on. */
function readLayout(part: Part, shape: readonly number[], name: string): Layout | undefined {
  const byteOffset = part('byteOffset') ?? 0;
  if (byteOffset !== 0) {
    throw refused(name, 'byteOffset', byteOffset, `view the values instead, new Float32Array(buffer, byteOffset, length) as ${name}.data`);
  }
  const offset = part('offset') ?? 0;
  if (!Number.isSafeInteger(offset) || (offset as number) < 0) throw wrongType(`${name}.offset`, 'a whole number', offset);
  const strides = readStrides(part, shape, name);
  const columnMajor = isColumnMajor(part, strides !== undefined, name);
  if (strides !== undefined) {
    return { offset: offset as number, strides, called: (part('strides') ?? undefined) === undefined ? 'stride' : 'strides' };
  }
  if (columnMajor && shape.length > 1) {
    const [rows = 0] = shape;
    return { offset: offset as number, strides: [1, rows], called: 'shape in column-major order' };
  }
  return offset === 0 ? undefined : { offset: offset as number, strides: rowMajor(shape), called: 'offset' };
}

const rowMajor = (shape: readonly number[]): number[] => (shape.length === 1 ? [1] : [shape[1] ?? 1, 1]);

function readStrides(part: Part, shape: readonly number[], name: string): number[] | undefined {
  const [one, other] = [part('strides') ?? undefined, part('stride') ?? undefined];
  const given = one ?? other;
  if (given === undefined) return undefined;
  const key = one === undefined ? 'stride' : 'strides';
  const expected = `an array with a whole number for each of ${shape.length} dimensions`;
  if (one !== undefined && other !== undefined) throw refused(name, 'stride', other, 'it has strides, too: give one of them');
  const strides = numbersOf(given, `${name}.${key}`, expected);
  if (strides.length !== shape.length || !strides.every(Number.isSafeInteger)) {
    throw wrongShape(`${name}.${key} must be ${expected}, got ${listed(strides)}`);
  }
  return strides as number[];
}

const rowsFirst = new Set(['row-major', 'c', 'rows', 'row']);
const columnsFirst = new Set(['column-major', 'col-major', 'f', 'fortran', 'columns', 'column']);

/** Whether the values are said to lie column by column. Strides say it better: where they are given, `order` only describes them. */
function isColumnMajor(part: Part, hasStrides: boolean, name: string): boolean {
  const claims: boolean[] = [];
  for (const key of ['fortranOrder', 'fortran_order']) {
    const value = part(key) ?? undefined;
    if (value === undefined) continue;
    if (typeof value !== 'boolean') throw wrongType(`${name}.${key}`, 'true or false', value);
    if (value && hasStrides) throw refused(name, key, value, 'it has strides, too: give one of them');
    claims.push(value);
  }
  const order = part('order') ?? undefined;
  if (order !== undefined && !hasStrides) {
    const word = typeof order === 'string' ? order.toLowerCase() : '';
    if (!rowsFirst.has(word) && !columnsFirst.has(word)) throw wrongType(`${name}.order`, '"row-major" or "column-major"', order);
    claims.push(columnsFirst.has(word));
  }
  if (claims.includes(true) && claims.includes(false)) throw refused(name, 'order', order, 'its properties contradict one another');
  return claims.includes(true);
}

/** A property of a tensor that cannot be honoured. */
function refused(name: string, key: string, value: unknown, instead: string): ChainruleTypeError {
  return new ChainruleTypeError('ERR_CHAINRULE_TYPE', `${name}.${key} is not supported, got ${describe(value)}: ${instead}`);
}
