import { mostInputs } from '../../../options';
import { broadcast } from './constants';
import {
  type Category,
  type Expression,
  filled,
  type InputColumns,
  type InputPart,
  type Layered,
  type Mapped,
  scaled,
} from './expressions';
import { chosen, heads, mixedHeads } from './heads';
import type { Node } from './node';
import { NotLayered } from './not-layered';
import { type Resolved, resolve } from './resolve';
import type { Constant, Flow } from './values';

/* Columns of a row that are taken out and put beside each other: the inputs of a model, mostly. */

const flow = (expression: Expression): Flow => ({ kind: 'flow', dims: [expression.columns], expression });

/** Some columns of a value. Those of `x` itself in their order stay `x`; others are a product with ones and zeros. */
export function selectColumns(expression: Expression, indices: readonly number[], resolved: Resolved): Flow {
  const of = resolve(expression, resolved);
  const at = indices.map((index) => (index < 0 ? index + of.columns : index));
  if (at.length === 0 || at.some((index) => !Number.isInteger(index) || index < 0 || index >= of.columns)) {
    throw new NotLayered(`the columns [${indices.slice(0, 20).join(', ')}] are not those of its input`);
  }
  const first = at[0] as number;
  const inOrder = at.every((index, i) => index === first + i);
  if (inOrder && at.length === of.columns) return flow(of);
  if (inOrder && of.op === 'input') return flow({ op: 'input', first: of.first + first, columns: at.length });
  resolved.use(of.columns * at.length);
  return flow(chosen(of, at));
}

/** Of one column; a network has a column for each. */
const mostCategories = 2 ** 20;

/** The parts of the first layer's input, with the factors and summands of those that are scaled. */
interface Parts {
  parts: InputPart[];
  factors: number[];
  summands: number[];
}

function add(to: Parts, of: Layered): void {
  if (of.op === 'scaled') {
    const inner: Parts = { parts: [], factors: [], summands: [] };
    add(inner, of.of);
    to.parts.push(...inner.parts);
    to.factors.push(...inner.factors.map((factor, i) => factor * (of.factors[i] as number)));
    to.summands.push(...inner.summands.map((summand, i) => summand * (of.factors[i] as number) + (of.summands[i] as number)));
    return;
  }
  const parts = of.op === 'joined' ? of.parts : of.op === 'input' || of.op === 'category' || of.op === 'periodic' ? [of] : undefined;
  if (parts === undefined)
    throw new NotLayered(
      'beside each other are read columns of the input, scaled or encoded, and products with one value, each with an activation',
    );
  to.parts.push(...parts);
  for (let i = 0; i < of.columns; i++) {
    to.factors.push(1);
    to.summands.push(0);
  }
}

export function concatenateColumns(flows: readonly Flow[], resolved: Resolved): Flow {
  const values = flows.map(({ expression }) => resolve(expression, resolved));
  return flow(
    (values.length === 2 ? probabilities(values) : undefined) ?? heads(values, resolved) ?? mixedHeads(values, resolved) ?? joined(values),
  );
}

function joined(values: readonly Layered[]): Layered {
  const all: Parts = { parts: [], factors: [], summands: [] };
  for (const value of values) add(all, value);
  const parts: InputPart[] = [];
  for (const part of all.parts) {
    const last = parts.at(-1);
    if (part.op === 'input' && last?.op === 'input' && last.first + last.columns === part.first) {
      parts[parts.length - 1] = { ...last, columns: last.columns + part.columns };
    } else parts.push(part);
  }
  const columns = parts.reduce((sum, part) => sum + part.columns, 0);
  const of: Layered = parts.length === 1 ? (parts[0] as InputPart) : { op: 'joined', columns, parts };
  return scaled(of, Float64Array.from(all.factors), Float64Array.from(all.summands));
}

/** `[1 - p, p]` of a sigmoid is the softmax of `[0, z]`. */
function probabilities([first, second]: readonly Layered[]): Layered | undefined {
  if (first?.op !== 'scaled' || first.of !== second || first.factors[0] !== -1 || first.summands[0] !== 1) return undefined;
  if (second?.op !== 'activated' || second.activation !== 'sigmoid' || second.columns !== 1) return undefined;
  const z: Layered = { op: 'affine', columns: 2, of: second.of, weights: Float32Array.of(0, 1), transposed: false };
  return { op: 'activated', columns: 2, of: z, activation: 'softmax' };
}

/** The columns of `x` that indices are in. */
function indicesIn({ expression }: Flow): InputColumns {
  const of = beforeCast(expression) ?? expression;
  if (of.op !== 'input') throw new NotLayered('its indices must be columns of the input');
  return of;
}

