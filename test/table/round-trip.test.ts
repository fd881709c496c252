import { expect, test } from 'vitest';
import { readTable } from '../../lib/tabular/index';
import { RandomNumbers } from '../support/random-numbers';

// Random tables are written in a random dialect and read back, in pieces that end anywhere.

const pieces = ['a', 'b', 'Ä', '€', '😀', ',', ';', '\t', '|', '"', "'", ' ', '\n', '\r\n', '#', '1', '.', '\\'];

function randomText(random: RandomNumbers): string {
  return Array.from({ length: random.below(6) }, () => random.pick(pieces)).join('');
}

interface Written {
  text: string;
  cells: string[][];
  delimiter: string;
}

function write(random: RandomNumbers): Written {
  const delimiter = random.pick([',', ';', '\t', '|']);
  const end = random.pick(['\n', '\r\n', '\r']);
  const columns = 1 + random.below(5);
  const cells = Array.from({ length: 1 + random.below(20) }, () => Array.from({ length: columns }, () => randomText(random)));
  const quoted = (text: string) => {
    const must = /["\r\n#]|^'/.test(text) || text.includes(delimiter) || text.trim() === '';
    return must || random.next() < 0.2 ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const header = Array.from({ length: columns }, (_, column) => `column ${column}`);
  const lines = [header, ...cells].map((row) => row.map(quoted).join(delimiter));
  return { text: lines.join(end) + (random.next() < 0.5 ? end : ''), cells, delimiter };
}

async function* inPieces(text: string, random: RandomNumbers): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    const next = at + 1 + random.below(7);
    yield bytes.subarray(at, next);
    at = next;
  }
}

test('tables in random dialects', async () => {
  const random = new RandomNumbers(7);
  for (let trial = 0; trial < 400; trial++) {
    const { text, cells, delimiter } = write(random);
    const names = (cells[0] as string[]).map((_, column) => `column ${column}`);
    const columns = Object.fromEntries(names.map((name) => [name, 'text' as const]));
    const table = await readTable(inPieces(text, random), { delimiter, quote: '"', header: true, columns, missing: [] });
    const expected = cells.map((row) => row.map((cell) => cell.replace(/^[ \t]+|[ \t]+$/g, '')));
    const found = expected.map((_, row) => Object.values(table.record(row)).map((cell) => cell ?? ''));
    const blank = (cell: string) => (cell === '.' ? '' : cell); // a mark of a missing value
    expect(found, JSON.stringify(text)).toEqual(expected.map((row) => row.map(blank)));
  }
});

test('numbers are the same in however many pieces and however many blocks', async () => {
  const random = new RandomNumbers(8);
  const values = Array.from({ length: 30_000 }, () => [random.next(), random.below(1000), random.between(-1e20, 1e20)]);
  const text = `a,b,c\n${values.map((row) => row.join(',')).join('\n')}\n`;
  const whole = await readTable({ text });
  async function* parts() {
    for (let at = 0; at < text.length; at += 1000) yield text.slice(at, at + 1000);
  }
  for (const table of [whole, await readTable(parts())]) {
    const [a, b, c] = table.columns.map((column) => (column.type === 'number' ? column.values : undefined));
    values.forEach((row, index) => {
      if (a?.[index] !== row[0] || b?.[index] !== row[1] || c?.[index] !== row[2]) expect.fail(`row ${index}`);
    });
  }
});
