import { gzipSync } from 'node:zlib';
import { readTable, type TableOptions } from '../../../lib/tabular';
import type { RandomNumbers } from '../../support/random-numbers';
import { changeBytes, numbers, texts } from '../bytes';
import { checkTable } from '../check-table';
import { changeCount, type Format } from '../format';

/** A CSV file as its writer sees it. */
interface Parts {
  delimiter: string;
  quote: string;
  newline: string;
  /** The header and the rows. */
  records: string[][];
  /** Lines between records, by the index of the record after them. */
  extra: Map<number, string>;
  /** Whether cells are written without quotes, also those with delimiters. */
  isCareless: boolean;
}

const good: readonly string[][][] = [
  [
    ['a', 'b', 'c', 'd'],
    ['1', 'x, "y"', '2026-01-01', 'yes'],
    ['2.5e3', 'z', '2026-01-02T10:00Z', 'no'],
    ['', 'two\nlines', '2026-03-31', 'yes'],
  ],
  [['id', 'zip', 'note'], ...Array.from({ length: 30 }, (_, row) => [String(row), `0${100 + (row % 7)}`, `note ${row}`])],
  [['größe', 'naïve €'], ...Array.from({ length: 25 }, (_, row) => [String(row / 3), ['é', 'ü', 'NA'][row % 3] as string])],
];

const cells: readonly string[] = [
  ...texts,
  ...numbers.map(String),
  ...['01', '1,5', '1e400', '-1e-400', '0x10', '.5', '5.', '+1', '1_000', '1.2.3', '?', 'NA', 'none', '-', 'true', 'T', 'no'],
  ...[
    '2026-02-30',
    '0000-00-00',
    '9999-12-31T23:59:59.999999999+23:59',
    '31.12.2026',
    '#',
    '# a',
    ';',
    '\t',
    '|',
    ',',
    '""',
    'x"y',
    '\r',
    '\r\n',
  ],
];

type Change = (parts: Parts, random: RandomNumbers) => void;

/** Changes that multiply records and columns in turn make files of hundreds of megabytes, which say no more than smaller ones. */
const mostCells = 30_000;

/** Removes the last records where there are more cells. */
function shorten({ records }: Parts): void {
  let kept = 0;
  for (let cells = 0; kept < records.length && cells < mostCells; kept++) cells += (records[kept] as string[]).length;
  records.length = kept;
}

const recordOf = ({ records }: Parts, random: RandomNumbers): string[] => random.pick(records);

const changes: readonly Change[] = [
  (parts, random) => {
    const record = recordOf(parts, random);
    record[random.below(record.length)] = random.pick(cells);
  },
  (parts, random) => {
    const { length } = recordOf(parts, random);
    const [column, cell] = [random.below(length), random.pick(cells)];
    for (const record of parts.records.slice(random.below(2))) record[column] = cell;
  },
  // A record that is too short or too long.
  (parts, random) => {
    const record = recordOf(parts, random);
    if (random.below(2) === 0) record.splice(random.below(record.length), 1);
    else record.push(...Array.from({ length: random.pick([1, 1, 2, 3000]) }, () => random.pick(cells)));
  },
  // Columns once more: two of one name, or with an empty one.
  (parts, random) => {
    const [column, count] = [random.below(recordOf(parts, random).length), random.pick([1, 1, 2, 500])];
    const renames = random.below(2) === 0;
    for (const [row, record] of parts.records.entries()) {
      const again = (copy: number) => (row === 0 && renames ? `more${copy}` : (record[column] ?? ''));
      record.push(...Array.from({ length: count }, (_, copy) => again(copy)));
    }
  },
  (parts, random) => {
    const at = random.below(parts.records.length);
    const copies = Array.from({ length: random.pick([1, 2, 30, 2000]) }, () => [...(parts.records[at] as string[])]);
    parts.records.splice(at, random.below(2), ...copies);
  },
  (parts, random) => {
    parts.records.splice(random.below(parts.records.length), 1 + random.below(parts.records.length));
  },
  (parts, random) => {
    const line = random.pick(['', '# comment', '   ', '"', '#', '\t', ',', 'x'.repeat(10_000), '#\r# "']);
    parts.extra.set(random.below(parts.records.length + 1), line);
  },
  (parts, random) => {
    parts.delimiter = random.pick([',', ';', '\t', '|', ':', '  ', '::', '"', '']);
  },
  (parts, random) => {
    parts.quote = random.pick(["'", '"', '`', '']);
  },
  (parts, random) => {
    parts.newline = random.pick(['\n', '\r', '\r\n', '\n\r', '\n\n', '']);
  },
  (parts) => {
    parts.isCareless = true;
  },
];

