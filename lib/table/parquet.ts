import { ChainruleError } from '../errors';
import { EventLoop, inSlices, slice } from '../event-loop';
import { RecordBuilder } from './from';
import { collect } from './input/bytes';
import type { Source } from './input/source';
import type { CheckedOptions } from './options';
import type { TableParts } from './parts';
import { badFile, type Places } from './places';

/** Reads a Parquet file, one group of its rows after the other, with the optional package hyparquet. */
export async function readParquet(source: Source, options: CheckedOptions): Promise<TableParts> {
  const { parquetMetadataAsync, parquetReadObjects } = await loadHyparquet(source.name);
  const { name, path } = source;
  const file = (await collect(source.open())).buffer as ArrayBuffer;
  const places: Places = { cell: (column, row) => `${name}: row ${row}, column ${JSON.stringify(column)}` };
  const builder = new RecordBuilder(options, places);
  const eventLoop = new EventLoop(slice);
  const metadata = await readable(name, () => parquetMetadataAsync(file));
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const records = await readable(name, () => parquetReadObjects({ file, metadata, rowStart, rowEnd }));
    for (const record of records) {
      builder.add(record, rowStart++);
      if (eventLoop.isDue) await eventLoop.breathe();
    }
    rowStart = rowEnd;
  }
  return { ...(await inSlices(builder.finish(name))), source: { format: 'parquet', ...(path !== undefined && { path }), notes: [] } };
}

/** Does something of hyparquet, whose errors have no codes. */
async function readable<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw badFile(name, `cannot be read as Parquet: ${(error as Error).message}`, error);
  }
}

async function loadHyparquet(name: string) {
  try {
    return await import('hyparquet');
  } catch (error) {
    const message = `${name} is a Parquet file, which takes the package hyparquet: npm install hyparquet`;
    throw new ChainruleError('ERR_CHAINRULE_UNSUPPORTED', message, { cause: error });
  }
}
