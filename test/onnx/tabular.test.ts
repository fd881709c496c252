import { describe, expect, test } from 'vitest';
import { NeuralNetwork } from '../../lib';
import { type RecordLike, Table, TabularModel, type TrainOptions } from '../../lib/tabular';
import { RandomNumbers } from '../support/random-numbers';
import { runColumns } from './runtime';

// Models of tables run in onnxruntime: its predictions for the columns are ours for the records.

/** Of the row's largest output. */
const tolerance = 1e-5;

const missing: RecordLike = {
  ...{ height: null, width: null, visits: null, town: null, street: null, garden: null, built: null, sold: null },
};

/** Numbers, categories of each form, booleans and dates; each has missing values, but for `area` and `colour`. */
function rowsOf(count: number): Record<string, unknown>[] {
  const random = new RandomNumbers(7);
  const day = 86_400_000;
  return Array.from({ length: count }, () => {
    const area = random.between(30, 200);
    const all = {
      area,
      height: random.between(-1e-3, 1e-3),
      width: 1e12 + random.between(0, 1e6),
      visits: random.below(20) === 0 ? 1 : 0,
      colour: random.pick(['blue', 'red']),
      town: random.pick(['Bonn', 'Kiel', 'Ulm', 'Köln', '日本']),
      street: `street ${random.below(15)}`,
      garden: random.below(2) === 1,
      built: new Date(Math.round(random.between(-30_000, 20_000)) * day),
      sold: new Date(Date.UTC(2024, 1, 1 + random.below(60), random.below(24), random.below(60))),
    };
    const gaps = Object.entries(missing).filter(() => random.below(12) === 0);
    const price = 1000 * area + (all.town === 'Bonn' ? 30_000 : 0) + 100 * all.sold.getUTCDay();
    return { ...all, ...Object.fromEntries(gaps), price, kind: ['flat', 'house', 'villa'][Math.min(2, Math.floor(area / 70))] };
  });
}

const rows = rowsOf(400);
const table = Table.from(rows);

/** Rows of training, and rows such as it had none of. */
function unseen(): Record<string, unknown>[] {
  const {
    price: _,
    kind: __,
    ...plain
  } = rows.find((row) => Object.values(row).every((value) => value !== null)) as Record<string, unknown>;
  const changes: RecordLike[] = [
    {},
    missing,
    ...Object.keys(missing).map((name) => ({ [name]: null })),
    ...[Infinity, -Infinity, 1.7e308, -1.7e308, 1e15, -1e15, 1e-300, 0, -0].map((value) => ({
      ...{ area: value, height: value, width: value, visits: value },
    })),
    ...['Paris', 'bonn', 'Bonn ', 'blue', 'Köln'].map((text) => ({ town: text, street: text, colour: text })),
    ...[true, false].map((garden) => ({ garden })),
    ...['0001-01-01', '1600-02-29', '1900-03-01', '1969-12-31T23:59:59.999Z', '2000-02-29', '2100-12-31', '9999-12-31T23:59:59.999Z'].map(
      (date) => ({
        ...{ built: new Date(date), sold: new Date(date) },
      }),
    ),
  ];
  return changes.map((change) => ({ ...plain, ...change }));
}

const records: Record<string, unknown>[] = [...rows.slice(0, 150).map(({ price: _, kind: __, ...plain }) => plain), ...unseen()];

/** The columns of records as an ONNX runtime takes them. */
function columnsOf({ schema }: TabularModel, given: readonly RecordLike[]): Record<string, Float64Array | string[]> {
  const columnOf = (name: string, type: string): Float64Array | string[] => {
    const values = given.map((record) => record[name]);
    if (type === 'number') return Float64Array.from(values, (value) => (value ?? Number.NaN) as number);
    if (type === 'date') return Float64Array.from(values, (value) => (value === null ? Number.NaN : (value as Date).getTime()));
    return values.map((value) => String(value ?? ''));
  };
  return Object.fromEntries(schema.columns.map(({ name, type }) => [name, columnOf(name, type)]));
}

const options = { epochs: 3, importance: false } as const;
const trained = (given: Partial<TrainOptions>, from = table): Promise<TabularModel> =>
  TabularModel.train(from, { target: 'price', drop: ['kind'], ...options, ...given });

async function expectSame(model: TabularModel, given: readonly RecordLike[], opset?: number): Promise<void> {
  const found = await runColumns(model.toONNX(opset === undefined ? {} : { opset }), columnsOf(model, given));
  const wanted = model.predict(given);
  const { classes } = model.schema.target;
  if (classes === undefined) {
    expect(Object.keys(found)).toEqual(['value']);
    expect(found.value?.dims).toEqual([given.length, 1]);
    const far = wanted.filter(
      ({ value = Number.NaN }, row) => !(Math.abs((found.value?.data[row] as number) - value) <= tolerance * Math.abs(value)),
    );
    expect(far).toEqual([]);
    return;
  }
  expect(Object.keys(found)).toEqual(['label', 'probabilities']);
  expect(found.label?.dims).toEqual([given.length]);
  expect(found.probabilities?.dims).toEqual([given.length, classes.length]);
  expect(found.label?.data).toEqual(wanted.map(({ label }) => label));
  const far = wanted.filter(({ probabilities = {} }, row) => {
    const own = classes.map((name) => probabilities[name] as number);
    const differences = own.map((value, index) => Math.abs(value - (found.probabilities?.data[row * classes.length + index] as number)));
    return !(Math.max(...differences) <= tolerance * Math.max(...own));
  });
  expect(far).toEqual([]);
}

