import { readCsv } from './csv/read';
import { type FileFormat, formatOf } from './format';
import { peek } from './input/bytes';
import { decompressed } from './input/gzip';
import { openSource, type Source, type TableInput } from './input/source';
import { textOf } from './input/text';
import { readJsonArray, readJsonLines } from './json';
import { readNpyTable } from './npy';
import { type CheckedOptions, checkOptions, type TableOptions } from './options';
import { readParquet } from './parquet';
import type { TableParts } from './parts';
import { badFile } from './places';
import { Table } from './table';

/** Bytes that tell the format of a file. */
const telling = 1 << 12;

const readers: Record<FileFormat, (source: Source, options: CheckedOptions) => Promise<TableParts>> = {
  csv: (source, options) => readCsv(textOf(source, options.encoding), options),
  ndjson: (source, options) => readJsonLines(textOf(source, options.encoding), options),
  json: (source, options) => readJsonArray(textOf(source, options.encoding), options),
  npy: readNpyTable,
  parquet: readParquet,
};

/**
 * The table in a file, a stream, a text or bytes: CSV in any dialect, lines of JSON or a JSON array of records, a matrix of NumPy (.npy), or
 * Parquet (with the package hyparquet). Each may be compressed by gzip.
 *
 * Format, dialect and types of columns are inferred from the data; `options` say otherwise. The event loop keeps turning meanwhile.
 *
 * @throws (rejects with) `ERR_CHAINRULE_FORMAT` for a file that is damaged or something else. The message names the file, and the line, column
 * and text of a bad cell.
 */
export async function readTable(source: TableInput, options: TableOptions = {}): Promise<Table> {
  const checked = checkOptions(options, 'options');
  const opened = decompressed(openSource(source), checked.maxBytes);
  const pieces = opened.open();
  try {
    const { head, all } = await peek(pieces, ({ length }) => length >= telling);
    if (head.length === 0) throw badFile(opened.name, 'is empty');
    return new Table(await readers[formatOf(head, opened.name)](continued(opened, all), checked));
  } finally {
    await pieces.return(undefined);
  }
}

/** A source that is open already. */
function continued(source: Source, pieces: AsyncGenerator<Uint8Array>): Source {
  let isFirst = true;
  return {
    ...source,
    open() {
      if (!isFirst) return source.open();
      isFirst = false;
      return pieces;
    },
  };
}
