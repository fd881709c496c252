import { describe, expect, test } from 'vitest';
import { readTable, type TableOptions } from '../../lib/tabular/index';

const read = (text: string, options?: TableOptions) => readTable({ text, name: 'data.csv' }, options);

/** All records of a text. */
async function records(text: string, options?: TableOptions) {
  const table = await read(text, options);
  return Array.from({ length: table.rows }, (_, row) => table.record(row));
}

const expected = [
  { a: 1, b: 'x' },
  { a: 2.5, b: 'y' },
];

describe('dialects are found out', () => {
  test.each([
    ['commas', 'a,b\n1,x\n2.5,y\n'],
    ['semicolons', 'a;b\n1;x\n2.5;y\n'],
    ['tabs', 'a\tb\n1\tx\n2.5\ty\n'],
    ['bars', 'a|b\n1|x\n2.5|y\n'],
    ['CRLF', 'a,b\r\n1,x\r\n2.5,y\r\n'],
    ['CR', 'a,b\r1,x\r2.5,y\r'],
    ['no line end at the end', 'a,b\n1,x\n2.5,y'],
    ['quotes', '"a","b"\n"1","x"\n"2.5","y"\n'],
    ['apostrophes', "'a','b'\n1,'x'\n2.5,'y'\n"],
    ['spaces after commas', 'a, b\n1, x\n2.5, y\n'],
    ['spaces around quotes', 'a, b\n1, "x" \n2.5, "y"\t\n'],
    ['a byte order mark', '\ufeffa,b\n1,x\n2.5,y\n'],
    ['comments', '# from somewhere\n# in 2026\na,b\n1,x\n# later\n2.5,y\n'],
    ['blank lines', '\na,b\n\n1,x\n  \n2.5,y\n\n'],
  ])('%s', async (_, text) => {
    expect(await records(text)).toEqual(expected);
  });

  test('the source says what was found', async () => {
    const { source } = await read('# one\na;b\n\n1;x\n\n2;y\n');
    expect(source).toEqual({
      format: 'csv',
      delimiter: ';',
      header: true,
      encoding: 'utf-8',
      notes: ['2 blank lines skipped', '1 comment line skipped'],
    });
  });

  test('a header that begins with # is not a comment', async () => {
    expect((await read('#a,b\n1,x\n2.5,y\n')).names).toEqual(['#a', 'b']);
  });

  test('decimal commas do not make a comma the delimiter, with a header or without', async () => {
    expect(await records('a;b\n1,5;2,5\n', { decimal: ',' })).toEqual([{ a: 1.5, b: 2.5 }]);
    expect(await records('1,5;2,5\n3,5;4,5\n', { decimal: ',' })).toEqual([
      { column1: 1.5, column2: 2.5 },
      { column1: 3.5, column2: 4.5 },
    ]);
    expect((await read('1,5;2,5\n3,5;4,5\n')).source.delimiter).toBe(';');
    expect(await records('a\n1,5\n', { decimal: ',' })).toEqual([{ a: 1.5 }]);
  });

  test('texts with other delimiters in them do not mislead', async () => {
    expect(await records('title,genres\nHeat,Action|Crime\nToy Story,Comedy\n')).toEqual([
      { title: 'Heat', genres: 'Action|Crime' },
      { title: 'Toy Story', genres: 'Comedy' },
    ]);
  });

  test('a column of texts with commas is one column', async () => {
    expect(await records('text\nHello, world\nBye\n')).toEqual([{ text: 'Hello, world' }, { text: 'Bye' }]);
  });
});

describe('a header is found out', () => {
  test.each([
    ['numbers over numbers', '5.1,3.5\n4.9,3.0\n', ['column1', 'column2']],
    ['a category that occurs again', 'male,yes\nfemale,no\nmale,no\n', ['column1', 'column2']],
    ['names over numbers', 'x,y\n1,2\n', ['x', 'y']],
    ['names over texts', 'name,town\nAda,Ulm\nBob,Bonn\n', ['name', 'town']],
    ['years', 'country,1990,1991,1992\nItaly,1,2,3\nPeru,4,5,6\n', ['country', '1990', '1991', '1992']],
    ['an index', '0,1,2\n5.5,6.5,7.5\n', ['0', '1', '2']],
    ['one record of numbers', '1,2\n', ['column1', 'column2']],
  ])('%s', async (_, text, names) => {
    expect((await read(text)).names).toEqual(names);
  });

  test('or said', async () => {
    expect((await read('a,b\n1,2\n', { header: false })).rows).toBe(2);
    expect(await records('1,2\n3,4\n', { header: true })).toEqual([{ 1: 3, 2: 4 }]);
    expect(await records('1,2\n', { header: ['p', 'q'] })).toEqual([{ p: 1, q: 2 }]);
    await expect(read('1,2\n', { header: ['p'] })).rejects.toThrow('options.header names 1 columns, but data.csv (delimiter ",") has 2');
  });

  test('a column without a name is called by its number', async () => {
    expect((await read(',a\n0,5\n1,6\n')).names).toEqual(['column1', 'a']);
  });
});

describe('quotes', () => {
  test('hold delimiters, line ends and doubled quotes', async () => {
    expect(await records('a,b\n"1","x, ""y""\r\nz"\n2,"""q"""\n')).toEqual([
      { a: 1, b: 'x, "y"\r\nz' },
      { a: 2, b: '"q"' },
    ]);
  });

  test('inside of a cell are part of it', async () => {
    expect(await records('a,b\n1,5" pipe\n2,6" pipe\n')).toEqual([
      { a: 1, b: '5" pipe' },
      { a: 2, b: '6" pipe' },
    ]);
  });

  test('around nothing are a missing value, not a blank line', async () => {
    expect(await records('a\n1\n""\n')).toEqual([{ a: 1 }, { a: null }]);
  });

  test('of one’s own', async () => {
    expect(await records('a,b\n1,%x,y%\n', { quote: '%' })).toEqual([{ a: 1, b: 'x,y' }]);
  });
});

test('what is given is not found out', async () => {
  expect(await records('a;b\n1;x,y\n', { delimiter: ',' }).catch((error: Error) => error.message)).toMatch(
    /line 2 has 2 cells, but the header has 1/,
  );
  expect(await records('a~b\n1~x\n', { delimiter: '~' })).toEqual([{ a: 1, b: 'x' }]);
  expect(await records('a,b\n//no\n1,x\n', { comment: '//' })).toEqual([{ a: 1, b: 'x' }]);
});

test('adult: a label that has a full stop in the test file only is a category of its own', async () => {
  const train = await read('age, income\n39, <=50K\n50, >50K\n?, <=50K\n');
  const other = await readTable({ text: 'age, income\n25, <=50K.\n38, >50K\n' }, { schema: train.schema });
  expect(other.column('income')).toMatchObject({ type: 'category', categories: ['<=50K', '>50K', '<=50K.'] });
  expect(train.column('age')).toMatchObject({ type: 'number', missing: 1 });
});
