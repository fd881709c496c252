import { describe, wrongValue } from '../errors';
import type { Column } from '../table/column';
import { wrongData } from './wrong-data';

/** The kind of a problem: numbers to predict, or classes. */
export type Task = 'regression' | 'classes';

/** A task, and what it was inferred from. */
export interface Kind {
  task: Task;
  why: string;
}

/** AutoGluon's thresholds: whole numbers are classes where this share of the rows, or less, are different ones. */
const fewShare = { ofFewRows: 0.1, ofManyRows: 0.05 };
const manyRows = 1000;
/** The most whole numbers that are taken for classes unasked. AutoGluon allows 1000, which takes ages and prices for classes. */
const mostClassNumbers = 20;
/** The most classes at all. */
export const mostClasses = 10_000;

/** The kind of problem that a target is. `rows` are those where it is not missing. */
export function kindOf(column: Column, rows: ArrayLike<number>, asked: Task | undefined): Kind {
  const { name, type } = column;
  if (type === 'date') {
    throw wrongData(`target ${describe(name)} has dates, which cannot be predicted; the days since one of them can`);
  }
  const values = 'values' in column ? column.values : undefined;
  if (type === 'category' || type === 'boolean' || values === undefined) {
    if (asked === 'regression') {
      throw wrongValue('task', `"classes", as ${describe(name)} has texts where regression needs numbers`, asked);
    }
    if ((type === 'text' || type === 'id') && column.texts === undefined) {
      throw wrongData(
        `target ${describe(name)} is ${type === 'id' ? 'an identifier' : 'free text'} (${column.why}); to take its ${column.distinct} different ` +
          `values for classes, read the table with { columns: { ${JSON.stringify(name)}: 'category' } }`,
      );
    }
    return { task: 'classes', why: asked === undefined ? `${describe(name)} has texts` : 'as asked' };
  }
  if (asked !== undefined) return { task: asked, why: 'as asked' };
  return kindOfNumbers(name, values, rows);
}

function kindOfNumbers(name: string, values: Float64Array, rows: ArrayLike<number>): Kind {
  const distinct = new Set<number>();
  let whole = true;
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i] as number] as number;
    distinct.add(value);
    whole &&= Number.isInteger(value);
  }
  const { size } = distinct;
  const most = rows.length * (rows.length > manyRows ? fewShare.ofManyRows : fewShare.ofFewRows);
  if (size === 2 && whole) return { task: 'classes', why: `${describe(name)} has two numbers; { task: 'regression' } predicts a number` };
  if (whole && size > 1 && size <= Math.min(most, mostClassNumbers)) {
    return {
      task: 'classes',
      why: `${describe(name)} has ${size} whole numbers in ${rows.length} rows; { task: 'regression' } predicts a number`,
    };
  }
  const hint = whole && size <= mostClasses ? "; { task: 'classes' } predicts one of them" : '';
  return { task: 'regression', why: `${describe(name)} has ${size} different numbers${hint}` };
}
