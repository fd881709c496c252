import { describe, expect, it } from 'vitest';
import { atOnce } from '../../lib/event-loop';
import { Table, type TableOptions } from '../../lib/tabular';
import { aligning } from '../../lib/tabular/align';
import { type Encoder, fittingEncoder } from '../../lib/tabular/encoder';

const encoderOf = (columns: Record<string, unknown[]>, options: TableOptions = {}, rows?: number[]) => {
  const table = Table.from(columns as never, options);
  const all = Array.from({ length: table.rows }, (_, row) => row);
  return { table, ...atOnce(fittingEncoder(table, table.names, rows ?? all)) };
};
const encode = (encoder: Encoder, table: Table): number[][] => {
  const x = atOnce(encoder.encoding(atOnce(aligning(table, encoder, false)), table.rows));
  return Array.from({ length: table.rows }, (_, row) => [...x.subarray(row * encoder.width, (row + 1) * encoder.width)]);
};
const column = (rows: number[][], index: number): number[] => rows.map((row) => row[index] as number);
const close = (found: number[], wanted: number[]) => {
  expect(found).toHaveLength(wanted.length);
  for (const [index, value] of wanted.entries()) expect(found[index], `[${index}]`).toBeCloseTo(value, 6);
};

describe('numbers', () => {
  it("are scaled by median and quartiles, clipped smoothly, and placed among quantiles: NumPy's figures", () => {
    const { encoder, table } = encoderOf({ a: [1, 2, 3, 4, 100, 7.5, -3, 0.25], b: [0, 0, 0, 0, 0, 1, 0, 0] });
    const rows = encode(encoder, table);
    // np.interp between the different ones of eleven quantiles, and three tenths of the scaled number.
    const positions = [-0.62955436, -0.2100978, 0.2100978, 0.62955436, 2.10548558, 1.20762614, -1.582638, -1.02941836];
    close(column(rows, 0), positions);
    const zero = -0.7 * Math.sqrt(3);
    close(column(rows, 1), [zero, zero, zero, zero, zero, 1.711665142533183, zero, zero]);
    for (const index of [0, 1]) expect(column(rows, index + 2)).toEqual(column(rows, index));
  });

  it('have the mean and a mark where they are missing', () => {
    const { encoder, table } = encoderOf({ a: [1, null, 3, 8] });
    expect(encoder.features[0]).toMatchObject({ missing: 1, mean: 4, min: 1, max: 8 });
    const rows = encode(encoder, table);
    expect(rows[0]).toHaveLength(3);
    for (const index of [0, 1]) {
      const [one, missing, three, eight] = column(rows, index) as [number, number, number, number];
      expect(missing).toBeGreaterThan(three);
      expect(missing).toBeLessThan(eight);
      expect(one).toBeLessThan(three);
    }
    expect(new Set(column(rows, 2)).size).toBe(2);
    expect(rows[1]?.[2]).toBeGreaterThan(rows[0]?.[2] as number);
  });

  it('of any size stay between -3 and 3', () => {
    const { encoder } = encoderOf({ a: [1, 2, 3, 5e300, -1e308] });
    for (const value of [1e308, -1e308, Infinity, -Infinity, 5e-324, Number.NaN]) {
      for (const x of encoder.encode([value])) expect(Math.abs(x)).toBeLessThanOrEqual(3);
    }
  });
});

describe('positions', () => {
  it('spread numbers that crowd, and ascend as the numbers do', () => {
    // Nine of ten are 0, and the others far apart.
    const a = Array.from({ length: 3000 }, (_, row) => (row % 10 === 0 ? 1.01 ** row : 0));
    const { encoder, table } = encoderOf({ a });
    const positions = column(encode(encoder, table), 0);
    const sorted = a.map((value, row) => [value, positions[row] as number] as const).sort((x, y) => x[0] - y[0]);
    for (const [index, [, position]] of sorted.entries()) {
      if (index > 0) expect(position).toBeGreaterThanOrEqual(sorted[index - 1]?.[1] as number);
    }
    const others = sorted.slice(2700).map(([, position]) => position);
    expect((others.at(-1) as number) - (others[0] as number)).toBeGreaterThan(2);
  });

  it('are not there where all numbers are equal', () => {
    const { encoder, table } = encoderOf({ a: [7, null, 7, 7] });
    expect(encoder.features[0]).not.toHaveProperty('quantiles');
    expect([encoder.scales, encoder.numbers]).toEqual([1, 2]);
    expect(column(encode(encoder, table), 0)).toEqual([0, 0, 0, 0]);
  });

  it('come before other numbers', () => {
    const { encoder } = encoderOf({ a: [1, null, 3, 8], b: [5, 6, 7, 8.5] });
    expect([encoder.scales, encoder.numbers]).toEqual([2, 5]);
    expect(encoder.columnsOf(0)).toEqual([2, 3, 0]);
    expect(encoder.columnsOf(1)).toEqual([4, 1]);
  });
});

