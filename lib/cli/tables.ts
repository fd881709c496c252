import { readTable, Table, type TableOptions } from '../tabular/index';
import type { Values } from './flags/flag';
import type { tableFlags } from './flags/lists';
import { UsageError } from './usage';

/** Flags that say how a file becomes a table. */
export type TableFlags = Values<typeof tableFlags>;

/** The table in one or several files; `-` is the standard input. Further files are read into the types of the first. */
export async function readTables(files: readonly string[], flags: TableFlags, schema?: TableOptions['schema']): Promise<Table> {
  const options = tableOptions(flags);
  const [first, ...more] = files as readonly [string, ...string[]];
  const table = await readTable(first === '-' ? process.stdin : first, schema === undefined ? options : { ...options, schema });
  if (more.length === 0) return table;
  const { columns: _, ...rest } = options;
  const others: Table[] = [];
  for (const file of more) others.push(await readTable(file, { ...rest, schema: table.schema }));
  return Table.concat(table, ...others);
}

/** Does something with a table. If that fails, the error also says what was noted when the table was read: it is often the reason. */
export async function withNotes<T>({ source }: Table, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Error && source.notes.length > 0) error.message += `. Of the data: ${source.notes.join('; ')}`;
    throw error;
  }
}

export function tableOptions(flags: TableFlags): TableOptions {
  const { columns, delimiter, quote, decimal, 'no-header': noHeader, comment, missing, 'missing-only': only, encoding } = flags;
  if (missing !== undefined && only !== undefined) throw new UsageError('--missing and --missing-only do not go together');
  return {
    // A file that is named on the command line may be as large as it is.
    maxBytes: Number.MAX_SAFE_INTEGER,
    ...(columns && { columns }),
    ...(delimiter !== undefined && { delimiter }),
    ...(quote !== undefined && { quote }),
    ...(decimal !== undefined && { decimal }),
    ...(noHeader && { header: false }),
    ...(comment !== undefined && { comment }),
    ...(missing && { missing }),
    ...(only && { missing: { only } }),
    ...(encoding !== undefined && { encoding }),
  };
}
