import { wrongType } from '../errors';
import { EventLoop, inSlices, slice } from '../event-loop';
import { newline } from './csv/dialect';
import { RecordBuilder } from './from';
import { collect } from './input/bytes';
import type { TextSource } from './input/text';
import type { CheckedOptions } from './options';
import type { TableParts } from './parts';
import { badFile, badLine, lines, type Places } from './places';

/** Bytes of the longest line, and of a whole JSON array: a string of V8 is not much longer. */
const longestText = 2 ** 29 - 2 ** 20;

/** Reads records from lines of JSON. No record outlives its line. */
export async function readJsonLines(source: TextSource, options: CheckedOptions): Promise<TableParts> {
  const builder = new RecordBuilder(options, lines(source.name));
  const eventLoop = new EventLoop(slice);
  let line = 0;
  for await (const text of linesOf(source)) {
    line++;
    if (text.trim() !== '') builder.add(recordOf(parse(text, source.name, line), `${source.name}: line ${line}`), line);
    if (eventLoop.isDue) await eventLoop.breathe();
  }
  return { ...(await inSlices(builder.finish(source.name))), source: { ...described(source), format: 'ndjson' } };
}

/** Reads a JSON array of records. */
export async function readJsonArray(source: TextSource, options: CheckedOptions): Promise<TableParts> {
  const bytes = await collect(source.open());
  if (bytes.length > longestText) throw badFile(source.name, `has ${bytes.length} bytes of JSON: write one record a line, for any size`);
  const places: Places = { cell: (column, record) => `${source.name}: record ${record + 1}, column ${JSON.stringify(column)}` };
  const builder = new RecordBuilder(options, places);
  const eventLoop = new EventLoop(slice);
  const records = parse(Buffer.from(bytes.buffer).toString(), source.name, undefined);
  if (!Array.isArray(records)) throw badFile(source.name, 'must be an array of records');
  for (let index = 0; index < records.length; index++) {
    builder.add(recordOf(records[index], `${source.name}: record ${index + 1}`), index);
    if (eventLoop.isDue) await eventLoop.breathe();
  }
  return { ...(await inSlices(builder.finish(source.name))), source: { ...described(source), format: 'json' } };
}

function described({ path, encoding }: TextSource): { path?: string; encoding: string; notes: string[] } {
  return { ...(path !== undefined && { path }), encoding: encoding(), notes: [] };
}

async function* linesOf(source: TextSource): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  let length = 0;
  let line = 1;
  for await (const piece of source.open()) {
    let at = 0;
    for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, at)) {
      yield rest.join('') + decoder.decode(piece.subarray(at, end));
      [rest, length, at] = [[], 0, end + 1];
      line++;
    }
    rest.push(decoder.decode(piece.subarray(at)));
    length += piece.length - at;
    if (length > longestText) throw badLine(source.name, line, `has more than ${longestText} bytes`);
  }
  const last = rest.join('');
  if (last !== '') yield last;
}

function parse(text: string, name: string, line: number | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    throw line === undefined ? badFile(name, `is not valid JSON: ${message}`, error) : badLine(name, line, `is not valid JSON: ${message}`);
  }
}

function recordOf(value: unknown, name: string): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(name, 'an object of columns and values', value);
  return value;
}
