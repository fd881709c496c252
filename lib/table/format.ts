import { badFile } from './places';

/** The formats of files, as they are told apart by their first bytes. */
export type FileFormat = 'csv' | 'npy' | 'ndjson' | 'json' | 'parquet';

const beginnings: readonly [text: string, format: FileFormat][] = [
  ['\x93NUMPY', 'npy'],
  ['PAR1', 'parquet'],
];

/** Files that are often taken for tables. */
const strangers: readonly [text: string, what: string][] = [
  ['PK\x03\x04', 'a ZIP archive or a spreadsheet of Excel: save it as CSV'],
  ['\xd0\xcf\x11\xe0', 'a spreadsheet of an old Excel: save it as CSV'],
  ['SQLite format 3', 'an SQLite database: export a table as CSV'],
  ['ARROW1', "an Arrow file: give Table.from what apache-arrow's tableFromIPC returns"],
  ['%PDF', 'a PDF document'],
  ['\x28\xb5\x2f\xfd', 'compressed by Zstandard: decompress it first, or use gzip'],
  ['BZh', 'compressed by bzip2: decompress it first, or use gzip'],
  ['\xfd7zXZ', 'compressed by xz: decompress it first, or use gzip'],
  ['\x89HDF', 'an HDF5 file'],
];

/** The format of a file that begins with these bytes. */
export function formatOf(head: Uint8Array, name: string): FileFormat {
  const begins = ([text]: readonly [string, string]) => Buffer.from(head.subarray(0, text.length)).toString('latin1') === text;
  const binary = beginnings.find(begins);
  if (binary) return binary[1];
  const stranger = strangers.find(begins);
  if (stranger) throw badFile(name, `is ${stranger[1]}`);
  const start = Buffer.from(head.subarray(0, 1 << 12))
    .toString()
    .replace(/^\ufeff/, '')
    .trimStart();
  if (/^\[\s*[{\]]/.test(start)) return 'json';
  return /^\{\s*["}]/.test(start) ? 'ndjson' : 'csv';
}
