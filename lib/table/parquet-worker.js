'use strict';
// The worker thread in which hyparquet reads a Parquet file: rolldown.config.mjs copies it to dist/tabular. It posts a group of
// rows in pieces when it is asked for one more group, and then `{ isWhole }`: whether that was the last group.
const { parentPort, workerData } = require('node:worker_threads');

/** Records of one message: the other side turns the event loop between messages. */
const rowsAtOnce = 1024;

/** A view would be posted with all of its memory, which is the file's. */
const plain = (value) => (ArrayBuffer.isView(value) ? value.slice() : value);

/** Columns take a fraction of the time that records take on their way. All records of a group have the same keys. */
function post(records) {
  const names = Object.keys(records[0] ?? {});
  for (let at = 0; at < records.length; at += rowsAtOnce) {
    const piece = records.slice(at, at + rowsAtOnce);
    parentPort.postMessage({ rows: piece.length, columns: names.map((name) => [name, piece.map((record) => plain(record[name]))]) });
  }
}

async function main() {
  const { parquetMetadataAsync, parquetReadObjects } = await import(workerData.hyparquet);
  const { file } = workerData;
  const metadata = await parquetMetadataAsync(file);
  let [next, rowStart] = [0, 0];
  const readGroup = async () => {
    const group = metadata.row_groups[next++];
    const rowEnd = rowStart + Number(group?.num_rows ?? 0);
    if (group !== undefined) post(await parquetReadObjects({ file, metadata, rowStart, rowEnd }));
    rowStart = rowEnd;
    parentPort.postMessage({ isWhole: next >= metadata.row_groups.length });
  };
  parentPort.on('message', () => readGroup().catch(fail));
}

function fail(error) {
  parentPort.postMessage({ problem: String(error?.message ?? error) });
}

main().catch(fail);