/** The expression whose fractions a cast drops. */
function beforeCast(expression: Expression): Expression | undefined {
  const [of] = expression.op === 'mapped' && expression.operator === 'Cast' ? expression.of : [];
  return typeof of === 'object' ? of : undefined;
}

/** Indices to which a whole number is added, another one for each column: they are rows of tables one below the other. */
export function shiftedIndices(operator: string, flow: Flow, numbers: Constant): Flow | undefined {
  const of = beforeCast(flow.expression);
  if (operator !== 'Add' || of?.op !== 'input' || !numbers.data.every(Number.isInteger)) return undefined;
  const summands = broadcast(numbers, flow.dims);
  const shifted = scaled(of, filled(of.columns, 1), summands);
  return { ...flow, expression: { ...(flow.expression as Mapped), of: [shifted] } };
}

/** Refuses categories that would make a small file large in memory. */
function checkCategories(count: number, categories: number): void {
  if (!(count * categories <= mostCategories)) throw new NotLayered(`its categories are more than ${mostCategories} in all`);
}

/** The rows of a table at the indices of columns. Where each column adds a number of its own, its table ends where the next one begins. */
export function embed({ data, dims }: Constant, indices: Flow, axis: number, resolved: Resolved): Flow {
  const [rows = 0, columns = 0] = dims;
  if (dims.length !== 2 || axis !== 0) throw new NotLayered('its table must be [categories, columns], and its axis 0');
  const shifted = beforeCast(indices.expression) ?? indices.expression;
  const isShifted = shifted.op === 'scaled' && shifted.factors.every((factor) => factor === 1);
  const { first, columns: count } = indicesIn(isShifted ? { ...indices, expression: shifted.of } : indices);
  if (count > mostInputs) throw new NotLayered(`its indices are more than ${mostInputs} columns`);
  const begins = isShifted ? shifted.summands : new Float64Array(count);
  const ends = Float64Array.from([...begins, rows]).sort();
  const parts = Array.from(begins, (begin, i): Category => {
    const end = ends.find((other) => other > begin);
    if (!(Number.isInteger(begin) && begin >= 0 && end !== undefined && end <= rows))
      throw new NotLayered(`its indices begin at ${begin}, where the table has ${rows} rows`);
    const table = data.subarray(begin * columns, end * columns);
    resolved.use(table.length);
    return { op: 'category', columns, first: first + i, categories: end - begin, table };
  });
  const expression: Layered = parts.length === 1 ? (parts[0] as Category) : { op: 'joined', columns: count * columns, parts };
  return { kind: 'flow', dims: [...indices.dims, columns], expression };
}

export function oneHot(node: Node): Flow {
  const indices = node.flow(0);
  const categories = node.constant(1).data[0] as number;
  const { data } = node.constant(2);
  if (data[0] !== 0 || data[1] !== 1 || node.int('axis', -1) !== -1) throw new NotLayered('it must make zeros and ones');
  if (!Number.isInteger(categories) || categories < 2) throw new NotLayered('it must be of 2 categories or more');
  const { first, columns: count } = indicesIn(indices);
  checkCategories(count, categories);
  const parts = Array.from({ length: count }, (_, i): Category => ({ op: 'category', columns: categories, first: first + i, categories }));
  return { kind: 'flow', dims: [...indices.dims, categories], expression: { op: 'joined', columns: count * categories, parts } };
}

/** Categories that are any whole numbers, as rows of a table: `valueAt(column, row)` by the category's index, which is -1 for others. */
export function encodeColumns(
  x: Flow,
  categories: readonly number[],
  valueAt: (column: number, row: number) => number,
  columns: number,
): Layered {
  if (categories.length === 0 || !categories.every((category) => category >= 0))
    throw new NotLayered('its categories must be whole numbers from 0 on');
  const most = categories.reduce((largest, category) => Math.max(largest, category), 0);
  const { first, columns: count } = indicesIn(x);
  const isOneHot = columns > 1 && columns === most + 1 && categories.every((category, row) => category === row);
  checkCategories(count, isOneHot ? columns : (most + 1) * columns);
  const rowOf = new Map(categories.map((category, row) => [category, row]));
  const table = new Float32Array(isOneHot ? 0 : (most + 1) * columns);
  for (let i = 0; i < table.length; i++) table[i] = valueAt(i % columns, rowOf.get(Math.floor(i / columns)) ?? -1);
  const parts = Array.from(
    { length: count },
    (_, i): Category => ({
      ...{ op: 'category', columns, first: first + i, categories: most + 1 },
      ...(!isOneHot && { table }),
    }),
  );
  return count === 1 ? (parts[0] as Category) : { op: 'joined', columns: count * columns, parts };
}
