import { describe, expect, test, vi } from 'vitest';
import { checkOptions } from '../../lib/table/options';
import { parquetRecords } from '../../lib/table/parquet-records';
import { readTable } from '../../lib/tabular/index';
import { RandomNumbers } from '../support/random-numbers';

describe('Parquet', async () => {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'n', data: [1, 2.5, null], type: 'DOUBLE' },
        { name: 's', data: ['x', null, 'y'], type: 'STRING' },
        { name: 'whole', data: [1n, 2n, 3n], type: 'INT64' },
        { name: 'yes', data: [true, false, null], type: 'BOOLEAN' },
        { name: 'time', data: [new Date(0), new Date(1), new Date(2)], type: 'TIMESTAMP' },
      ],
      rowGroupSize: 2,
    }),
  );

  /** A few bytes that are many rows: a constant column is stored as one run. */
  const dense = (rows: number) =>
    parquetWriteBuffer({ columnData: [{ name: 'n', data: new Array(rows).fill('one and the same text'), type: 'STRING' }] });

  test('groups of rows', async () => {
    const table = await readTable({ bytes });
    expect(table.columns.map(({ type }) => type)).toEqual(['number', 'category', 'number', 'boolean', 'date']);
    expect([table.record(1), table.record(2)]).toEqual([
      { n: 2.5, s: null, whole: 2, yes: false, time: new Date(1) },
      { n: null, s: 'y', whole: 3, yes: null, time: new Date(2) },
    ]);
    expect(table.source.format).toBe('parquet');
  });

  test('many rows, in order', async () => {
    const data = Array.from({ length: 5000 }, (_, row) => row / 2);
    const file = parquetWriteBuffer({ columnData: [{ name: 'n', data, type: 'DOUBLE' }], rowGroupSize: 1500 });
    const column = (await readTable({ bytes: new Uint8Array(file) })).column('n');
    expect('values' in column && [...(column.values as Float64Array)]).toEqual(data);
  });

  test('without the package, the error says how to install it', async () => {
    vi.resetModules();
    const resolve = () => {
      throw new Error("Cannot find module 'hyparquet'");
    };
    vi.doMock('node:module', () => ({ createRequire: () => ({ resolve }) }));
    const { readParquet: read } = await import('../../lib/table/parquet.js');
    const source = {
      name: 'data.parquet',
      async *open() {
        yield bytes;
      },
    };
    const message = 'data.parquet is a Parquet file, which takes the package hyparquet: npm install hyparquet';
    await expect(read(source, checkOptions({}, 'options'))).rejects.toMatchObject({ code: 'ERR_CHAINRULE_UNSUPPORTED', message });
    vi.doUnmock('node:module');
  });

  async function read(file: ArrayBuffer, limits?: Parameters<typeof parquetRecords>[2]) {
    let rows = 0;
    for await (const records of parquetRecords('data.parquet', file, limits)) rows += records.length;
    return rows;
  }

  test('a file that takes too long, or too much memory, is an error, and the event loop turns meanwhile', async () => {
    const file = dense(1_500_000);
    expect(file.byteLength).toBeLessThan(4000);
    let turns = 0;
    const counting = setInterval(() => turns++, 5);
    // No time at all is too short for any machine.
    const slow = read(file.slice(0), { ms: 0, bytes: 2 ** 32 });
    await expect(slow).rejects.toMatchObject({
      code: 'ERR_CHAINRULE_FORMAT',
      message: 'data.parquet cannot be read as Parquet: no row came within 0 s',
    });
    clearInterval(counting);
    expect(turns).toBeGreaterThan(3);
    await expect(read(file.slice(0), { ms: 60_000, bytes: 16 * 2 ** 20 })).rejects.toMatchObject({
      code: 'ERR_CHAINRULE_FORMAT',
      message: 'data.parquet cannot be read as Parquet: that takes more than 16 MB of memory',
    });
  });

  test('whatever the bytes are: rows, or an error with a code', async () => {
    const random = new RandomNumbers(5);
    let errors = 0;
    for (let trial = 0; trial < 40; trial++) {
      const changed = bytes.slice(0, trial % 4 === 0 ? 12 + random.below(bytes.length - 12) : bytes.length);
      for (let change = random.below(4); change >= 0; change--) changed[4 + random.below(changed.length - 4)] = random.below(256);
      // The length and the mark at the end stay: without them, nothing is read.
      changed.set(bytes.subarray(-8), changed.length - 8);
      try {
        await read(changed.slice().buffer, { ms: 2000, bytes: 2 ** 30 });
      } catch (error) {
        errors++;
        if ((error as { code?: unknown }).code !== 'ERR_CHAINRULE_FORMAT') {
          expect.fail(`${Buffer.from(changed).toString('base64')}: ${(error as Error).stack}`);
        }
      }
    }
    expect(errors).toBeGreaterThan(10);
  });

  test('a damaged file is named', async () => {
    const message = 'data.parquet cannot be read as Parquet: ';
    await expect(readTable({ bytes: bytes.subarray(0, 80), name: 'data.parquet' })).rejects.toThrow(message);
  });
});
