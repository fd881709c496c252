import { TabularModel } from '../tabular/index';
import type { Arguments } from './flags/flag';
import type { checkFlags } from './flags/lists';
import { entry, program, quoted } from './lines';
import { trainOptions } from './problem';
import { readTables, withNotes } from './tables';
import { columnLines } from './train/columns';
import { planLines, tableLines } from './train/screen';

/** `chainrule check`: what training would make of a table. */
export async function run({ flags, words: files }: Arguments<typeof checkFlags>): Promise<void> {
  const table = await readTables(files, flags);
  const columns = columnLines(table);
  if (flags.target === undefined) {
    if (flags.json) return console.log(JSON.stringify({ rows: table.rows, source: table.source, columns: table.schema.columns }, null, 2));
    console.log([...tableLines(table, files), '', ...columns, ''].join('\n'));
    return console.log(entry('next', `${program()} check ${files.map(quoted).join(' ')} --target ${quoted(table.names.at(-1) as string)}`));
  }
  const plan = await withNotes(table, async () => TabularModel.plan(table, await trainOptions(table, flags)));
  if (flags.json) return console.log(JSON.stringify({ ...plan, source: table.source }, null, 2));
  console.log([...planLines(table, files, plan), '', ...columns, ''].join('\n'));
  console.log(
    plan.warnings.length === 0
      ? entry('check', 'nothing is wrong with the data')
      : entry('check', `${plan.warnings.length} ${plan.warnings.length === 1 ? 'warning' : 'warnings'}, see above`),
  );
  console.log(entry('next', `${program()} train ${files.map(quoted).join(' ')} --target ${quoted(flags.target)}`));
}
