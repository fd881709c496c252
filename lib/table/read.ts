import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { inferTexts } from './infer';
import { missingMarkers } from './missing';
import { checkOptions, type TableOptions } from './options';
import { lines } from './places';
import { checkAsked, readings } from './readings';
import { Table } from './table';
import { TextBuilder } from './texts';

/** The sources that `readTable` reads: the name of a file, a stream of bytes, a text, or bytes. */
export type TableInput = string | Readable | { text: string } | { bytes: Uint8Array; name?: string };

/** The table in a file. */
export async function readTable(source: TableInput, options: TableOptions = {}): Promise<Table> {
  const checked = checkOptions(options, 'options');
  const name = typeof source === 'string' ? path.basename(source) : 'text';
  const text = typeof source === 'string' ? await readFile(source, 'utf8') : (source as { text: string }).text;
  const [names = [], ...rows] = [...text.split(/\r?\n/)].filter((line) => line !== '').map((line) => line.split(','));
  checkAsked(checked, names);
  const [reading, isMissing] = [readings(checked), missingMarkers(checked.missing)];
  const columns = names.map((column, index) => {
    const builder = new TextBuilder();
    rows.forEach((row, line) => {
      const cell = (row[index] as string).trim().replace(/^"(.*)"$/, '$1');
      builder.add(isMissing(cell) ? undefined : cell, line + 2);
    });
    const title = column.replace(/^"(.*)"$/, '$1');
    return inferTexts(builder.finish(title, lines(name)), reading(title));
  });
  const source_ = { format: 'csv' as const, ...(typeof source === 'string' && { path: source }), delimiter: ',', header: true, notes: [] };
  return new Table({ rows: rows.length, columns, source: source_ });
}
