import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const library = path.join(__dirname, '../../dist/tabular');

/** Resident bytes that reading a table of one row takes, in a process of its own. */
function bytesFor(columns: number, cell: string): number {
  const script = `
    const { readTable } = require(${JSON.stringify(library)});
    const text = (columns) => Array.from({ length: columns }, (_, column) => "c" + column).join() + '\\n' + Array(columns).fill(${JSON.stringify(cell)}).join();
    readTable({ text: text(10) }).then(async () => {
      const wide = text(${columns});
      gc();
      const before = process.memoryUsage.rss();
      const table = await readTable({ text: wide });
      if (table.names.length !== ${columns}) throw new Error('columns are lacking');
      console.log(process.resourceUsage().maxRSS * 1024 - before);
    });
  `;
  return Number(execFileSync(process.execPath, ['--expose-gc', '--max-semi-space-size=4', '-e', script], { encoding: 'utf8' }));
}

test.each([
  ['missing', '-'],
  ['a number', '1'],
  ['a text', 'x'],
])('a column takes a kilobyte at most, however short: %s', { timeout: 60_000 }, (_, cell) => {
  const columns = 60_000;
  expect(bytesFor(columns, cell)).toBeLessThan(1024 * columns + 16 * 2 ** 20);
});
