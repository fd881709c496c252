import { describe, expect, test } from 'vitest';
import { Table, type TableOptions } from '../../lib/tabular/index';

const houses = Table.from([
  { rooms: 3, town: 'Ulm', sold: true, built: new Date('1990-01-01') },
  { rooms: null, town: 'Bonn', sold: false, garden: 2 },
  { rooms: 5, town: 'Ulm', sold: true, built: undefined },
]);

test('records become columns; keys that a record lacks are missing', () => {
  expect(houses.names).toEqual(['rooms', 'town', 'sold', 'built', 'garden']);
  expect(houses.columns.map(({ type, missing }) => [type, missing])).toEqual([
    ['number', 1],
    ['category', 0],
    ['boolean', 0],
    ['date', 2],
    ['number', 2],
  ]);
  expect(houses.record(0)).toEqual({ rooms: 3, town: 'Ulm', sold: true, built: new Date('1990-01-01'), garden: null });
  expect(houses.source).toEqual({ format: 'records', notes: [] });
});

test('columns become columns: arrays and typed arrays', () => {
  const table = Table.from({ a: Float32Array.of(0.5, NaN), b: ['x', 'NA'], c: [1n, '2'], d: [true, null] });
  expect(table.columns.map(({ type }) => type)).toEqual(['number', 'category', 'number', 'boolean']);
  expect([table.record(0), table.record(1)]).toEqual([
    { a: 0.5, b: 'x', c: 1, d: true },
    { a: null, b: null, c: 2, d: null },
  ]);
});

test('records may be of an interface or a class', () => {
  interface House {
    rooms: number;
  }
  class Flat {
    rooms = 2;
  }
  const houses: House[] = [{ rooms: 3 }];
  expect(Table.from(houses).record(0)).toEqual({ rooms: 3 });
  expect(Table.from([new Flat()]).record(0)).toEqual({ rooms: 2 });
});

test('texts among numbers and numbers among texts are texts', () => {
  expect(Table.from({ a: [1, 'x', 2] }).column('a')).toMatchObject({ type: 'category', categories: ['1', '2', 'x'] });
  expect(Table.from({ a: ['x', 1] }).column('a')).toMatchObject({ categories: ['1', 'x'] });
  expect(Table.from({ a: [new Date(0), 'x'] }).column('a')).toMatchObject({ categories: ['1970-01-01T00:00:00.000Z', 'x'] });
});

test('a table of Arrow is read through its getChildAt', () => {
  const data = [
    [1, 2],
    ['x', null],
    [0, 86_400_000],
  ];
  const fields = [{ name: 'n' }, { name: 's' }, { name: 'd', type: { typeId: 10 } }];
  const arrow = { numRows: 2, schema: { fields }, getChildAt: (index: number) => ({ get: (row: number) => data[index]?.[row] }) };
  const table = Table.from(arrow);
  expect(table.record(1)).toEqual({ n: 2, s: null, d: new Date('1970-01-02') });
  expect(table.source.format).toBe('arrow');
  expect(() => Table.from({ ...arrow, schema: { fields: [{ name: 'n' }, { name: 'n' }] } })).toThrow(
    'the Arrow table calls two columns "n"',
  );
});

describe('parts of a table', () => {
  test('take copies rows', () => {
    const taken = houses.take([2, 0, 2]);
    expect(taken.rows).toBe(3);
    expect([0, 1, 2].map((row) => taken.record(row).rooms)).toEqual([5, 3, 5]);
    expect(taken.column('garden').missing).toBe(3);
    expect(taken.column('town')).toMatchObject({ categories: ['Bonn', 'Ulm'], codes: Int32Array.of(1, 1, 1) });
    const kept = Table.from({ a: ['p', null, 'q'] }, { columns: { a: 'text' } });
    expect(kept.take(Uint8Array.of(1, 2)).column('a')).toMatchObject({ texts: [null, 'q'], missing: 1 });
  });

  test('select and drop share columns', () => {
    expect(houses.select('town', 'rooms').names).toEqual(['town', 'rooms']);
    expect(houses.drop('town', 'sold').names).toEqual(['rooms', 'built', 'garden']);
    expect(houses.drop('town').column('rooms')).toBe(houses.column('rooms'));
  });
});

