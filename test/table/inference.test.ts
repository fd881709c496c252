import { describe, expect, test } from 'vitest';
import { readTable, Table, type TableOptions } from '../../lib/tabular/index';

/** One column of a CSV file beside another, as an empty cell alone would be a blank line. */
async function column(cells: readonly string[], options?: TableOptions) {
  const table = await readTable({ text: `c,n\n${cells.map((cell) => `${cell},1.5\n`).join('')}` }, { header: true, ...options });
  return table.column('c');
}

const repeated = (cells: readonly string[], times: number) => Array.from({ length: times }, () => cells).flat();
const counted = (count: number, cell: (index: number) => string) => Array.from({ length: count }, (_, index) => cell(index));

describe('types', () => {
  test.each<[what: string, cells: string[], type: string, why: string]>([
    ['numbers', ['1', '-2.5', '+3e2', '.5', '5.'], 'number', 'every cell is a number'],
    ['few whole numbers', ['0', '1', '1', '0'], 'number', 'every cell is a number'],
    ['texts', ['x', 'y', 'x'], 'category', '2 distinct texts in 3 cells'],
    ['codes with zeros in front', ['01234', '98765'], 'category', 'among them "01234" with a zero in front'],
    ['true and false', ['True', 'False', 'True'], 'boolean', '"False" and "True"'],
    ['yes and no', ['yes', 'no', ''], 'boolean', '"no" and "yes"'],
    ['t and f', ['T', 'F'], 'boolean', '"F" and "T"'],
    ['yes alone', ['yes', 'yes'], 'category', '1 distinct text in 2 cells'],
    ['yes and yes', ['yes', 'YES'], 'category', '2 distinct texts in 2 cells'],
    ['dates', ['2026-03-31', '2024-02-29'], 'date', 'dates of ISO 8601'],
    ['dates of another order', ['31.03.2026', '01.02.2026'], 'category', 'dates are read as ISO 8601 has them: 2026-03-31'],
    ['dates that no month has', ['2026-02-30', '2026-02-28'], 'category', '2 distinct texts'],
    ['dates and another text', ['2026-03-31', 'x'], 'category', '2 distinct texts'],
    ['nothing at all', ['', 'NA', ''], 'text', 'every cell is missing'],
    ['a text of its own in each row', counted(30, (row) => `name ${row}`), 'id', 'a distinct text in each row'],
    ['a text of its own in each of few rows', counted(10, (row) => `name ${row}`), 'category', '10 distinct texts in 10 cells'],
    ['many texts', [...counted(30, (row) => `name ${row}`), 'name 1'], 'text', '30 distinct texts in 31 cells'],
    [
      'long texts',
      repeated(
        counted(30, (row) => `${row} ${'word '.repeat(20)}`),
        10,
      ),
      'text',
      '30 distinct texts in 300 cells',
    ],
    [
      'many categories',
      repeated(
        counted(300, (row) => `town ${row}`),
        3,
      ),
      'category',
      '300 distinct texts in 900 cells',
    ],
    ['rows counted from 1', counted(30, (row) => String(row + 1)), 'id', 'it counts the rows from 1'],
    ['rows counted from 0', counted(30, (row) => String(row)), 'id', 'it counts the rows from 0'],
    ['few rows counted', ['1', '2', '3'], 'number', 'every cell is a number'],
    ['years', counted(30, (row) => String(1990 + row)), 'number', 'every cell is a number'],
    ['distinct numbers with decimals', counted(30, (row) => `${row}.5`), 'number', 'every cell is a number'],
    ['numbers, then texts', [...counted(30, String), ...repeated(['x', 'y'], 30)], 'category', '32 distinct texts in 90 cells'],
    ['codes, most of them numbers', [...counted(400, (row) => String(row % 50)), 'A1', 'A2', 'A3', 'A4'], 'category', '54 distinct texts'],
  ])('%s', async (_, cells, type, why) => {
    expect(await column(cells)).toMatchObject({ type, why: expect.stringContaining(why) });
  });

  test('whole numbers of a column that is called an identifier', async () => {
    const text = counted(30, (row) => `${7 * row + 3},${row % 2}\n`).join('');
    for (const [name, type] of [
      ['PassengerId', 'id'],
      ['user_id', 'id'],
      ['ID', 'id'],
      ['width', 'number'],
      ['paid', 'number'],
    ])
      expect((await readTable({ text: `${name},y\n${text}` })).column(name as string).type, name).toBe(type);
  });
});

test.each(['category', 'text', 'id'] as const)('a column of numbers can be one of type %s', async (type) => {
  const found = await column(['7', '10', '', '7'], { columns: { c: type } });
  expect(found).toMatchObject({ type, missing: 1, why: 'as asked' });
  if (type === 'category') expect(found).toMatchObject({ categories: ['7', '10'], codes: Int32Array.of(0, 1, -1, 0) });
  else expect(found).toMatchObject({ texts: ['7', '10', null, '7'], distinct: 2, example: '7' });
});

test('the rows that an identifier counts can be numbers', async () => {
  expect(await column(counted(30, String), { columns: { c: 'number' } })).toMatchObject({ type: 'number', why: 'as asked' });
});

