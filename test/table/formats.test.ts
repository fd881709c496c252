import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { toNpy } from '../../lib/index';
import { readCsv } from '../../lib/table/csv/read';
import type { TextSource } from '../../lib/table/input/text';
import { checkOptions } from '../../lib/table/options';
import { readTable } from '../../lib/tabular/index';

const expected = [
  { a: 1, b: 'x' },
  { a: 2.5, b: null },
];
const csv = 'a,b\n1,x\n2.5,\n';

let folder: string;
const file = (name: string) => path.join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'chainrule-table-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));

async function records(...args: Parameters<typeof readTable>) {
  const table = await readTable(...args);
  return Array.from({ length: table.rows }, (_, row) => table.record(row));
}

describe('sources', () => {
  test('a file by its name or URL; gzip is found out', async () => {
    await writeFile(file('data.csv'), csv);
    await writeFile(file('data.csv.gz'), gzipSync(csv));
    expect(await records(file('data.csv'))).toEqual(expected);
    expect(await records(pathToFileURL(file('data.csv')))).toEqual(expected);
    expect(await records(file('data.csv.gz'))).toEqual(expected);
    expect((await readTable(file('data.csv'))).source.path).toBe(file('data.csv'));
  });

  test('files of many pieces, compressed or not', async () => {
    const rows = 200_000;
    const text = `n,m\n${Array.from({ length: rows }, (_, row) => `${row / 4},${row % 7}\n`).join('')}`;
    await writeFile(file('large.csv'), text);
    await writeFile(file('large.csv.gz'), gzipSync(text));
    await writeFile(file('large.npy'), toNpy({ data: Float64Array.from({ length: rows }, (_, row) => row / 4), shape: [rows, 1] }));
    for (const name of ['large.csv', 'large.csv.gz', 'large.npy']) {
      const [column] = (await readTable(file(name))).columns;
      if (column?.type !== 'number') expect.fail(name);
      expect(column.values).toHaveLength(rows);
      expect(
        column.values.every((value, row) => value === row / 4),
        name,
      ).toBe(true);
    }
  });

  test('bytes, and streams of bytes or strings', async () => {
    expect(await records({ bytes: Buffer.from(csv) })).toEqual(expected);
    expect(await records(Readable.from([Buffer.from(csv)]))).toEqual(expected);
    expect(await records(Readable.from([...csv]))).toEqual(expected);
    expect(await records(new Blob([csv]).stream())).toEqual(expected);
    expect(await records(Readable.from([gzipSync(csv)]))).toEqual(expected);
  });

  test('a stream is read again where a column turns out to be one of texts', async () => {
    const lines = ['n,m', ...Array.from({ length: 60_000 }, (_, row) => `${row % 7},1.5`), ...Array(20_000).fill('x,1.5')];
    const table = await readTable(Readable.from(lines.map((line) => `${line}\n`)));
    expect(table.column('n')).toMatchObject({ type: 'category', categories: ['0', '1', '2', '3', '4', '5', '6', 'x'] });
    expect(table.column('m')).toMatchObject({ type: 'number', missing: 0 });
  });

  test('the errors of the system name the file, those of a stream are its own', async () => {
    await expect(readTable(file('none.csv'))).rejects.toMatchObject({ code: 'ENOENT', path: file('none.csv') });
    await expect(readTable(folder)).rejects.toThrow('source must be a regular file');
    const broken = Readable.from(
      (async function* () {
        yield 'a,b\n';
        throw new Error('the network is gone');
      })(),
    );
    await expect(readTable(broken)).rejects.toThrow('the network is gone');
    await expect(readTable(Readable.from([1]))).rejects.toMatchObject({ code: 'ERR_CHAINRULE_TYPE' });
  });

  test.runIf(process.platform === 'linux')('a file is closed, whatever is wrong with it', async () => {
    const open = () => readdirSync('/proc/self/fd').length;
    const bad = `a,b\n${'1,2\n'.repeat(200_000)}1,2,3\n${'1,2\n'.repeat(100_000)}`;
    await writeFile(file('bad.csv'), bad);
    await writeFile(file('bad.csv.gz'), gzipSync(bad));
    await writeFile(file('null.csv'), 'a\0b\n'.repeat(100_000));
    await writeFile(file('zip.csv'), `PK\x03\x04${'x'.repeat(1_000_000)}`);
    const before = open();
    for (const name of ['bad.csv', 'bad.csv.gz', 'null.csv', 'zip.csv', 'bad.csv', 'bad.csv.gz', 'null.csv', 'zip.csv']) {
      await expect(readTable(file(name)), name).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT' });
    }
    await vi.waitFor(() => expect(open()).toBeLessThanOrEqual(before));
  });

  test('a gzip file that is cut short or damaged', async () => {
    const packed = gzipSync(csv.repeat(1000));
    await expect(readTable({ bytes: packed.subarray(0, 60) })).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT' });
    const damaged = Uint8Array.from(packed).fill(255, 12, 20);
    await expect(readTable({ bytes: damaged })).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT' });
  });

  test('a gzip file becomes as many bytes as maxBytes allows', async () => {
    const text = csv.repeat(1000);
    const bytes = gzipSync(text);
    const message = `bytes becomes more than ${text.length - 1} bytes when it is decompressed: the option maxBytes allows more`;
    await expect(readTable({ bytes }, { maxBytes: text.length - 1 })).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT', message });
    expect((await readTable({ bytes }, { maxBytes: text.length })).rows).toBe(3000);
    expect((await readTable({ text }, { maxBytes: 1 })).rows).toBe(3000);
  });

  test('a file that changes while it is read twice', async () => {
    let times = 0;
    const source: TextSource = {
      name: 'data.csv',
      encoding: () => 'utf-8',
      async *open() {
        // Numbers for more than a block, then a text: the column is read again.
        yield Buffer.from(`a\n${'1\n'.repeat(100_000)}${times++ === 0 ? 'x\n' : ''}`);
      },
    };
    const message = 'data.csv has changed while it was read: it had 100001 rows, then 100000';
    await expect(readCsv(source, checkOptions({}, 'options'))).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT', message });
    expect(times).toBe(2);
  });
});

