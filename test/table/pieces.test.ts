import { describe, expect, test } from 'vitest';
import { atOnce, type Pieces } from '../../lib/event-loop';
import type { Column } from '../../lib/table/column';
import { inferTexts, type Reading } from '../../lib/table/infer';
import { inferNumbers } from '../../lib/table/numeric';
import { records } from '../../lib/table/places';
import { sorted } from '../../lib/table/sorting';
import { TextBuilder } from '../../lib/table/texts';
import { RandomNumbers } from '../support/random-numbers';

// Columns are finished in pieces, between which the event loop can turn. Pieces are counted: other programs have the machine, too.

const rows = 100_000;
/** Rows or texts of one piece: more than a piece has, as work differs. */
const pieceLength = 1 << 12;

function counted<T>(pieces: Pieces<T>): { count: number; result: T } {
  for (let count = 0; ; count++) {
    const { done, value } = pieces.next();
    if (done) return { count, result: value };
  }
}

describe('sorting', () => {
  const random = new RandomNumbers(1);

  test.each([0, 1, 2, 255, 256, 257, 1024, 10_000])('%d numbers', (length) => {
    const numbers = Float64Array.from({ length }, () => random.below(1000) - 500);
    expect(atOnce(sorted(Float64Array, numbers, (a, b) => a - b))).toEqual(numbers.slice().sort());
  });

  test('equal ones keep their order, and no piece is large', () => {
    const keys = Array.from({ length: rows }, () => random.below(10));
    const indices = keys.map((_, index) => index);
    const { count, result } = counted(sorted(Int32Array, indices, (a, b) => (keys[a] as number) - (keys[b] as number)));
    expect(result).toEqual(Int32Array.from(indices.sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b)));
    expect(count).toBeGreaterThan(rows / 256);
  });
});

const reading: Reading = { decimal: '.', why: 'as asked', keepTexts: true };

function finished(text: (row: number) => string, how: Partial<Reading>): { count: number; result: Column } {
  const builder = new TextBuilder();
  for (let row = 0; row < rows; row++) builder.add(text(row), row);
  const texts = counted(builder.finish('a', records));
  const column = counted(inferTexts(texts.result, { ...reading, ...how }));
  return { count: texts.count + column.count, result: column.result };
}

test.each<[string, (row: number) => string, Partial<Reading>]>([
  ['category', (row) => `user ${row % 40_000}`, {}],
  ['category', (row) => String(row % 40_000), { asked: 'category' }],
  ['category', (row) => `user ${row % 40_000}`, { categories: ['user 7', 'another'] }],
  ['number', (row) => String(row / 7), {}],
  ['number', (row) => String(row / 7), { asked: 'number' }],
  ['date', (row) => new Date(row * 1e7).toISOString(), {}],
  ['text', (row) => `text ${row}`, { asked: 'text' }],
  ['boolean', (row) => String(row % 3 === 0), {}],
])('a column of type %s is finished in pieces', (type, text, how) => {
  const { count, result } = finished(text, how);
  expect(result.type).toBe(type);
  expect(count).toBeGreaterThan((2 * rows) / pieceLength);
});

test.each(['rows', 'userId', 'measured'])('so are the numbers of %s', (name) => {
  const values = Float64Array.from({ length: rows }, (_, row) => (name === 'userId' ? (row * 7919) % 1_000_003 : row));
  const { count, result } = counted(inferNumbers(name, values, undefined, 'found'));
  expect(result.type).toBe('id');
  expect(count).toBeGreaterThan((2 * rows) / pieceLength - 2);
});