describe('missing values', () => {
  test('only those that are asked for, and an empty cell', async () => {
    const missing = { only: ['unknown'] };
    expect(await column(['None', 'unknown', '-', 'None', '', 'NA'], { missing })).toMatchObject({
      missing: 2,
      categories: ['-', 'NA', 'None'],
    });
    expect(Table.from({ c: ['None', 'x', null] }, { missing: { only: [] } }).column('c')).toMatchObject({ missing: 1 });
    expect(await column(['1', '-999', '', '2'], { missing: { only: ['-999'] } })).toMatchObject({ type: 'number', missing: 2 });
    expect(() => Table.from({ c: [1] }, { missing: { only: 'NA' } as never })).toThrow('options.missing.only');
    expect(() => Table.from({ c: [1] }, { missing: {} as never })).toThrow('options.missing.only');
  });

  test.each(['', '?', 'NA', 'na', 'N/A', '#N/A', 'NaN', 'null', 'NULL', 'None', 'nil', '-', '--', '.', ' ? ', '""'])('%j', async (cell) => {
    expect(await column(['1', cell, '2'])).toMatchObject({ type: 'number', missing: 1, values: Float64Array.of(1, NaN, 2) });
    expect(await column(['x', cell, 'y'])).toMatchObject({ type: 'category', missing: 1, codes: Int32Array.of(0, -1, 1) });
    expect(await column(['2026-01-01', cell])).toMatchObject({ type: 'date', missing: 1 });
  });

  test('others are said', async () => {
    expect(await column(['1', 'unknown', '-999', '-999.0'], { missing: ['unknown', '-999'] })).toMatchObject({
      type: 'number',
      missing: 3,
    });
    expect(Table.from({ c: [1, -999] }, { missing: ['-999'] }).column('c')).toMatchObject({ missing: 1 });
    expect(await column(['x', 'unknown', 'Unknown'], { missing: ['unknown'] })).toMatchObject({ missing: 1 });
  });
});

test('categories are in order: numbers by value, texts by code units', async () => {
  expect(await column(['10', '9', '9.5'], { columns: { c: 'category' } })).toMatchObject({ categories: ['9', '9.5', '10'] });
  expect(await column(['b', 'B', 'ä', 'a', '10', '9'])).toMatchObject({ categories: ['10', '9', 'B', 'a', 'b', 'ä'] });
});

test('decimal commas: read when asked for, hinted at else', async () => {
  const text = 'a;b\n1,5;x\n-2,25;y\n3;z\n';
  const table = await readTable({ text }, { decimal: ',' });
  expect(table.column('a')).toMatchObject({ type: 'number', values: Float64Array.of(1.5, -2.25, 3) });
  expect((await readTable({ text })).source.notes).toEqual([`"a": numbers with a decimal comma, with the option decimal: ','`]);
  expect(table.source.notes).toEqual([]);
});

test.each<[text: string, iso: string]>([
  ['2026-03-31', '2026-03-31T00:00:00.000Z'],
  ['2026-03-31T12:30', '2026-03-31T12:30:00.000Z'],
  ['2026-03-31 12:30:45', '2026-03-31T12:30:45.000Z'],
  ['2026-03-31T12:30:45.678901Z', '2026-03-31T12:30:45.678Z'],
  ['2026-03-31T12:30:00+02:00', '2026-03-31T10:30:00.000Z'],
  ['2026-03-31T12:30:00-0530', '2026-03-31T18:00:00.000Z'],
  ['0050-01-01', '0050-01-01T00:00:00.000Z'],
])('the date %s', async (text, iso) => {
  const table = await readTable({ text: `d,n\n${text},1\n` }, { columns: { d: 'date' } });
  expect((table.record(0).d as Date).toISOString()).toBe(iso);
});

describe('a schema', () => {
  const first = Table.from({ n: [1, 2, 3], c: ['x', 'y', 'x'], t: ['p', 'q', 'r'] }, { columns: { t: 'text' } });

  test('is plain data', () => {
    expect(JSON.parse(JSON.stringify(first.schema))).toEqual({
      columns: [
        { name: 'n', type: 'number' },
        { name: 'c', type: 'category', categories: ['x', 'y'] },
        { name: 't', type: 'text' },
      ],
    });
  });

  test('reads other data into its types and categories', async () => {
    const other = await readTable({ text: 'c,n,t,more\nz,,1,5\nx,4,2,6\n' }, { schema: first.schema });
    expect(other.column('c')).toMatchObject({ categories: ['x', 'y', 'z'], codes: Int32Array.of(2, 0), why: 'as in the schema' });
    expect(other.column('n')).toMatchObject({ type: 'number', missing: 1 });
    expect(other.column('t')).toMatchObject({ type: 'text' });
    expect(other.column('t')).not.toHaveProperty('texts');
    expect(other.column('more')).toMatchObject({ type: 'number', why: 'every cell is a number' });
    await expect(readTable({ text: 'n,c\nx,y\n' }, { schema: first.schema })).rejects.toThrow('line 2, column "n": "x" is not a number');
  });
});
