import { describe, wrongShape } from '../errors';
import type { CheckedOptions } from './options';
import { badFile } from './places';

/** The names of the columns of a file that has none: those that are given, or `column1`, `column2` and so on. */
export function namesOf({ header }: CheckedOptions, width: number, file: string): readonly string[] {
  if (header === undefined || typeof header === 'boolean') return Array.from({ length: width }, (_, index) => unnamed(index));
  if (header.length !== width) throw wrongShape(`options.header names ${header.length} columns, but ${file} has ${width}`);
  return checkDistinct(header, 'options.header');
}

/** The name of a column without one. */
export const unnamed = (index: number): string => `column${index + 1}`;

/** Names of columns, all different. `where` is where they stand. */
export function checkDistinct(names: readonly string[], where: string): readonly string[] {
  const seen = new Map<string, number>();
  names.forEach((name, index) => {
    const other = seen.get(name);
    if (other !== undefined) throw badFile(where, `calls two columns ${describe(name)}: columns ${other + 1} and ${index + 1}`);
    seen.set(name, index);
  });
  return names;
}
