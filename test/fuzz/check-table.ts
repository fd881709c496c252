import { Table } from '../../lib/tabular';

/** A table has columns of its rows' length, codes that are categories, and rows that can be read, taken and joined. */
export function checkTable(found: unknown): void {
  const table = found as Table;
  const { rows, columns, names } = table;
  if (rows < 1 || columns.length < 1) throw new Error(`a table of ${rows} rows and ${columns.length} columns`);
  if (new Set(names).size < names.length) throw new Error('two columns have one name');
  for (const column of columns) {
    const { name } = column;
    const values = 'codes' in column ? column.codes : 'texts' in column ? column.texts : column.values;
    if (values && values.length !== rows) throw new Error(`the column ${name} has ${values.length} of ${rows} rows`);
    if (!('codes' in column)) continue;
    let missing = 0;
    for (const code of column.codes) {
      if (code === -1) missing++;
      else if (column.categories[code] === undefined) throw new Error(`the column ${name} has the code ${code}`);
    }
    if (missing !== column.missing) throw new Error(`the column ${name} says that ${column.missing} cells are missing, not ${missing}`);
  }
  const some = [0, rows - 1, Math.floor(rows / 2)];
  const taken = table.take(some);
  for (const [index, row] of some.entries()) same(taken.record(index), table.record(row));
  const joined = Table.concat(taken, table);
  same(joined.record(joined.rows - 1), table.record(rows - 1));
}

function same(one: unknown, other: unknown): void {
  if (JSON.stringify(one) !== JSON.stringify(other)) throw new Error('a row is another one in a table that was taken or joined');
}
