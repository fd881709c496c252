import { describe, wrongOption } from '../errors';
import type { Pieces } from '../event-loop';
import { didYouMean } from '../table/readings';
import type { Table } from '../table/table';
import { aligning } from './align';
import { type DroppedColumn, type Encoder, fittingEncoder } from './encoder';
import { type Kind, kindOf } from './kind';
import type { CheckedTrain } from './options';
import { type Parts, splitting } from './splits';
import { encodingTarget, fittingTarget, numbersOf, presentRows, type Target } from './target';
import { wrongData } from './wrong-data';

/*
 * A table becomes what networks are trained on.
 */

/** A table, with which of its columns are for what. */
export interface Assigned {
  table: Table;
  kind: Kind;
  /** Columns to predict from. */
  names: readonly string[];
  /** Columns that are for something else, or were to be left out. */
  dropped: readonly DroppedColumn[];
  /** Rows that have a target. */
  rows: Uint32Array;
}

/** Rows of a table as a network gets them: matrices of all rows of the table, and which of them count. */
export interface Part {
  table: Table;
  rows: Uint32Array;
  x: Float32Array;
  y: Float32Array | Int32Array;
  /** The target as it stood in the table, if it is a number. */
  values: Float64Array | undefined;
  weights: Float64Array | undefined;
}

/** Refuses options of `train` that name columns which the table does not have. */
function checkNames(table: Table, { target, features = [], drop, weights, split }: CheckedTrain): void {
  const known = new Set(table.names);
  const given: [option: string, name: string | undefined][] = [
    ['target', target],
    ...features.map((name, index): [string, string] => [`features[${index}]`, name]),
    ...drop.map((name, index): [string, string] => [`drop[${index}]`, name]),
    ['weights', weights],
    ['split.group', typeof split === 'object' && 'group' in split ? split.group : undefined],
    ['split.time', typeof split === 'object' && 'time' in split ? split.time : undefined],
  ];
  for (const [option, name] of given) {
    if (name === undefined || known.has(name)) continue;
    throw wrongOption(`${option} is ${describe(name)}, which is not a column of the table${didYouMean(name, table.names)}`);
  }
  for (const [option, names] of Object.entries({ features, drop })) {
    if (names.includes(target)) throw wrongOption(`${option} must not have the target ${describe(target)}`);
  }
  if (weights === target) throw wrongOption(`weights must not be the target ${describe(target)}`);
}

/** Finds out what each column is for. */
export function* assigning(table: Table, options: CheckedTrain): Pieces<Assigned> {
  const { target, features, drop, weights, split } = options;
  checkNames(table, options);
  const uses = new Map<string, string>(drop.map((name) => [name, 'left out, as asked']));
  if (weights !== undefined) uses.set(weights, 'has the weights of the rows');
  if (split !== 'random' && 'group' in split) uses.set(split.group, 'has the groups of the rows');
  const wanted = new Set(features ?? table.names);
  const names: string[] = [];
  const dropped: DroppedColumn[] = [];
  for (const { name, type, why } of table.columns) {
    if (name === target) continue;
    const use = uses.get(name) ?? (wanted.has(name) ? undefined : 'not among the features asked for');
    const unused = type === 'text' || type === 'id' ? why : undefined;
    if (use !== undefined || unused !== undefined) dropped.push({ column: name, why: (use ?? unused) as string });
    else names.push(name);
  }
  if (names.length === 0) {
    const others = dropped.map(({ column, why }) => `${describe(column)}: ${why}`).join('; ');
    throw wrongData(`the table has no column to predict ${describe(target)} from${others === '' ? '' : ` (${others.slice(0, 500)})`}`);
  }
  const column = table.column(target);
  const rows = yield* presentRows(column, table.rows);
  if (rows.length < 2)
    throw wrongData(`the target ${describe(target)} must have a value in two rows at least, got ${rows.length} of ${table.rows}`);
  return { table, kind: kindOf(column, rows, options.task), names, dropped, rows };
}

