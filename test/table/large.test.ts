import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type CategoryColumn, readTable } from '../../lib/tabular/index';

// Sizes that are rare: none of them may be slow or fail.

const row = (columns: number, cell: (column: number) => unknown) =>
  `${Array.from({ length: columns }, (_, column) => cell(column)).join()}\n`;

test('100,000 columns', async () => {
  const columns = 100_000;
  const text = row(columns, (column) => `c${column}`) + row(columns, (column) => column) + row(columns, (column) => column / 2);
  const table = await readTable({ text });
  expect([table.rows, table.names.length]).toEqual([2, columns]);
  expect(table.column('c99999')).toMatchObject({ type: 'number', values: Float64Array.of(99_999, 49_999.5) });
  expect(() => table.column('c100000')).toThrow('did you mean "c10000"?');
});

test('more columns than a table has', async () => {
  await expect(readTable({ text: ','.repeat(1_100_000) })).rejects.toThrow('text: line 1 has more than 1000000 cells');
});

test('one column, two rows, one row', async () => {
  expect((await readTable({ text: 'a\n1\n2\n' })).column('a')).toMatchObject({ values: Float64Array.of(1, 2) });
  expect((await readTable({ text: 'a,b\n1,2\n3,4' })).rows).toBe(2);
  expect((await readTable({ text: 'a,b\n1,2' })).rows).toBe(1);
});

test('a cell of 10 MB', async () => {
  const long = 'x'.repeat(10_000_000);
  const table = await readTable({ text: `a,b\n1,"${long}"\n2,y\n` }, { columns: { b: 'text' } });
  expect(table.record(0)).toEqual({ a: 1, b: long });
  expect(table.record(1)).toEqual({ a: 2, b: 'y' });
});

test('a quote that is not closed within 64 MB is named at once', { timeout: 120_000 }, async () => {
  async function* endless() {
    yield Buffer.from('a,b\n1,x\n2,"');
    const piece = Buffer.alloc(1 << 20, 'x');
    for (;;) yield piece;
  }
  await expect(readTable(endless())).rejects.toThrow('stream: line 3 opens a quote that is not closed within 67108864 bytes');
});

test('many distinct texts are counted, not kept', async () => {
  const rows = 200_000;
  const table = await readTable({ text: `k,c\n${Array.from({ length: rows }, (_, index) => `key ${index},x\n`).join('')}` });
  expect(table.column('k')).toMatchObject({ type: 'id', distinct: rows, example: 'key 0', missing: 0 });
});

test('many categories are kept', async () => {
  const lines = Array.from({ length: 150_000 }, (_, index) => `user ${index % 50_000},1.5\n`);
  const { categories, codes } = (await readTable({ text: `c,n\n${lines.join('')}` })).column('c') as CategoryColumn;
  expect(categories).toHaveLength(50_000);
  for (const index of [0, 49_999, 50_000, 149_999]) expect(categories[codes[index] as number]).toBe(`user ${index % 50_000}`);
});

test('the event loop keeps turning', async () => {
  const text = `a,b,c\n${'1.25,2.5,some text\n'.repeat(500_000)}`;
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const began = performance.now();
  await readTable({ text });
  const milliseconds = performance.now() - began;
  clearInterval(timer);
  // At the least every 50 ms, on a machine that does much else.
  expect(turns).toBeGreaterThan(milliseconds / 50);
});

/** The longest time of the processor between two turns of the event loop, in milliseconds. */
async function longestPiece(work: () => Promise<unknown>): Promise<number> {
  const used = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  let longest = 0;
  let running = true;
  const over = work().finally(() => {
    running = false;
  });
  for (let before = used(); running; ) {
    await turn();
    const now = used();
    longest = Math.max(longest, now - before);
    before = now;
  }
  await over;
  return longest;
}

test('it turns while many categories are sorted', async () => {
  const count = 100_000;
  const bytes = Buffer.from(`c,n\n${Array.from({ length: 3 * count }, (_, index) => `user ${(index * 7919) % count},1.5\n`).join('')}`);
  const tries: number[] = [];
  // Whatever else the engine does, it does not do so each time. Sorting at once takes 500 ms.
  for (let attempt = 0; attempt < 3; attempt++) tries.push(await longestPiece(() => readTable({ bytes })));
  expect(Math.min(...tries)).toBeLessThan(100);
});