test('names of columns may be anything', () => {
  const table = Table.from(JSON.parse('[{"__proto__": 1, "constructor": "x", "": 2}]'));
  expect(Object.keys(table.record(0))).toEqual(['__proto__', 'constructor', '']);
  expect(table.column('constructor').type).toBe('category');
  expect(() => table.column('toString')).toThrow('the table has no column "toString"');
});

describe('errors', () => {
  test.each<[what: string, act: () => unknown, code: string, message: string]>([
    ['a misspelt column', () => houses.column('room'), 'OPTION', 'the table has no column "room"; did you mean "rooms"?'],
    ['another column', () => houses.column('price'), 'OPTION', 'it has "rooms", "town", "sold", "built", "garden"'],
    ['to drop what is not there', () => houses.drop('tow'), 'OPTION', 'did you mean "town"?'],
    ['to drop everything', () => houses.select('town').drop('town'), 'SHAPE', 'a table has at least one column'],
    ['to select twice', () => houses.select('town', 'town'), 'OPTION', 'a column cannot be selected twice'],
    ['a name that is none', () => houses.column(1 as never), 'TYPE', 'name must be the name of a column, got 1'],
    ['a row beyond the end', () => houses.record(3), 'VALUE', 'row must be the index of a row, less than 3, got 3'],
    ['a row before the beginning', () => houses.take([0, -1]), 'VALUE', 'rows[1] must be the index of a row, less than 3, got -1'],
    ['a fraction of a row', () => houses.take([0.5]), 'VALUE', 'rows[0] must be'],
    ['no records', () => Table.from([]), 'SHAPE', 'records must have at least one row'],
    ['records without keys', () => Table.from([{}]), 'SHAPE', 'records must have at least one column'],
    ['no columns', () => Table.from({}), 'SHAPE', 'at least one column'],
    ['no rows', () => Table.from({ a: [] }), 'SHAPE', 'at least one row'],
    ['columns of two lengths', () => Table.from({ a: [1], b: [1, 2] }), 'SHAPE', 'columns must have one length: "a" has 1 values, "b" 2'],
    ['a number', () => Table.from(1 as never), 'TYPE', 'data must be an object, got 1'],
    ['a record that is none', () => Table.from([{ a: 1 }, null] as never), 'TYPE', 'records[1] must be an object, got null'],
    ['a column that is none', () => Table.from({ a: 'xyz' }), 'TYPE', 'data["a"] must be an array or typed array, got "xyz"'],
    [
      'an object in a cell',
      () => Table.from([{ a: 1 }, { a: {} }]),
      'TYPE',
      'records[1]["a"] must be a number, text, boolean, Date, or null',
    ],
    ['infinity', () => Table.from({ a: [1, Infinity] }), 'VALUE', 'columns["a"][1] must be a finite number, or null or NaN'],
    [
      'a text that is no number',
      () => Table.from([{ a: 'x' }], { columns: { a: 'number' } }),
      'FORMAT',
      'records[0]["a"]: "x" is not a number',
    ],
    ['an option that is none', () => Table.from([{ a: 1 }], { column: {} } as TableOptions), 'OPTION', 'did you mean "columns"?'],
  ])('%s', (_, act, code, message) => {
    expect(act).toThrow(expect.objectContaining({ code: `ERR_CHAINRULE_${code}`, message: expect.stringContaining(message) }));
  });

  test('objects that fail when they are touched', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(() => Table.from(proxy as never)).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_TYPE' }));
    expect(() => Table.from([{ a: proxy }])).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_TYPE' }));
  });
});
