import type { Column, Table } from '../../tabular/index';
import { count, grid, short, some } from '../lines';
import { shortened } from '../terminal-text';

const mostColumns = 100;
const mostCategories = 5;

/** A line for each column of a table: its name, type, missing cells, and what is in it. */
export function columnLines({ columns }: Table): string[] {
  const rows = columns.slice(0, mostColumns).map((column) => [shortened(column.name), column.type, missingText(column), contentOf(column)]);
  const more = columns.length - mostColumns;
  const last = more > 0 ? [[`and ${count(more)} more`, '', '', '']] : [];
  return grid([['column', 'type', 'missing', 'content'], ...rows, ...last], 'left');
}

const missingText = ({ missing }: Column): string => (missing === 0 ? '' : count(missing));

function contentOf(column: Column): string {
  switch (column.type) {
    case 'number':
      return rangeOf(column.values, short);
    case 'date':
      return rangeOf(column.values, (value) => new Date(value).toISOString().replace('T00:00:00.000Z', ''));
    case 'category':
    case 'boolean':
      return `${count(column.categories.length)}: ${some(column.categories, mostCategories)}`;
    default:
      return `${column.why}${column.example === '' ? '' : `, such as "${shortened(column.example)}"`}`;
  }
}

/** The least and the largest value. */
export function rangeOf(values: Float64Array, text: (value: number) => string): string {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? 'nothing' : `${text(low)} to ${text(high)}`;
}
