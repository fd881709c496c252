import { describe, expect, test } from 'vitest';
import { exitCodeOf, inFlags, messageOf } from '../../lib/cli/failure';
import { UsageError } from '../../lib/cli/usage';
import { ChainruleError, ChainruleTypeError } from '../../lib/index';

describe('options of the library are flags on the command line', () => {
  test.each([
    [
      'Correct it, or say missing: ["-9"] or columns: { "age": \'category\' }',
      'Correct it, or say --missing="-9" or --columns "age=category"',
    ],
    ['for classes, read the table with { columns: { "id": \'category\' } }', 'for classes, say --columns "id=category"'],
    ["{ task: 'regression' } predicts a number", '--task regression predicts a number'],
    ['target is "specis", which is not', '--target is "specis", which is not'],
    ['split.time must name a column', '--split time: must name a column'],
    ['drop[1] is "x"', '--drop is "x"'],
    [
      '"alive" alone tells "survived" (100 %): leave it out (drop) if',
      '"alive" alone tells "survived" (100 %): leave it out (--drop "alive") if',
    ],
    [
      "say which encoding it is, most likely `encoding: 'windows-1252'` (Latin-1)",
      'say which encoding it is, most likely --encoding windows-1252 (Latin-1)',
    ],
    ["numbers with a decimal comma, with the option decimal: ','", 'numbers with a decimal comma, if you say --decimal ,'],
    ['"x" has a missing value in row 0, where training had none', '"x" has a missing value in row 1 of the data, where training had none'],
    ['data.parquet: row 41, column "x": "a" is not', 'data.parquet: row 42 of the data, column "x": "a" is not'],
    ['stream: line 3, column "x": "a" is not a number', 'standard input: line 3, column "x": "a" is not a number'],
    ['stream is empty', 'standard input is empty'],
    ['streams.csv is empty', 'streams.csv is empty'],
    ['source must be the name of a file or a file: URL, got ""', 'FILE must be the name of a file, got ""'],
    ['two\n  lines', 'two lines'],
  ])('%s', (text, expected) => {
    expect(inFlags(text)).toBe(expected);
  });
});

test.each([
  [new UsageError('x'), 2],
  [new ChainruleTypeError('ERR_CHAINRULE_OPTION', 'x'), 2],
  [new ChainruleError('ERR_CHAINRULE_FORMAT', 'x'), 2],
  [Object.assign(new Error('x'), { code: 'ENOENT', path: 'nope.csv' }), 2],
  [new ChainruleError('ERR_CHAINRULE_INTERNAL', 'x'), 1],
  [new Error('x'), 1],
  ['x', 1],
])('%s: exit code %i', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

test('a file that is not there is named', () => {
  expect(messageOf(Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', path: 'nope.csv' }))).toBe('there is no nope.csv');
});
