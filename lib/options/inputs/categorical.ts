import { integer, optional, record, withDefault } from '../check';
import { type TrainedOptions, trainedChecks } from '../layers/trained';
import type { InputRow } from './row';

/**
 * A column of categories. Its values are their indices as numbers: 0, 1, 2 and so on. With `width` each category is a row of a trained table
 * (an embedding), which begins with normal random numbers of standard deviation 1 / sqrt(width); without, it is one-hot.
 */
export interface CategoricalInputOptions extends TrainedOptions<'embedding'> {
  type: 'categorical';
  /** The number of categories: from 2 to 2^24. */
  categories: number;
  /** The columns that a category becomes. Default: one-hot, as many as there are categories. */
  width?: number;
  /** How many columns of `x` these are, each with categories of its own. Default 1. */
  columns?: number;
}

/** A checked input of categories. */
export interface CategoricalInputSpec extends TrainedOptions<'embedding'> {
  type: 'categorical';
  categories: number;
  width?: number;
  columns: number;
}

/** Up to here single precision has every index exactly. */
const mostCategories = 2 ** 24;

export const categoricalRow: InputRow<CategoricalInputSpec> = {
  check: record<CategoricalInputSpec>({
    type: () => 'categorical',
    categories: integer({ min: 2, max: mostCategories }),
    width: optional(integer({ min: 1 })) as (value: unknown, name: string) => number,
    columns: withDefault(integer({ min: 1 }), 1),
    ...trainedChecks('embedding'),
  }),
  width: ({ categories, width = categories, columns }) => columns * width,
  tensors({ categories, width, columns }) {
    if (width === undefined) return [];
    return [{ name: 'embedding', shape: columns === 1 ? [categories, width] : [columns, categories, width] }];
  },
  settings: ({ categories, width = 0, columns }) => [columns, categories, width],
  pytorch: ({ categories, width }) =>
    width === undefined
      ? { module: `OneHot(${categories})` }
      : { module: `nn.Embedding(${categories}, ${width})`, tensors: { weight: 'embedding' }, eachColumn: true },
  javascript: {
    settings: ['categories', 'width'],
    source: `(values, { categories, width, embedding }, first) =>
  values.flatMap((category, column) => {
    if (!Number.isInteger(category) || category < 0 || category >= categories)
      throw new RangeError('row[' + (first + column) + '] must be a category: a whole number from 0 to ' + (categories - 1) + ', got ' + category);
    if (!embedding) return Array.from({ length: categories }, (_, i) => (i === category ? 1 : 0));
    const from = (column * categories + category) * width;
    return Array.from(embedding.subarray(from, from + width));
  })`,
  },
  categories: ({ categories }) => categories,
  setting: ({ categories, width }) => `${categories} categories${width === undefined ? ', one-hot' : ''}`,
};
