import { wrongOption } from '../errors';
import { closest } from '../options/closest';
import type { Reading } from './infer';
import type { CheckedOptions } from './options';

/** How the column of each name is to be read: what the options ask for, else what the schema has. */
export function readings({ columns, schema, decimal = '.' }: CheckedOptions): (name: string) => Reading {
  const known = new Map(schema?.columns.map((column) => [column.name, column]));
  const free: Reading = { decimal, why: 'as in the schema', keepTexts: false };
  return (name) => {
    const [asked, before] = [columns?.get(name), known.get(name)];
    if (asked === undefined && before === undefined) return free;
    return {
      decimal,
      asked: asked ?? before?.type,
      why: asked === undefined ? 'as in the schema' : 'as asked',
      keepTexts: asked !== undefined,
      categories: before?.categories,
    };
  };
}

/** Columns that options name are there. */
export function checkAsked({ columns }: CheckedOptions, names: readonly string[]): void {
  for (const name of columns?.keys() ?? []) {
    if (names.includes(name)) continue;
    throw wrongOption(`options.columns names ${JSON.stringify(name)}, which the data do not have${didYouMean(name, names)}`);
  }
}

/** The end of a message about a column that is not there. */
export function didYouMean(name: string, names: readonly string[]): string {
  const suggestion = closest(name, names);
  if (suggestion !== undefined) return `; did you mean ${JSON.stringify(suggestion)}?`;
  const shown = names.slice(0, 10).map((known) => JSON.stringify(known));
  return `; it has ${shown.join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`;
}
