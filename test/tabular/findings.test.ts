import { describe, expect, it } from 'vitest';
import { Table, TabularModel } from '../../lib/tabular';
import { RandomNumbers } from '../support/random-numbers';
import { flowers, houses, quick } from './tables';

const codes = async (table: Table, target: string, options: object = {}): Promise<string[]> =>
  (await TabularModel.train(table, { target, ...quick, refit: false, epochs: 2, ...options })).report.warnings.map(({ code }) => code);

const withColumn = (table: Table, name: string, value: (row: number) => unknown): Table =>
  Table.from(Array.from({ length: table.rows }, (_, row) => ({ ...table.record(row), [name]: value(row) })) as never);

it('data without faults have no warnings', async () => {
  expect(await codes(houses(200), 'price')).toEqual([]);
  expect(await codes(flowers(200), 'kind')).toEqual([]);
});

describe('a column that gives the target away', () => {
  const table = houses(200);
  const price = (row: number): number => table.record(row).price as number;
  const kinds = flowers(200);

  it.each<[string, Table, string]>([
    ['in other units', withColumn(table, 'thousands', (row) => price(row) / 1000), 'price'],
    ['by a curve', withColumn(table, 'root', (row) => -Math.sqrt(price(row))), 'price'],
    ['as text', withColumn(kinds, 'name', (row) => `a ${kinds.record(row).kind}`), 'kind'],
    ['as a number', withColumn(kinds, 'petals', (row) => ({ lily: 3, orchid: 5, rose: 7 })[kinds.record(row).kind as 'lily']), 'kind'],
  ])('%s', async (_, given, target) => {
    expect(await codes(given, target)).toEqual(['WARN_CHAINRULE_TARGET_GIVEN']);
  });

  it('a strong column is none', async () => {
    const random = new RandomNumbers(4);
    expect(
      await codes(
        withColumn(table, 'guess', (row) => price(row) * random.between(0.9, 1.1)),
        'price',
      ),
    ).toEqual([]);
  });
});

it('rows to test with that are trained on', async () => {
  const table = houses(60);
  const twice = table.take([...Array(120).keys()].map((row) => row % 60));
  const { report } = await TabularModel.train(twice, { target: 'price', ...quick, refit: false });
  const found = report.warnings.find(({ code }) => code === 'WARN_CHAINRULE_DUPLICATES');
  expect(found?.message).toMatch(/^\d\d of 24 rows to test with are equal to rows that are trained on/);
});

it('classes that are rare, of one row, or the only one', async () => {
  const table = flowers(300);
  const kind = (row: number): string => table.record(row).kind as string;
  const single = withColumn(table, 'kind', (row) => (row === 17 ? 'daisy' : kind(row)));
  expect(await codes(single, 'kind')).toEqual(['WARN_CHAINRULE_RARE_CLASS', 'WARN_CHAINRULE_IMBALANCE']);
  const constant = withColumn(table, 'kind', () => 'rose');
  const model = await TabularModel.train(constant, { target: 'kind', ...quick });
  expect(model.report.warnings.map(({ code }) => code)).toEqual(['WARN_CHAINRULE_TARGET_CONSTANT']);
  expect(model.predict({ length: 1, width: 1, colour: 'red' })).toEqual({ label: 'rose', probabilities: { rose: 1 } });
});

it('a constant number', async () => {
  const table = withColumn(houses(60), 'price', () => 7.5);
  const model = await TabularModel.train(table, { target: 'price', ...quick });
  expect(model.report.warnings.map(({ code }) => code)).toEqual(['WARN_CHAINRULE_TARGET_CONSTANT']);
  expect(model.predict(table).every(({ value }) => value === 7.5)).toBe(true);
  expect(model.report.metrics).toMatchObject({ rmse: { value: 0 }, r2: { value: null } });
});

it('rows without a target', async () => {
  const table = houses(100);
  const { report } = await TabularModel.train(
    withColumn(table, 'price', (row) => (row % 4 === 0 ? null : table.record(row).price)),
    { target: 'price', ...quick },
  );
  expect(report.data).toMatchObject({ rows: 100, rowsWithoutTarget: 25 });
  expect(report.warnings).toEqual([{ code: 'WARN_CHAINRULE_TARGET_MISSING', message: '25 of 100 rows have no "price" and were left out' }]);
  expect(report.refit?.rows).toBe(75);
});
