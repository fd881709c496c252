import { selectColumns } from './columns';
import type { Node } from './node';
import { NotLayered } from './not-layered';
import type { Resolved } from './resolve';
import { type Flow, product } from './values';

/* The shapes of values that depend on the rows. */

/** The sizes of another shape with as many elements; 0 and -1 as `Reshape` has them. Of a flow the first one is that of the rows. */
export function reshaped(dims: readonly number[], given: readonly number[], keepsZeros: boolean): number[] {
  const sizes = given.map((size, axis) => (size === 0 && keepsZeros ? (dims[axis] ?? Number.NaN) : size));
  const known = product(sizes.filter((size) => size !== -1));
  const left = product(dims) / known;
  const to = sizes.map((size) => (size === -1 ? left : size));
  if (!to.every((size) => Number.isInteger(size) && size >= 0) || product(to) !== product(dims)) {
    throw new NotLayered(`the shape [${given.join(', ')}] does not fit`);
  }
  return to;
}

/** A flow in another shape. The rows must stay rows. */
export function reshapeFlow({ dims, expression, isVector }: Flow, given: readonly number[], isOfOneRow: boolean): Flow {
  if (isVector === true && given.length === 1) return { kind: 'flow', dims: reshaped(dims, given, true), expression, isVector };
  const [rows = Number.NaN, ...rest] = given;
  // -1 as the number of rows, and all other sizes known; or the rows' own number, which is NaN or 0 here, or 1 in a file for one row.
  const columns = product(dims);
  const keeps =
    rows === 0 || Number.isNaN(rows) || (rows === -1 && product(rest) === columns) || (rows === 1 && (isOfOneRow || isVector === true));
  if (!keeps) throw new NotLayered(`the shape [${given.join(', ')}] mixes rows`);
  const sizes = rest.map((size, axis) => (size === 0 ? (dims[axis] ?? 0) : size));
  return { kind: 'flow', dims: reshaped(dims, sizes, false), expression, isVector: false };
}

/** Axes before those of the columns: that of the rows, which a model for one vector does not have, and that of members. */
export const rowAxes = ({ isVector, stacked }: Flow): number => (isVector === true ? 0 : stacked === undefined ? 1 : 2);

/** The axes of a flow without the rows: from 0 on. */
export function columnAxis(axis: number, flow: Flow): number {
  const [rows, { length }] = [rowAxes(flow), flow.dims];
  const at = axis < 0 ? axis + length : axis - rows;
  if (!(at >= 0 && at < length)) throw new NotLayered(`its axis ${axis} is that of the rows, or does not exist`);
  return at;
}

export function withoutAxes(node: Node, dims: readonly number[], first: number): number[] {
  const axes = node.integers(1, 'axes')?.map((axis) => (axis < 0 ? axis + dims.length + first : axis) - first);
  return dims.filter((dim, axis) => !(axes === undefined ? dim === 1 : axes.includes(axis)));
}

export function withAxes(node: Node, dims: readonly number[], first: number): number[] {
  const axes = node.integers(1, 'axes') ?? [];
  const rank = dims.length + first + axes.length;
  const at = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis) - first));
  if (at.size < axes.length || [...at].some((axis) => !(axis >= 0 && axis < rank)))
    throw new NotLayered(`its axes ${axes.join(', ')} do not fit`);
  const rest = [...dims];
  return Array.from({ length: rank - first }, (_, axis) => (at.has(axis) ? 1 : (rest.shift() as number)));
}

/** Some places of a flow's axis. */
export function along(
  { dims, expression }: Flow,
  axis: number,
  indices: readonly number[],
  indexDims: readonly number[],
  resolved: Resolved,
): Flow {
  const [outer, size, inner] = [product(dims.slice(0, axis)), dims[axis] as number, product(dims.slice(axis + 1))];
  resolved.use(8 * outer * indices.length * inner);
  const columns = Array.from({ length: outer }, (_, i) => i).flatMap((row) =>
    indices.flatMap((index) => {
      if (!Number.isInteger(index) || index < -size || index >= size) throw new NotLayered(`its index ${index} is not below ${size}`);
      return Array.from({ length: inner }, (_, i) => (row * size + (index < 0 ? index + size : index)) * inner + i);
    }),
  );
  return { ...selectColumns(expression, columns, resolved), dims: [...dims.slice(0, axis), ...indexDims, ...dims.slice(axis + 1)] };
}

/** The input of a node that makes one number of all columns of a row. */
export function wholeRow(node: Node): Flow {
  const x = node.flow(0);
  const axes = node.integers(1, 'axes') ?? [];
  if (x.dims.length !== 1 || axes.length !== 1 || columnAxis(axes[0] as number, x) !== 0)
    throw new NotLayered('it must be over all columns of a row');
  return x;
}
