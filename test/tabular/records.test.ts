import { beforeAll, describe, expect, it } from 'vitest';
import { ChainruleRangeError, ChainruleTypeError } from '../../lib';
import { Table, TabularModel } from '../../lib/tabular';
import { houses, quick } from './tables';

let model: TabularModel;
const good = { area: 100, rooms: 3, town: 'Ulm', garden: true, sold: '2022-05-01' };

beforeAll(async () => {
  const table = houses(80);
  const records = Array.from({ length: 80 }, (_, row) => ({
    ...table.record(row),
    note: row % 7 === 0 ? null : row + 0.5,
    name: `house number ${row}`,
  }));
  model = await TabularModel.train(Table.from(records), { target: 'price', ...quick });
});

const thrown = (value: unknown): Error & { code?: string } => {
  try {
    model.predict(value as never);
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
};

describe('a record', () => {
  it('is taken as it stood in the data, with more that training had', () => {
    const { value } = model.predict(good);
    expect(model.predict({ ...good, price: 1, name: 'house number 3' })).toEqual({ value });
    expect(model.predict({ ...good, sold: new Date(Date.UTC(2022, 4, 1)) })).toEqual({ value });
    expect(model.predict({ ...good, note: null })).toEqual({ value });
  });

  it.each<[string, object, RegExp]>([
    ['lacks a column', { area: undefined }, /^record has no "area": training had no missing value there/],
    ['has null where training had values', { rooms: null }, /^record has no "rooms" but null/],
    ['has an unknown column', { aria: 3 }, /^record has "aria", which is not a column of the model; did you mean "area"\?/],
    ['has a text for a number', { area: '100' }, /^record\["area"\] must be a number, got "100"/],
    ['has a number for a text', { town: 3 }, /^record\["town"\] must be a text such as "Bonn", got 3/],
    ['has a number for a boolean', { garden: 1 }, /^record\["garden"\] must be true, false or/],
    ['has nonsense for a date', { sold: 'May' }, /^record\["sold"\] must be a Date, or a text such as 2026-01-31/],
    ['has an object for a number', { area: {} }, /^record\["area"\] must be a number, got an object/],
    ['has a function for a text', { town: () => 'Ulm' }, /^record\["town"\] must be a text/],
  ])('that %s is an error that names the column', (_, change, message) => {
    const error = thrown({ ...good, ...change });
    expect(error.message).toMatch(message);
    expect(error instanceof ChainruleTypeError || error instanceof ChainruleRangeError).toBe(true);
    expect(error.code).toMatch(/^ERR_CHAINRULE_(TYPE|VALUE|OPTION)$/);
  });

  it('in a list is named by its index', () => {
    expect(thrown([good, { ...good, area: 'x' }]).message).toMatch(/^records\[1\]\["area"\]/);
    expect(thrown([good, 3]).message).toMatch(/^records\[1\] must be an object/);
  });

  it('that is none is an error', () => {
    for (const value of [undefined, null, 3, 'x', () => {}, Symbol('x')]) expect(thrown(value).code).toBe('ERR_CHAINRULE_TYPE');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(thrown(proxy).code).toBe('ERR_CHAINRULE_TYPE');
  });

  it('of a class with names of objects is read by its own properties', () => {
    const inherited = Object.create({ area: 100 }) as object;
    expect(thrown(Object.assign(inherited, { ...good, area: undefined })).message).toContain('has no "area"');
  });

  it('with an unknown category has a prediction', () => {
    expect(Number.isFinite(model.predict({ ...good, town: 'Paris' }).value)).toBe(true);
  });
});

describe('a table', () => {
  const table = (change: object) => Table.from([{ ...good, note: 1.5, ...change }]);

  it('may have more columns, and lack none', () => {
    expect(model.predict(table({ other: 1 }))).toEqual([model.predict({ ...good, note: 1.5 })]);
    expect(thrown(table({}).drop('area')).message).toMatch(/^the table has no column "area", which the model needs/);
    expect(thrown(Table.from([{ ...good, note: 1.5, aera: 100, area: undefined }]).drop('area')).message).toContain('did you mean "aera"?');
  });

  it('of other types is an error that says how to read it', () => {
    expect(thrown(table({ area: 'big' })).message).toMatch(
      /^the column "area" must be of the type number, as in training; it was read as .*schema: model.schema/,
    );
  });

  it('that lacks a value where training had all is an error with the row', () => {
    const rows = Table.from([
      { ...good, note: null },
      { ...good, note: 2.5, area: null },
    ]);
    expect(thrown(rows).message).toMatch(/^the column "area" has a missing value in row 1/);
  });

  it('is read into the types of the model by its schema', () => {
    const rows = Table.from(
      [
        { ...good, note: 1.5, town: 'Kiel' },
        { ...good, note: 1.5, town: 'Rome' },
      ],
      { schema: model.schema },
    );
    expect(rows.column('town').type).toBe('category');
    expect(model.predict(rows)).toEqual([
      model.predict({ ...good, note: 1.5, town: 'Kiel' }),
      model.predict({ ...good, note: 1.5, town: 'Rome' }),
    ]);
  });
});

it('numbers that were taken for categories are given as numbers or texts', async () => {
  const rows = Array.from({ length: 60 }, (_, row) => ({
    zip: [1067, 89073, 53111][row % 3] as number,
    price: (row % 3) * 10 + row / 100,
  }));
  const zips = await TabularModel.train(Table.from(rows, { columns: { zip: 'category' } }), { target: 'price', ...quick });
  expect(zips.predict({ zip: 89073 })).toEqual(zips.predict({ zip: '89073' }));
  expect(zips.predict({ zip: 89073 })).not.toEqual(zips.predict({ zip: 1067 }));
  expect(zips.predict(Table.from([{ zip: 89073 }, { zip: 1067 }]))).toEqual([zips.predict({ zip: 89073 }), zips.predict({ zip: 1067 })]);
});

it('a category that is unknown to a table of many has the mean of the others', async () => {
  const shades = Array.from({ length: 120 }, (_, row) => ({ shade: `s${row % 12}`, price: (row % 12) * 10 + row / 100 }));
  const { network, predict } = await TabularModel.train(Table.from(shades), { target: 'price', ...quick }).then((trained) => ({
    network: trained.network,
    predict: (shade: string) => trained.predict({ shade }).value as number,
  }));
  const data = network.inputs.at(-1)?.parameters.embedding?.data as Float32Array;
  for (let column = 0; column < 8; column++) {
    const mean = Array.from({ length: 12 }, (_, row) => data[8 * (row + 1) + column] as number).reduce((sum, one) => sum + one) / 12;
    expect(data[column]).toBeCloseTo(mean, 5);
  }
  expect(predict('s99')).toBe(predict('other'));
});

it('the schema is for forms: types, ranges, categories and what may be missing', () => {
  const { target, columns, dropped } = model.schema;
  expect(target).toMatchObject({ name: 'price', kind: 'regression' });
  expect(columns.map(({ name, type, missing }) => [name, type, missing])).toEqual([
    ['area', 'number', false],
    ['rooms', 'number', false],
    ['town', 'category', false],
    ['garden', 'boolean', false],
    ['sold', 'date', false],
    ['note', 'number', true],
  ]);
  expect(columns[2]?.categories).toEqual(['Bonn', 'Kiel', 'Ulm']);
  expect(dropped.map(({ column }) => column)).toEqual(['name']);
  expect(JSON.parse(JSON.stringify(model.schema))).toEqual(model.schema);
});
