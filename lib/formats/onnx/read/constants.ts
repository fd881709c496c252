import { atOnce, type Pieces } from '../../../event-loop';
import type { FloatArray } from '../../../native';
import { NotLayered } from './not-layered';
import type { Resolved } from './resolve';
import { type Constant, constant, copying, product } from './values';

/*
 * Operators on constants are computed when the file is read. Models have few of them, and small ones: shapes, axes, scaled weights.
 */

/** Elements that are moved at a time: a few tenths of a millisecond. */
const elementsAtOnce = 2 ** 13;

/** The values of a constant for each column of a value that depends on the rows. */
export function broadcast({ data, dims }: Constant, to: readonly number[]): Float64Array {
  const own = dims.length > to.length && dims[0] === 1 ? dims.slice(dims.length - to.length) : dims;
  const fits = own.length <= to.length && own.every((dim, i) => dim === 1 || dim === to[to.length - own.length + i]);
  if (!fits || product(own) !== data.length)
    throw new NotLayered(`a constant of the shape [${dims.join(', ')}] does not go with [rows, ${to.join(', ')}]`);
  return Float64Array.from(atOnce(spreading(data, own, to)));
}

/** Values of some shape, repeated to another one. */
function* spreading(data: FloatArray, dims: readonly number[], to: readonly number[]): Pieces<FloatArray> {
  const size = product(to);
  if (data.length === size) return data;
  const result = new Float64Array(size);
  yield* moving(data, stepsOf(dims, to), to, result);
  return result;
}

/** Fills an array of the shape `to` with the elements of another one, whose neighbours are `steps` apart along each axis. */
function* moving(data: FloatArray, steps: readonly number[], to: readonly number[], result: FloatArray): Pieces<void> {
  for (let index = 0; index < result.length; index++) {
    let rest = index;
    let from = 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const dim = to[axis] as number;
      from += (rest % dim) * (steps[axis] as number);
      rest = Math.floor(rest / dim);
    }
    result[index] = data[from] as number;
    if (index % elementsAtOnce === elementsAtOnce - 1) yield;
  }
}

/** How far apart neighbours are in memory along each axis; 0 where one value stands for all. */
function stepsOf(dims: readonly number[], to: readonly number[]): number[] {
  const steps = to.map(() => 0);
  let step = 1;
  for (let i = 1; i <= dims.length; i++) {
    const dim = dims[dims.length - i] as number;
    if (dim > 1) steps[to.length - i] = step;
    step *= dim;
  }
  return steps;
}

export function* folding(inputs: readonly Constant[], compute: (...values: number[]) => number, resolved: Resolved): Pieces<Constant> {
  const rank = Math.max(0, ...inputs.map(({ dims }) => dims.length));
  const to = Array.from({ length: rank }, (_, axis) => {
    const sizes = inputs.map(({ dims }) => dims[dims.length - rank + axis] ?? 1).filter((size) => size !== 1);
    if (new Set(sizes).size > 1) throw new NotLayered('the shapes of its inputs do not go together');
    return sizes[0] ?? 1;
  });
  const size = product(to);
  resolved.fold(size);
  // One number stands for all without being repeated.
  const operands: { data: FloatArray; step: number }[] = [];
  for (const { data, dims } of inputs) {
    if (data.length > 1 && data.length < size) resolved.fold(size);
    operands.push(data.length === 1 ? { data, step: 0 } : { data: yield* spreading(data, dims, to), step: 1 });
  }
  const result = new Float64Array(size);
  const values: number[] = [];
  for (let i = 0; i < size; i++) {
    for (const [index, { data, step }] of operands.entries()) values[index] = data[i * step] as number;
    result[i] = compute(...values);
    if (i % elementsAtOnce === elementsAtOnce - 1) yield;
  }
  return constant(result, to);
}

/** An array as long as another one, in its element type. */
export const sameKind = (data: FloatArray): FloatArray =>
  data instanceof Float32Array ? new Float32Array(data.length) : new Float64Array(data.length);

export function* transposing({ data, dims }: Constant, permutation: readonly number[] | undefined, resolved: Resolved): Pieces<Constant> {
  const order = permutation ?? dims.map((_, axis) => dims.length - 1 - axis);
  if (order.length !== dims.length || new Set(order).size < order.length || order.some((axis) => dims[axis] === undefined)) {
    throw new NotLayered(`its permutation [${order.join(', ')}] does not fit`);
  }
  const to = order.map((axis) => dims[axis] as number);
  const own = stepsOf(dims, dims);
  resolved.fold(data.length);
  const result = sameKind(data);
  yield* moving(
    data,
    order.map((axis) => own[axis] as number),
    to,
    result,
  );
  return constant(result, to);
}

/** Puts constants one behind the other along an axis. */
export function* concatenating(inputs: readonly Constant[], axis: number, resolved: Resolved): Pieces<Constant> {
  const [first] = inputs;
  if (first === undefined) throw new NotLayered('it has no inputs');
  const at = axis < 0 ? axis + first.dims.length : axis;
  const shape = (dims: readonly number[]): string => dims.map((dim, i) => (i === at ? '' : dim)).join();
  if (first.dims[at] === undefined || inputs.some(({ dims }) => shape(dims) !== shape(first.dims)))
    throw new NotLayered('the shapes of its inputs do not go together');
  const outer = product(first.dims.slice(0, at));
  const sizes = inputs.map(({ dims }) => product(dims.slice(at)));
  const width = sizes.reduce((sum, size) => sum + size, 0);
  resolved.fold(outer * width);
  const data = new Float64Array(outer * width);
  for (let row = 0; row < outer; row++) {
    let offset = row * width;
    for (const [index, { data: from }] of inputs.entries()) {
      const size = sizes[index] as number;
      yield* copying(from.subarray(row * size, (row + 1) * size), data, offset);
      offset += size;
    }
  }
  const along = inputs.reduce((sum, { dims }) => sum + (dims[at] as number), 0);
  return constant(
    data,
    first.dims.map((dim, i) => (i === at ? along : dim)),
  );
}

/** The elements at some indices along an axis. */
export function* taking(
  { data, dims }: Constant,
  axis: number,
  indices: readonly number[],
  indexDims: readonly number[],
  resolved: Resolved,
): Pieces<Constant> {
  const size = dims[axis];
  if (size === undefined) throw new NotLayered(`its axis ${axis} does not exist`);
  const [outer, inner] = [product(dims.slice(0, axis)), product(dims.slice(axis + 1))];
  resolved.fold(outer * indices.length * inner);
  const result = new Float64Array(outer * indices.length * inner);
  for (let row = 0; row < outer; row++) {
    for (const [place, given] of indices.entries()) {
      const index = given < 0 ? given + size : given;
      if (!Number.isInteger(index) || index < 0 || index >= size) throw new NotLayered(`its index ${given} is not below ${size}`);
      const from = (row * size + index) * inner;
      yield* copying(data.subarray(from, from + inner), result, (row * indices.length + place) * inner);
    }
  }
  return constant(result, [...dims.slice(0, axis), ...indexDims, ...dims.slice(axis + 1)]);
}