function written({ delimiter, quote, newline, records, extra, isCareless }: Parts): string {
  const cellOf = (cell: string): string => {
    const isPlain = isCareless || quote === '' || !/["'`,;\t|\r\n#]/.test(cell);
    return isPlain ? cell : quote + cell.replaceAll(quote, quote + quote) + quote;
  };
  const lines = records.flatMap((record, index) => {
    const line = record.map(cellOf).join(delimiter);
    return extra.has(index) ? [extra.get(index) as string, line] : [line];
  });
  return [...lines, extra.get(records.length) ?? ''].join(newline);
}

const choices: readonly TableOptions[] = [
  ...[{}, {}, {}, { decimal: ',' as const }, { header: false }, { header: true }, { quote: "'" }, { delimiter: ';' }, { comment: '#' }],
  ...[{ missing: ['x', '1', ''] }, { columns: { a: 'category' as const } }, { columns: { b: 'text' as const, id: 'number' as const } }],
  {
    schema: {
      columns: [
        { name: 'zip', type: 'category', categories: ['0101', '__proto__'] },
        { name: 'c', type: 'date' },
      ],
    },
  },
];

/** Bytes of a text, how many they become, and what a reader has to be told. */
type Encode = (text: string, random: RandomNumbers) => { bytes: Uint8Array; unpacked?: number; options?: TableOptions };

/** Bytes that count for each column: an empty one costs a character of the file, and an object of the table. */
const columnBytes = 256;

/** More cells than a line has, by whatever delimiter that may be. */
function widest(text: string): number {
  const count = (line: string) => Math.max(...[',', ';', '\t', '|'].map((delimiter) => line.split(delimiter).length));
  return text.split(/[\r\n]/).reduce((most, line) => (line.length > most ? Math.max(most, count(line)) : most), 0);
}

const plain: Encode = (text) => ({ bytes: Buffer.from(text) });

const encoded: Encode = (text, random) => {
  const kind = random.below(4);
  if (kind === 0) return { bytes: Buffer.from(`\ufeff${text}`) };
  if (kind === 1) return { bytes: Buffer.from(`\ufeff${text}`, 'utf16le') };
  if (kind === 2) return { bytes: Buffer.from(`\ufeff${text.length % 2 === 0 ? text : `${text}\n`}`, 'utf16le').swap16() };
  return { bytes: Buffer.from(text, 'latin1'), options: { encoding: 'windows-1252' } };
};

/** Compressed whole, or as two members; what is in them was changed, or they are. */
const compressed: Encode = (text, random) => {
  const bytes = Buffer.from(text);
  const at = random.below(bytes.length + 1);
  return {
    unpacked: bytes.length,
    bytes: random.below(2) === 0 ? gzipSync(bytes) : Buffer.concat([gzipSync(bytes.subarray(0, at)), gzipSync(bytes.subarray(at))]),
  };
};

function format(encode: Encode, changedBytes: number): Format {
  return {
    make(random) {
      const records = random.pick(good).map((record) => [...record]);
      const parts: Parts = {
        delimiter: random.pick([',', ';', '\t', '|']),
        quote: '"',
        newline: random.pick(['\n', '\r\n']),
        records,
        extra: new Map(),
        isCareless: false,
      };
      const count = changeCount(random);
      for (let change = 0; change < count && parts.records.length > 0; change++) {
        random.pick(changes)(parts, random);
        shorten(parts);
      }
      const text = written(parts);
      const { bytes, unpacked = 0, options } = encode(text, random);
      const changed = count > 0 && random.next() < changedBytes ? changeBytes(bytes, random) : bytes;
      const all = { ...options, ...(count > 0 && random.pick(choices)) };
      return {
        size: Math.max(changed.length, unpacked) + columnBytes * widest(text),
        isUnchanged: count === 0,
        read: () => readTable({ bytes: changed }, all),
        check: checkTable,
      };
    },
  };
}

export const csv = (): Format => format(plain, 0.25);
export const encodedCsv = (): Format => format(encoded, 0.25);
export const compressedCsv = (): Format => format(compressed, 0.5);
