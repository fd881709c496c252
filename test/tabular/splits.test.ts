import { describe, expect, it } from 'vitest';
import { atOnce } from '../../lib/event-loop';
import { Table, TabularModel } from '../../lib/tabular';
import { type Parts, type SplitOptions, splitting } from '../../lib/tabular/splits';
import { houses, quick } from './tables';

const rowsOf = (table: Table): Uint32Array => Uint32Array.from({ length: table.rows }, (_, row) => row);
const split = (table: Table, options: SplitOptions, classes?: number[], seed = 0): Parts =>
  atOnce(splitting({ table, rows: rowsOf(table), classes: classes && Int32Array.from(classes), seed }, options, 0.2, 0.2));
const all = ({ train, validation, test }: Parts): number[] => [...train, ...validation, ...test].sort((a, b) => a - b);

describe('at random', () => {
  const table = Table.from({ a: Array.from({ length: 100 }, (_, row) => row + 0.5) });

  it('each row is in one part, by the seed', () => {
    const parts = split(table, 'random');
    expect(all(parts)).toEqual([...rowsOf(table)]);
    expect([parts.train.length, parts.validation.length, parts.test.length]).toEqual([64, 16, 20]);
    expect(split(table, 'random')).toEqual(parts);
    expect(split(table, 'random', undefined, 1)).not.toEqual(parts);
  });

  it('each class has its share in each part', () => {
    const classes = Array.from({ length: 100 }, (_, row) => (row < 75 ? 0 : 1));
    const { train, validation, test } = split(table, 'random', classes);
    const counts = [train, validation, test].map((part) => part.filter((row) => classes[row] === 0).length);
    expect(counts).toEqual([48, 12, 15]);
  });

  it('a class of one row or two is trained on', () => {
    const classes = Array.from({ length: 100 }, (_, row) => (row === 7 ? 1 : row < 3 && row > 0 ? 2 : 0));
    for (let seed = 0; seed < 20; seed++) {
      const { train } = split(table, 'random', classes, seed);
      expect(new Set([...train].map((row) => classes[row])).size).toBe(3);
    }
  });

  it('of few rows none are taken for validation', () => {
    const few = Table.from({ a: [1.5, 2.5, 3.5, 4.5, 5.5] });
    const { train, validation, test } = split(few, 'random');
    expect([train.length, validation.length, test.length]).toEqual([4, 0, 1]);
  });
});

it('all rows of a group are on one side', () => {
  const groups = Array.from({ length: 100 }, (_, row) => `g${row % 13}`);
  const table = Table.from({ g: groups });
  const parts = split(table, { group: 'g' });
  expect(all(parts)).toEqual([...rowsOf(table)]);
  const sides = [parts.train, parts.validation, parts.test].map((part) => new Set([...part].map((row) => groups[row])));
  expect(sides.reduce((sum, side) => sum + side.size, 0)).toBe(13);
  expect(parts.test.length).toBeGreaterThanOrEqual(20);
  expect(parts.test.length).toBeLessThan(30);
});

it('the last rows in time are tested with, and those before them are for validation', () => {
  const days = Array.from({ length: 50 }, (_, row) => new Date(86_400_000 * ((row * 17) % 50)));
  const { train, validation, test } = split(Table.from({ day: days }), { time: 'day' });
  const times = (part: Uint32Array) => [...part].map((row) => (days[row] as Date).getTime());
  expect(test).toHaveLength(10);
  expect(Math.max(...times(train))).toBeLessThan(Math.min(...times(validation)));
  expect(Math.max(...times(validation))).toBeLessThan(Math.min(...times(test)));
});

describe('in train', () => {
  it('the group is not predicted from, and the report says how rows were split', async () => {
    const byGroup = await TabularModel.train(houses(80), { target: 'price', ...quick, split: { group: 'rooms' } });
    expect(byGroup.report.split.how).toBe('at random, with all rows of one rooms on one side');
    expect(byGroup.report.dropped).toEqual([{ column: 'rooms', why: 'has the groups of the rows' }]);
    const byTime = await TabularModel.train(houses(80), { target: 'price', ...quick, split: { time: 'sold' } });
    expect(byTime.report.split).toMatchObject({ train: 51, validation: 13, test: 16, how: 'by sold: the last rows' });
  });

  it('weights count in training and in figures, and are not predicted from', async () => {
    const table = houses(100);
    const weighted = Table.from(Array.from({ length: 100 }, (_, row) => ({ ...table.record(row), weight: row % 2 === 0 ? 1 : 0.001 })));
    const model = await TabularModel.train(weighted, { target: 'price', ...quick, weights: 'weight' });
    const plain = await TabularModel.train(table, { target: 'price', ...quick });
    expect(model.schema.columns.map(({ name }) => name)).not.toContain('weight');
    expect(model.report.metrics).not.toEqual(plain.report.metrics);
    expect(model.report.baselines.mean?.rmse?.value).not.toBe(plain.report.baselines.mean?.rmse?.value);
  });

  it.each([
    [{ split: { time: 'town' } }, /^split.time must name a column of dates or numbers/],
    [{ split: { group: 'twon' } }, /^split.group is "twon", which is not a column of the table; did you mean "town"\?/],
    [{ split: 'time' }, /^split must be "random"/],
    [{ split: {} }, /^split must be 'random', \{ group/],
    [{ weights: 'town' }, /^weights must name a column of numbers/],
    [{ test: 1 }, /^test must be a finite number of at least 0 and below 1/],
    [{ test: 'x' }, /^test must be a share/],
  ])('%j is an error', async (options, message) => {
    await expect(TabularModel.train(houses(40), { target: 'price', ...quick, ...(options as object) })).rejects.toThrow(message);
  });
});
