import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type ArrowTable, readTable, Table } from '../../lib/tabular/index';

type Type = new (...parts: object[]) => object;

interface Package {
  Table: new (columns: Record<string, object>) => ArrowTable;
  makeVector(values: object): object;
  vectorFromArray(values: readonly unknown[], type: object): object;
  tableFromIPC(bytes: Uint8Array): ArrowTable;
  tableToIPC(table: ArrowTable, format: 'file'): Uint8Array;
  Bool: Type;
  DateDay: Type;
  Dictionary: Type;
  Int32: Type;
  TimestampMillisecond: Type;
  Utf8: Type;
}

// By its path: the package is in this folder, and not in those of the types.
const apache = createRequire(path.join(__dirname, 'package.json'))('apache-arrow') as Package;
const { makeVector, tableFromIPC, tableToIPC, vectorFromArray, Bool, DateDay, Dictionary, Int32, TimestampMillisecond, Utf8 } = apache;

// Tables of the real apache-arrow: the package's own tests use one of their own.

const day = new Date('2026-03-31');
const arrow = new apache.Table({
  float: makeVector(Float64Array.of(1.5, NaN, 3)),
  whole: makeVector(BigInt64Array.of(1n, 2n, 3n)),
  text: vectorFromArray(['x', null, 'y'], new Utf8()),
  coded: vectorFromArray(['p', 'q', 'p'], new Dictionary(new Utf8(), new Int32())),
  yes: vectorFromArray([true, false, null], new Bool()),
  day: vectorFromArray([day, null, day], new DateDay()),
  time: vectorFromArray([day, day, null], new TimestampMillisecond()),
});

test.each([
  ['in memory', arrow],
  ['from a file', tableFromIPC(tableToIPC(arrow, 'file'))],
])('a table %s', (_, given) => {
  const table = Table.from(given);
  expect(table.columns.map(({ type }) => type)).toEqual(['number', 'number', 'category', 'category', 'boolean', 'date', 'date']);
  expect(table.columns.map(({ missing }) => missing)).toEqual([1, 0, 1, 0, 1, 1, 1]);
  expect(table.record(0)).toEqual({ float: 1.5, whole: 1, text: 'x', coded: 'p', yes: true, day, time: day });
});

test('a file of Arrow is refused with what to do instead', async () => {
  await expect(readTable({ bytes: tableToIPC(arrow, 'file') })).rejects.toThrow("give Table.from what apache-arrow's tableFromIPC returns");
});
