import { describe, expect, test } from 'vitest';
import { readTable, Table } from '../../lib/tabular/index';

const first = Table.from({ x: [1, Number.NaN], town: ['Ulm', 'Bonn'], ok: [true, false] });
const second = Table.from({ ok: [false], town: ['Aachen'], x: [3] }, { schema: first.schema });

describe('Table.concat', () => {
  test('joins rows by the names of columns; categories of later tables come behind', () => {
    const joined = Table.concat(first, second);
    expect(joined.rows).toBe(3);
    expect(joined.names).toEqual(['x', 'town', 'ok']);
    expect(Array.from({ length: 3 }, (_, row) => joined.record(row))).toEqual([
      ...[0, 1].map((row) => first.record(row)),
      { x: 3, town: 'Aachen', ok: false },
    ]);
    expect(joined.column('x').missing).toBe(1);
    expect(joined.column('town')).toMatchObject({ categories: ['Bonn', 'Ulm', 'Aachen'] });
  });

  test('identifiers and free text stay unused', async () => {
    const text = `id,x\n${Array.from({ length: 30 }, (_, row) => `k${row},${row}`).join('\n')}\n`;
    const table = await readTable({ text });
    const { schema } = table;
    const joined = Table.concat(table, await readTable({ text: 'id,x\nk30,30\n' }, { schema }));
    expect(joined.column('id')).toMatchObject({ type: 'id', distinct: 31 });
    expect(joined.rows).toBe(31);
  });

  test.each([
    ['no table', [], /at least one table/],
    ['no table of ours', [first, {} as Table], /tables\[1\] must be a Table/],
    ['a column less', [first, first.drop('x')], /tables\[1\] has no column "x", which the first table has/],
    ['a column more', [first.drop('x'), first], /tables\[1\] has a column "x", which the first table lacks/],
    [
      'another type',
      [first.select('x'), Table.from({ x: ['a', 'b'] })],
      /the column "x" is of the type number in the first table, and category in/,
    ],
  ])('%s is refused', (_, tables, message) => {
    expect(() => Table.concat(...tables)).toThrow(message);
  });
});
