import { EventLoop, inSlices, slice } from '../event-loop';
import { RecordBuilder } from './from';
import { collect } from './input/bytes';
import type { Source } from './input/source';
import type { CheckedOptions } from './options';
import { parquetRecords } from './parquet-records';
import type { TableParts } from './parts';
import type { Places } from './places';

/** Reads a Parquet file, one group of its rows after the other, with the optional package hyparquet. */
export async function readParquet(source: Source, options: CheckedOptions): Promise<TableParts> {
  const { name, path } = source;
  const file = (await collect(source.open())).buffer as ArrayBuffer;
  const places: Places = { cell: (column, row) => `${name}: row ${row}, column ${JSON.stringify(column)}` };
  const builder = new RecordBuilder(options, places);
  const eventLoop = new EventLoop(slice);
  let row = 0;
  for await (const records of parquetRecords(name, file)) {
    for (const record of records) builder.add(record, row++);
    if (eventLoop.isDue) await eventLoop.breathe();
  }
  return { ...(await inSlices(builder.finish(name))), source: { format: 'parquet', ...(path !== undefined && { path }), notes: [] } };
}