/** The start of a training. */
export interface Prepared {
  parts: Parts;
  target: Target;
  encoder: Encoder;
  dropped: DroppedColumn[];
  train: Part;
  /** Of a table of its own, or the same as `train` with other rows; undefined: there are no such rows. */
  validation: Part | undefined;
  test: Part | undefined;
}

/** Splits the rows, fits encoder and target to those to train on, and encodes all. */
export function* preparing(assigned: Assigned, options: CheckedTrain): Pieces<Prepared> {
  const { table, kind, rows } = assigned;
  const column = table.column(options.target);
  const isOfClasses = kind.task === 'classes';
  const all = isOfClasses ? yield* fittingTarget(column, 'classes', rows) : undefined;
  const classes = all && ((yield* encodingTarget(all, column, rows, table.rows)) as Int32Array);
  const share = (given: number | Table): number => (typeof given === 'number' ? given : 0);
  const source = { table, rows, classes, seed: options.seed };
  const parts = yield* splitting(source, options.split, share(options.test), share(options.validation));
  const fitted = yield* fitting(assigned, options, parts.train, all?.kind === 'classes' ? all.classes : undefined);
  const { encoder, target } = fitted;
  // Of all rows: the parts share one matrix.
  const whole = yield* encodingPart(table, rows, encoder, target, options.weights, false);
  const train = { ...whole, rows: parts.train };
  const partOf = function* (given: number | Table, rows: Uint32Array): Pieces<Part | undefined> {
    if (typeof given === 'number') return rows.length === 0 ? undefined : { ...whole, rows };
    return yield* encodingTable(given, encoder, target, options.weights);
  };
  const validation = yield* partOf(options.validation, parts.validation);
  const test = yield* partOf(options.test, parts.test);
  return { parts, ...fitted, train, validation, test };
}

/** Fits encoder and target to rows; `classes` where they are known already. */
export function* fitting(
  { table, kind, names, dropped: others }: Assigned,
  options: CheckedTrain,
  rows: Uint32Array,
  classes?: readonly string[],
): Pieces<{ encoder: Encoder; target: Target; dropped: DroppedColumn[] }> {
  const { encoder, dropped } = yield* fittingEncoder(table, names, rows);
  const target = yield* fittingTarget(table.column(options.target), kind.task, rows, classes);
  return { encoder, target, dropped: [...others, ...dropped] };
}

/** All rows of another table that have a target. */
export function* encodingTable(table: Table, encoder: Encoder, target: Target, weights: string | undefined): Pieces<Part> {
  if (!table.names.includes(target.name)) {
    throw wrongData(`the table has no column ${describe(target.name)}, the target${didYouMean(target.name, table.names)}`);
  }
  const rows = yield* presentRows(table.column(target.name), table.rows);
  if (rows.length === 0) throw wrongData(`the column ${describe(target.name)}, the target, has no value in the table`);
  return yield* encodingPart(table, rows, encoder, target, weights, true);
}

/** Encodes rows of a table. `strict`: a value may be missing only where training had missing ones. */
export function* encodingPart(
  table: Table,
  rows: Uint32Array,
  encoder: Encoder,
  target: Target,
  weights: string | undefined,
  strict: boolean,
): Pieces<Part> {
  const column = table.column(target.name);
  const values = target.kind === 'regression' ? numbersOf(column) : undefined;
  const y = yield* encodingTarget(target, column, rows, table.rows);
  const x = yield* encoder.encoding(yield* aligning(table, encoder, strict), table.rows);
  return { table, rows, x, y, values, weights: weights === undefined ? undefined : weightsOf(table, weights, rows) };
}

function weightsOf(table: Table, name: string, rows: Uint32Array): Float64Array {
  const column = table.column(name);
  const { values } = column as { values?: Float64Array };
  if (values === undefined) throw wrongData(`weights must name a column of numbers; ${describe(name)} was read as ${column.type}`);
  for (const row of rows) {
    const weight = values[row] as number;
    if (!(weight >= 0 && weight < Infinity)) throw wrongData(`weights must be 0 or more; ${describe(name)} has ${weight} in row ${row}`);
  }
  return values.map((weight) => (Number.isFinite(weight) ? Math.max(0, weight) : 0));
}