describe('categories', () => {
  const letters = (count: number) => Array.from({ length: 4 * count }, (_, row) => `c${String(row % count).padStart(2, '0')}`);

  it.each([
    [2, 1, 0],
    [3, 3, 0],
    [9, 9, 0],
    [10, 0, 1],
    [30, 0, 1],
  ])('%i of them become %i numbers and %i tables', (count, numbers, tables) => {
    const { encoder, table } = encoderOf({ a: letters(count) }, { columns: { a: 'category' } });
    expect([encoder.numbers, encoder.tables.length]).toEqual([numbers, tables]);
    const rows = encode(encoder, table);
    expect(new Set(rows.map((row) => row.join())).size).toBe(count);
    if (tables === 1) {
      expect(encoder.tables[0]).toEqual({ categories: count + 1, width: 8 });
      expect(column(rows, 0).slice(0, 3)).toEqual([1, 2, 3]);
    }
  });

  it('that are unknown or missing are alike', () => {
    for (const count of [2, 5, 12]) {
      const { encoder } = encoderOf({ a: letters(count) }, { columns: { a: 'category' } });
      const other = Table.from({ a: ['c01', 'new', null] }, { columns: { a: 'category' } });
      const [known, unknown, missing] = encode(encoder, other);
      expect(unknown).toEqual(missing);
      expect(unknown).not.toEqual(known);
    }
  });

  it('go by their texts, whatever their order in another table', () => {
    const { encoder, table } = encoderOf({ a: letters(4) }, { columns: { a: 'category' } });
    const other = Table.from({ a: ['c03', 'a', 'c00', 'b'] }, { columns: { a: 'category' } });
    const rows = encode(encoder, table);
    const found = encode(encoder, other);
    expect(found[0]).toEqual(rows[3]);
    expect(found[2]).toEqual(rows[0]);
  });
});

describe('dates', () => {
  it('become the parts that differ', () => {
    const dates = Array.from({ length: 40 }, (_, row) => new Date(Date.UTC(2020, row % 12, 1 + (row % 28))));
    const { encoder } = encoderOf({ a: dates });
    expect(encoder.features[0]).toMatchObject({ type: 'date', parts: ['time', 'month', 'day', 'weekday'] });
    expect(encoder.numbers).toBe(4);
    const hours = encoderOf({ a: dates.map((date, row) => new Date(date.getTime() + row * 3_600_000)) });
    expect(hours.encoder.features[0]).toMatchObject({ parts: ['time', 'month', 'day', 'weekday', 'hour'] });
  });

  it('have the means and a mark where they are missing', () => {
    const { encoder, table } = encoderOf({ a: [new Date(0), null, new Date(86_400_000 * 1000), new Date(86_400_000 * 20)] });
    const rows = encode(encoder, table);
    expect(rows.flat().every(Number.isFinite)).toBe(true);
    expect(new Set(rows.map((row) => row.at(-1))).size).toBe(2);
  });
});

it('constant and empty columns are left out, with the reason', () => {
  const { encoder, dropped } = encoderOf({ a: [1, 1, 1, 1], b: [1, 2, 3, 4.5], c: [null, null, null, null], d: ['x', 'x', 'x', 'x'] });
  expect(encoder.features.map(({ name }) => name)).toEqual(['b']);
  expect(dropped.map(({ column }) => column)).toEqual(['a', 'c', 'd']);
  expect(dropped[0]?.why).toContain('same value');
});

it('everything comes from the rows to train on', () => {
  const rows = [0, 1, 2, 3];
  const a = [1, 2, 3, 4.5];
  const fitted = encoderOf({ a: [...a, 1e6, null], b: ['x', 'y', 'x', 'y', 'z', null] }, { columns: { b: 'category' } }, rows);
  const alone = encoderOf({ a, b: ['x', 'y', 'x', 'y'] }, { columns: { b: 'category' } });
  expect(fitted.encoder.features).toEqual(alone.encoder.features);
  expect(fitted.encoder.features[1]).toMatchObject({ categories: ['x', 'y'], form: 'signs', missing: 0 });
});

it('a record is encoded as its row is', () => {
  const { encoder, table } = encoderOf({
    a: [1, null, 3, 8],
    b: ['x', 'y', 'z', 'x'],
    c: [new Date(0), new Date(1e12), null, new Date(1e11)],
  });
  const values = atOnce(aligning(table, encoder, false));
  for (const [row, encoded] of encode(encoder, table).entries()) {
    expect([...encoder.encode(values.map((column) => column[row] as number))]).toEqual(encoded);
  }
});
