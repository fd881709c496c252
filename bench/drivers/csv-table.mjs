// The CSV file that every parser reads: numbers with and without a fraction, and texts that repeat.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const textColumns = 8;
export const isNumeric = (column) => column >= textColumns;

const [rowFactor, columnFactor] = [7919, 104_729];

/** A cell as its text. */
export function cellOf(row, column) {
  const number = row * rowFactor + column * columnFactor;
  if (!isNumeric(column)) return `town ${number % (10 + column * column)}`;
  return String(column % 3 === 0 ? number % 1000 : (number % 1_000_003) / 1000);
}

/** The name of the file, which is written when it is first needed. */
export function tableFile({ rows, columns }) {
  const folder = fileURLToPath(new URL('../../build/bench/', import.meta.url));
  const file = `${folder}table-${rows}x${columns}.csv`;
  if (fs.existsSync(file)) return file;
  fs.mkdirSync(folder, { recursive: true });
  const line = (cell) => `${Array.from({ length: columns }, (_, column) => cell(column)).join(',')}\n`;
  const lines = Array.from({ length: rows }, (_, row) => line((column) => cellOf(row, column)));
  const unfinished = `${file}.${process.pid}`;
  fs.writeFileSync(unfinished, line((column) => `c${column}`) + lines.join(''));
  fs.renameSync(unfinished, file);
  return file;
}
