import { readCsv } from './csv/read';
import { decompressed } from './input/gzip';
import { openSource, type TableInput } from './input/source';
import { textOf } from './input/text';
import { checkOptions, type TableOptions } from './options';
import { Table } from './table';

/**
 * The table in a file, a stream, a text or bytes.
 *
 * @throws (rejects with) `ERR_CHAINRULE_FORMAT` for a file that is damaged or something else; the message names its line, column and text.
 */
export async function readTable(source: TableInput, options: TableOptions = {}): Promise<Table> {
  const checked = checkOptions(options, 'options');
  const opened = decompressed(openSource(source));
  return new Table(await readCsv(textOf(opened, checked.encoding), checked));
}
