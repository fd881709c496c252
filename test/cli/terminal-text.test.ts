import { expect, test } from 'vitest';
import { entry, grid, some } from '../../lib/cli/lines';
import { padded, shortened, visible, visibleLines, widthOf } from '../../lib/cli/terminal-text';

test.each([
  ['plain, größer, 漢字, 💥', 'plain, größer, 漢字, 💥'],
  ['\x1b[31mred\x07', '␛[31mred␇'],
  ['two\nlines\ttab\x7f', 'two␊lines␉tab␡'],
  ['\x9b2J', '\ufffd2J'],
  ['user\u202egnp.exe', 'user\ufffdgnp.exe'],
])('a terminal does not obey %j', (text, expected) => {
  expect(visible(text)).toBe(expected);
});

test('lines stay lines where they are asked for', () => {
  expect(visibleLines('a\x1b\nb')).toBe('a␛\nb');
});

test.each([
  ['abc', 3],
  ['größe', 5],
  ['gro\u0308ße', 5],
  ['日本', 4],
  ['한글', 4],
  ['💥', 2],
  ['ﾊﾝ', 2],
  ['１２', 4],
])('%j takes %i columns', (text, width) => {
  expect(widthOf(text)).toBe(width);
  expect([padded(text, width + 2, 'right'), padded(text, width + 2, 'left')]).toEqual([`${text}  `, `  ${text}`]);
  expect(padded(text, 1, 'right')).toBe(text);
});

test('long texts are cut to the columns that there are', () => {
  expect(shortened('a'.repeat(40))).toBe('a'.repeat(40));
  expect(shortened('a'.repeat(41))).toBe(`${'a'.repeat(39)}…`);
  for (const text of ['日本語の列名前です', 'a日本語の列名前です', '💥'.repeat(20)])
    expect(widthOf(shortened(text, 8))).toBeLessThanOrEqual(8);
  expect(some(['x'.repeat(300), 'y'], 1)).toBe(`${'x'.repeat(39)}… and 1 more`);
});

test('tables are straight, and no line of a report has a control character', () => {
  const lines = grid([
    ['列', 'n'],
    ['a\x1b', '1'],
    ['💥💥', '22'],
  ]);
  expect(lines).toEqual(['列      n', 'a␛      1', '💥💥   22']);
  expect(entry('name', 'a\nb')).toBe('name           a␊b');
});
