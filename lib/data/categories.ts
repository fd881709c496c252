import { wrongValue } from '../errors';
import type { FloatArray } from '../native';
import type { CategoryColumns } from '../options/inputs/walk';
import { place } from './typed-arrays';

/** Where one of the first `rows` rows has no category in a column of categories: the first such element of the first such columns. */
export function findNoCategory(
  data: FloatArray,
  rows: number,
  columns: number,
  groups: readonly CategoryColumns[],
): { index: number; categories: number } | undefined {
  for (const { first, count, categories } of groups) {
    for (let row = 0; row < rows; row++) {
      const begin = row * columns + first;
      for (let index = begin; index < begin + count; index++) {
        const value = data[index] as number;
        if (!(value >= 0 && value < categories && Math.floor(value) === value)) return { index, categories };
      }
    }
  }
  return undefined;
}

/** Refuses rows without a category in a column of categories. */
export function checkCategories(data: FloatArray, columns: number, groups: readonly CategoryColumns[], name: string): void {
  const found = groups.length === 0 ? undefined : findNoCategory(data, data.length / columns, columns, groups);
  if (found === undefined) return;
  const expected = `a category, a whole number from 0 to ${found.categories - 1}`;
  throw wrongValue(`${name} at ${place(found.index, columns)}`, expected, data[found.index]);
}