describe.each(['default', 'fast'] as const)('recipe %s', (recipe) => {
  test.each([17, 18, 21])('regression, opset %d', async (opset) => {
    const model = await trained({ recipe });
    const forms = model.schema.columns.map(({ type, categories }) => categories?.length ?? type);
    expect(forms).toEqual(['number', 'number', 'number', 'number', 2, 5, 15, 2, 'date', 'date']);
    expect(new Set(model.predict(records).map(({ value }) => value)).size).toBeGreaterThan(100);
    await expectSame(model, records, opset);
  });

  test('classes', async () => {
    const model = await trained({ recipe, target: 'kind', drop: ['price'] });
    expect(new Set(model.predict(records).map(({ label }) => label)).size).toBeGreaterThan(1);
    await expectSame(model, records);
  });
});

test('one row, and two', async () => {
  const model = await trained({ recipe: 'fast' });
  for (const count of [1, 2]) await expectSame(model, records.slice(0, count));
});

test.each([
  ['numbers', ['area', 'height']],
  ['numbers without missing ones', ['area']],
  ['one category of a few', ['town']],
  ['one category of two', ['colour']],
  ['one category of many', ['street']],
  ['categories of many', ['street', 'other']],
  ['booleans', ['garden']],
  ['dates', ['sold', 'built']],
])('columns of one kind: %s', async (_, features) => {
  const from = Table.from(rows.map((row, index) => ({ ...row, other: `other ${(index * 7) % 12}` })));
  const model = await trained({ recipe: 'fast', features, drop: [] }, from);
  await expectSame(
    model,
    records.map((record, row) => Object.fromEntries(features.map((name) => [name, { ...record, other: `other ${row % 14}` }[name]]))),
  );
});

test('a scale that is 0, and numbers whose difference is infinite', async () => {
  const from = Table.from(
    Array.from({ length: 60 }, (_, row) => ({ a: row % 30 === 3 ? -1.7e308 : 1.7e308, b: row % 9, price: row + 0.5 })),
  );
  const model = await trained({ recipe: 'fast', drop: [] }, from);
  expect(model.encode({ a: -1.7e308, b: 7 })[0]).toBe(0);
  await expectSame(
    model,
    [5, 1.7e308, -1.7e308, Infinity, 0].map((a) => ({ a, b: 7 })),
  );
});

test('every day of 800 years', async () => {
  const day = 86_400_000;
  const model = await trained({ recipe: 'fast', features: ['built'], drop: [] });
  await expectSame(
    model,
    Array.from({ length: 292_194 }, (_, index) => ({ built: new Date(Date.UTC(1582, 9, 15) + index * day) })),
  );
});

test('a class alone', async () => {
  const from = Table.from(Array.from({ length: 60 }, (_, row) => ({ a: row % 17, kind: 'only' })));
  const model = await trained({ recipe: 'fast', target: 'kind', drop: [] }, from);
  await expectSame(
    model,
    [3, 4].map((a) => ({ a })),
  );
});

test('booleans that the data have as yes and no', async () => {
  const from = Table.from(Array.from({ length: 60 }, (_, row) => ({ open: row % 3 === 0 ? 'yes' : 'no', price: 1 + 1.5 * (row % 3) })));
  const model = await trained({ recipe: 'fast', drop: [] }, from);
  expect(model.schema.columns).toMatchObject([{ type: 'boolean', categories: ['no', 'yes'] }]);
  expect(model.predict({ open: true })).not.toEqual(model.predict({ open: false }));
  await expectSame(
    model,
    ['yes', 'no', true, false, 'perhaps'].map((open) => ({ open })),
  );
});

test('names of columns that the graph has, too, and other outputs', async () => {
  const names = ['encoder.Where', 'constants.0x1', 'layers.0.weights', 'value', 'a b "c" ü'];
  const from = Table.from(
    Array.from({ length: 60 }, (_, row) => Object.fromEntries([...names, 'price'].map((name, i) => [name, row * (i + 1) + 0.5]))),
  );
  const model = await trained({ recipe: 'fast', drop: [] }, from);
  const given = [Object.fromEntries(names.map((name, index) => [name, 3 * index]))];
  const { predicted_value: found } = await runColumns(model.toONNX({ outputPrefix: 'predicted_' }), columnsOf(model, given));
  expect(found?.data[0]).toBeCloseTo(model.predict(given)[0]?.value as number, 3);
});

test('such a file is no network, and the error says so', async () => {
  const model = await trained({ recipe: 'fast' });
  await expect(NeuralNetwork.fromONNX(model.toONNX())).rejects.toMatchObject({
    code: 'ERR_CHAINRULE_UNSUPPORTED',
    message: 'bytes is a model of a table, for ONNX runtimes: TabularModel.load reads the file that save wrote',
  });
});
