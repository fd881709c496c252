import { describe, expect, test } from 'vitest';
import { readTable, type TableOptions } from '../../lib/tabular/index';

const read = (text: string, options?: TableOptions) => readTable({ text, name: 'data.csv' }, options);
const rows = (count: number, row: (index: number) => string) => Array.from({ length: count }, (_, index) => `${row(index)}\n`).join('');

describe('files that are no table', () => {
  test.each<[what: string, text: string, message: string]>([
    ['empty', '', 'data.csv is empty'],
    ['blank lines', '\n\n', 'data.csv has no rows: it has blank lines or comments only'],
    ['only a header', 'a,b\n', 'data.csv has a header ("a", "b"), but no rows'],
    ['two columns of one name', 'a,b,a\n1,2,3\n', 'data.csv: line 1 calls two columns "a": columns 1 and 3'],
    ['too few cells', 'a,b\n1,2\n3\n', 'data.csv: line 3 has 1 cell, but the header has 2 (delimiter ",")'],
    ['too many cells', 'a,b\n\n1,2\n3,4,5\n6,7\n', 'data.csv: line 4 has 3 cells, but the header has 2 (delimiter ",")'],
    ['without a header', '1,2\n3,4\n5\n', 'data.csv: line 3 has 1 cell, but the first row has 2 (delimiter ",")'],
    ['a ragged row after a cell of two lines', 'a,b\n"x\ny",2\n3\n', 'data.csv: line 4 has 1 cell, but the header has 2 (delimiter ",")'],
    ['an open quote', 'a,b\n1,x\n2,"y\n3,z\n', 'data.csv: line 3 opens a quote that is never closed'],
    ['text after a quote', 'a,b\n1,"x"y\n', 'data.csv: line 2 has text after a closing quote'],
    ['a null character', 'a,b\n1,x\n2,\0\n', 'data.csv: line 3 has a null character'],
  ])('%s', async (_, text, message) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT', message: expect.stringContaining(message) });
  });
});

describe('a bad cell is named', () => {
  test('where a number was asked for', async () => {
    const text = 'a,b\n1,"x\n"\n2,y\n1O,z\n';
    await expect(read(text, { columns: { a: 'number' } })).rejects.toThrow('data.csv: line 5, column "a": "1O" is not a number');
  });

  test('where a date was asked for', async () => {
    const message = 'data.csv: line 3, column "d": "31.12.2026" is not a date as ISO 8601 has it: 2026-03-31, or 2026-03-31T12:00:00Z';
    await expect(read('d\n2026-01-01\n31.12.2026\n', { columns: { d: 'date' } })).rejects.toThrow(message);
  });

  test('where two values were asked for', async () => {
    const text = 'a,b\nyes,1\nno,2\nmaybe,3\n';
    await expect(read(text, { columns: { a: 'boolean' } })).rejects.toThrow(
      'line 4, column "a": a column of booleans has at most two values',
    );
  });

  test('in a column that is one of numbers but for a few cells', async () => {
    const text = `a,b\n${rows(40, (row) => `${row},x`)}12O,y\n`;
    const message =
      'data.csv: line 42, column "a": "12O" is not a number, but 40 of the column\'s 41 cells are. ' +
      'Correct it, or say missing: ["12O"] or columns: { "a": \'category\' }';
    await expect(read(text)).rejects.toThrow(message);
    expect((await read(text, { missing: ['12O'] })).column('a')).toMatchObject({ type: 'number', missing: 1 });
    expect((await read(text, { columns: { a: 'category' } })).column('a')).toMatchObject({ type: 'category' });
  });

  test('far behind, where every number differs', async () => {
    const text = `a,b\n${rows(150_000, (row) => `${row}.5,x`)}oops,y\n`;
    await expect(read(text)).rejects.toThrow(
      'line 150002, column "a": "oops" is not a number, but 150000 of the column\'s 150001 cells are',
    );
  });

  test('infinity and numbers beyond the largest are not numbers', async () => {
    for (const bad of ['inf', 'Infinity', '1e999', '0x10', '1_000'])
      await expect(read(`a\n1\n${bad}\n`, { columns: { a: 'number' } }), bad).rejects.toThrow(`"${bad}" is not a number`);
  });
});

describe('options', () => {
  test.each<[what: string, options: unknown, message: string | RegExp]>([
    [
      'a column that is not there',
      { columns: { agee: 'number' } },
      'options.columns names "agee", which the data do not have; did you mean "age"?',
    ],
    ['a type that is none', { columns: { age: 'numbr' } }, /options.columns\["age"\] must be one of .*did you mean "number"\?/],
    ['a misspelt option', { delimeter: ';' }, 'options has no option "delimeter"; did you mean "delimiter"?'],
    ['a delimiter of two characters', { delimiter: ';;' }, 'options.delimiter must be one ASCII character other than a line end'],
    ['an unknown encoding', { encoding: 'latin-99' }, 'options.encoding must be the name of an encoding that TextDecoder knows'],
    ['a decimal mark that is none', { decimal: ';' }, 'options.decimal must be one of "." or ","'],
  ])('%s', async (_, options, message) => {
    await expect(read('age,b\n1,2\n', options as TableOptions)).rejects.toThrow(message);
  });

  test.each([1, null, {}, { text: 1 }, { bytes: 'a' }])('%j is no source', async (source) => {
    await expect(readTable(source as never)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_TYPE' });
  });

  test('bytes that were transferred elsewhere', async () => {
    const bytes = Buffer.from(Uint8Array.of(1, 2).buffer);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] });
    await expect(readTable({ bytes })).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_CHAINRULE_/) });
  });
});
