import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { readTable, type Schema, type Table, type TabularPrediction } from '../tabular/index';
import { readAsTrained } from './as-trained';
import type { Arguments, Values } from './flags/flag';
import type { predictFlags } from './flags/lists';
import { didYouMean } from './flags/values';
import { loadTabular } from './model-file';
import { open, type RowWriter } from './predict/output';
import { tableOptions } from './tables';
import { UsageError } from './usage';

type Flags = Values<typeof predictFlags>;

/** `chainrule predict`: predictions for the rows of a file. */
export async function run({ flags, words: [file = '', data = ''] }: Arguments<typeof predictFlags>): Promise<void> {
  const format = formatOf(flags);
  const model = await loadTabular(file);
  const bytes = data === '-' ? await buffer(process.stdin) : await readNamed(data);
  const source = { bytes, name: data === '-' ? 'standard input' : data };
  const { table, kept } = await readAsTrained(file, flags, async (all) => {
    const read = await readTable(source, { ...tableOptions(all), schema: model.schema });
    return { table: read, kept: all.keep === undefined ? undefined : await keptTexts(source, read, all) };
  });
  const predictions = await model.predictAsync(table);
  const output = await open(flags.out);
  try {
    if (format === 'csv') await writeCsv(output, predictions, model.schema, kept, flags);
    else await writeLines(output, predictions, kept);
  } finally {
    await output.close();
  }
}

/** The bytes of a file. That of a folder does not name it. */
const readNamed = (file: string): Promise<Buffer> =>
  readFile(file).catch((error: unknown) => {
    throw Object.assign(error as Error, { path: file });
  });

function formatOf({ format, out = '' }: Flags): 'csv' | 'ndjson' {
  if (format !== undefined) return format;
  const extension = path.extname(out).toLowerCase();
  if (['.ndjson', '.jsonl'].includes(extension)) return 'ndjson';
  if (['', '.csv', '.txt'].includes(extension)) return 'csv';
  throw new UsageError(`--out must end in .csv, .ndjson or .jsonl, got "${out}"; --format csv writes CSV to any file`);
}

/** Columns of the data as the texts that they are. */
interface Kept {
  names: string[];
  texts: (readonly (string | null)[])[];
}

async function keptTexts(source: { bytes: Uint8Array; name: string }, { names }: Table, { keep = [], ...flags }: Flags): Promise<Kept> {
  const wanted = keep.length === 1 && keep[0] === 'all' ? [...names] : keep;
  for (const name of wanted) {
    if (!names.includes(name)) throw new UsageError(`--keep: the data have no column "${name}"${didYouMean(name, names)}`);
  }
  const columns = Object.fromEntries(wanted.map((name) => [name, 'text' as const]));
  const table = await readTable(source, { ...tableOptions(flags), columns });
  const texts = wanted.map((name) => {
    const column = table.column(name);
    return 'texts' in column && column.texts !== undefined ? column.texts : [];
  });
  return { names: wanted, texts };
}

/** A heading that says what the column is, whatever is kept beside it. */
const headingOf = ({ target }: Schema): string => `predicted_${target.name}`;

async function writeCsv(
  output: RowWriter,
  predictions: readonly TabularPrediction[],
  schema: Schema,
  kept: Kept | undefined,
  flags: Flags,
) {
  const classes = flags.probabilities ? (schema.target.classes ?? []) : [];
  const heading = [...(kept?.names ?? []), headingOf(schema), ...classes.map((label) => `probability_${label}`)];
  await output.write(`${heading.map(cell).join(',')}\n`);
  for (const [row, prediction] of predictions.entries()) {
    const before = kept?.texts.map((texts) => texts[row] ?? '') ?? [];
    const { value, label, probabilities } = prediction;
    const cells = [...before, label ?? String(value), ...classes.map((name) => String(probabilities?.[name]))];
    await output.write(`${cells.map(cell).join(',')}\n`);
  }
}

async function writeLines(output: RowWriter, predictions: readonly TabularPrediction[], kept: Kept | undefined) {
  for (const [row, prediction] of predictions.entries()) {
    const record = kept && Object.fromEntries(kept.names.map((name, index) => [name, kept.texts[index]?.[row] ?? null]));
    await output.write(`${JSON.stringify(record === undefined ? prediction : { record, ...prediction })}\n`);
  }
}

/** A cell of a CSV file as RFC 4180 has it. */
const cell = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