describe('encodings', () => {
  const text = 'a,b\n1,é€😀\n';
  const reversed = (bytes: Buffer) => Buffer.from(bytes).swap16();

  test.each([
    ['UTF-8', Buffer.from(text), 'utf-8'],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`), 'utf-8'],
    ['UTF-16LE', Buffer.from(`\ufeff${text}`, 'utf16le'), 'utf-16le'],
    ['UTF-16BE', reversed(Buffer.from(`\ufeff${text}`, 'utf16le')), 'utf-16be'],
  ])('%s is found out', async (_, bytes, encoding) => {
    const table = await readTable({ bytes });
    expect(table.record(0)).toEqual({ a: 1, b: 'é€😀' });
    expect(table.source.encoding).toBe(encoding);
  });

  test('another one is named by the error, and read when it is given', async () => {
    const bytes = Buffer.concat([Buffer.from('a,b\n1,x\n2,'), Buffer.from('é\n', 'latin1')]);
    const message = "bytes: line 3 is not text in UTF-8: say which encoding it is, most likely `encoding: 'windows-1252'` (Latin-1)";
    await expect(readTable({ bytes })).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT', message });
    expect(await records({ bytes }, { encoding: 'windows-1252' })).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'é' },
    ]);
    expect(await records({ bytes: Buffer.from(text, 'utf16le') }, { encoding: 'utf-16le' })).toEqual([{ a: 1, b: 'é€😀' }]);
  });

  test('a character that is cut short at the end of the file', async () => {
    await expect(readTable({ bytes: Buffer.from(text).subarray(0, -3) })).rejects.toThrow('line 2 is not text in UTF-8');
  });
});

describe('JSON', () => {
  test('records, one a line', async () => {
    const table = await readTable({ text: '{"a": 1, "b": "x"}\n\n{"b": null, "a": 2.5}\r\n', name: 'data.ndjson' });
    expect([table.record(0), table.record(1)]).toEqual(expected);
    expect(table.source.format).toBe('ndjson');
  });

  test('an array of records', async () => {
    const table = await readTable({ text: '\ufeff[\n{"a": 1, "b": "x"}, {"a": 2.5}]' });
    expect([table.record(0), table.record(1)]).toEqual(expected);
    expect(table.source.format).toBe('json');
  });

  test.each<[what: string, text: string, message: string]>([
    ['a line that is no JSON', '{"a": 1}\n\n{"a": \n', 'data: line 3 is not valid JSON'],
    ['a line that is no record', '{"a": 1}\n[2]\n', 'data: line 2 must be an object of columns and values, got an array of 1'],
    ['an object in a cell', '{"a": 1}\n{"a": {}}\n', 'data: line 2, column "a" must be a number, text'],
    ['an array that does not end', '[{"a": 1}', 'data is not valid JSON'],
    ['an array of other things', '[{"a": 1}, 2]', 'data: record 2 must be an object'],
    ['an empty array', '[]', 'data must have at least one row'],
  ])('%s', async (_, text, message) => {
    await expect(readTable({ text, name: 'data' })).rejects.toThrow(message);
  });
});

describe('NumPy', () => {
  test('a matrix: its columns have no names, unless they are given', async () => {
    const bytes = toNpy([
      [1, 2.5],
      [3, NaN],
    ]);
    expect(await records({ bytes })).toEqual([
      { column1: 1, column2: 2.5 },
      { column1: 3, column2: null },
    ]);
    await writeFile(file('x.npy'), bytes);
    expect(await records(file('x.npy'), { header: ['p', 'q'] })).toMatchObject([{ p: 1 }, { p: 3 }]);
  });

  test('a vector is one column; other shapes are refused', async () => {
    expect(await records({ bytes: toNpy(Int32Array.of(7, 8)) })).toEqual([{ column1: 7 }, { column1: 8 }]);
    const cube = toNpy({ data: new Float64Array(8), shape: [2, 2, 2] });
    await expect(readTable({ bytes: cube })).rejects.toThrow('has an array of shape [2, 2, 2]; a table is a matrix or a vector');
    await expect(readTable({ bytes: toNpy(new Float64Array(0)) })).rejects.toThrow('a table must have at least one row');
    await expect(readTable({ bytes: toNpy([Infinity]), name: 'x.npy' })).rejects.toThrow('x.npy: row 0, column "column1" must be a finite');
    await expect(readTable({ bytes: cube.subarray(0, -8) })).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT' });
  });
});

test.each([
  ['PK\x03\x04', 'is a ZIP archive or a spreadsheet of Excel: save it as CSV'],
  ['SQLite format 3\0', 'is an SQLite database'],
  ['ARROW1\0\0', 'is an Arrow file: give Table.from what apache-arrow'],
])('%j is no table', async (beginning, message) => {
  await expect(readTable({ bytes: Buffer.from(`${beginning}more`, 'latin1') })).rejects.toThrow(message);
});
