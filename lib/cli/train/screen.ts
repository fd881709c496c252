import path from 'node:path';
import type { Column, Table, TrainingPlan } from '../../tabular/index';
import { inFlags } from '../failure';
import { count, counted, entry, short, some } from '../lines';
import { shortened } from '../terminal-text';
import { rangeOf } from './columns';

/*
 * The lines before training: all that was inferred, and how to say otherwise.
 */

const mostNames = 6;
const mostDropped = 12;
const formats: Readonly<Record<string, string>> = { csv: 'CSV', ndjson: 'lines of JSON', json: 'JSON', npy: 'npy', parquet: 'Parquet' };

/** The lines about the data and the plan. */
export function planLines(table: Table, files: readonly string[], plan: TrainingPlan): string[] {
  const { dropped, warnings } = plan;
  return [
    ...tableLines(table, files),
    targetLine(table, plan),
    columnsLine(table, plan),
    ...(dropped.length === 0
      ? []
      : [entry('not used', ...droppedLines(dropped), ...(dropped.length > 0 ? ['other types: --columns NAME=TYPE'] : []))]),
    splitLine(plan),
    recipeLine(plan),
    ...(warnings.length === 0 ? [] : [entry('warnings', ...warnings.map(({ message }) => inFlags(message)))]),
  ];
}

/** The lines about files alone. */
export function tableLines({ source, rows, columns }: Table, files: readonly string[]): string[] {
  const { format, delimiter, header } = source;
  const dialect = format === 'csv' ? `: ${delimiterName(delimiter)}, ${header === false ? 'no header' : 'a header'}` : '';
  const names = some(
    files.map((file) => (file === '-' ? 'standard input' : path.basename(file))),
    3,
  );
  const missing = columns.filter((column) => column.missing > 0).sort((a, b) => b.missing - a.missing);
  const shown = missing.map((column) => `${column.name} ${missingText(column, rows)}`);
  return [
    entry('data', `${names}: ${counted(rows, 'row')}, ${counted(columns.length, 'column')} (${formats[format] ?? format}${dialect})`),
    ...source.notes.map((note) => entry('', inFlags(note))),
    ...(missing.length === 0 ? [] : [entry('missing', `${some(shown, mostNames)}; more texts that mean missing: --missing`)]),
  ];
}

const delimiterName = (delimiter = ','): string => (delimiter === '\t' ? 'tab' : `"${delimiter}"`);

function missingText({ missing }: Column, rows: number): string {
  return missing === rows ? 'in all rows' : count(missing);
}

function targetLine(table: Table, { target, task, taskWhy }: TrainingPlan): string {
  const { name, classes = [] } = target;
  const column = table.column(name);
  const what =
    task === 'classes'
      ? `${classes.length === 1 ? 'one class' : `${count(classes.length)} classes`} (${some(classes, mostNames)})`
      : `a number, ${column.type === 'number' ? rangeOf(column.values, short) : ''}`;
  const [why = ''] = taskWhy.split('; ');
  const other = task === 'classes' ? 'regression' : 'classes';
  const canBeOther = taskWhy.includes(`'${other}'`);
  return entry(
    'target',
    `${shortened(name)}: ${what}, ${why === 'as asked' ? why : `as ${why}`}${canBeOther ? `; otherwise: --task ${other}` : ''}`,
  );
}

function columnsLine({ columns: all }: Table, { columns, inputs }: TrainingPlan): string {
  const types = new Map<string, string[]>();
  for (const { name, type } of columns) {
    const names = types.get(type);
    if (names === undefined) types.set(type, [name]);
    else names.push(name);
  }
  const texts = [...types].map(
    ([type, names]) => `${counted(names.length, type).replace('categorys', 'categories')} (${some(names, mostNames)})`,
  );
  return entry('columns', `${count(columns.length)} of ${count(all.length - 1)} used, as ${counted(inputs, 'input')}`, ...texts);
}

function droppedLines(dropped: TrainingPlan['dropped']): string[] {
  const lines = dropped.slice(0, mostDropped).map(({ column, why }) => `${shortened(column)}: ${inFlags(why)}`);
  return dropped.length > mostDropped ? [...lines, `and ${count(dropped.length - mostDropped)} more`] : lines;
}

function splitLine({ split: { train, validation, test, how } }: TrainingPlan): string {
  const parts = `${counted(train, 'row')} to train on, ${count(validation)} to choose the best epoch, ${count(test)} for the figures`;
  return entry('split', `${parts}: ${how}`, 'otherwise: --test, --validation, --split group:COLUMN or time:COLUMN');
}

function recipeLine({ recipe, hidden, parameters, epochs }: TrainingPlan): string {
  const other = recipe === 'default' ? '; much sooner done: --recipe fast' : '';
  return entry(
    'recipe',
    `${recipe}: hidden layers ${hidden.join('-')}, ${counted(parameters, 'parameter')}, at most ${counted(epochs, 'epoch')}${other}`,
  );
}
