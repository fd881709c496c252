import type { Pieces } from '../event-loop';
import { type Coder, type FeatureState, type Fitted, nothingIn, visiting } from './features';
import { scalingOfCounts } from './scaling';

/** How categories become numbers. */
export type CategoryForm = 'signs' | 'oneHot' | 'embedding';

/** A column of categories. Missing and unknown ones are alike: 0 in all columns, or the first row of the table. */
export interface CategoryState extends FeatureState {
  readonly type: 'category' | 'boolean';
  /** Those that occur in the training part, in the order of the table. */
  readonly categories: readonly string[];
  /** `'signs'`: -1 or 1, of two. `'oneHot'`: a column for each. `'embedding'`: a row of a trained table. */
  readonly form: CategoryForm;
}

/** Up to this many categories have a column each; the limit and the width are RealMLP's. */
const mostOneHot = 9;
const embeddingWidth = 8;

/** Fits a feature to the codes in `rows`, which are indices of `categories`. */
export function* fittingCategory(
  name: string,
  type: CategoryState['type'],
  { codes, categories }: { codes: ArrayLike<number>; categories: readonly string[] },
  rows: ArrayLike<number>,
): Pieces<Fitted<CategoryState>> {
  const all = new Uint32Array(categories.length);
  let missing = 0;
  yield* visiting(rows, (row) => {
    const code = codes[row] as number;
    if (code < 0) missing++;
    else all[code] = (all[code] as number) + 1;
  });
  const known = categories.filter((_, code) => (all[code] as number) > 0);
  const counts = [...all].filter((count) => count > 0);
  if (known.length === 0) return { dropped: nothingIn.missing };
  if (known.length === 1 && missing === 0) return { dropped: nothingIn.constant };
  const form = known.length === 2 ? 'signs' : known.length <= mostOneHot ? 'oneHot' : 'embedding';
  const scalings = {
    signs: () => [scalingOfCounts([-1, 0, 1], [counts[0] as number, missing, counts[1] as number])],
    oneHot: () => counts.map((count) => scalingOfCounts([0, 1], [rows.length - count, count])),
    embedding: () => [],
  }[form]();
  return { type, name, missing, categories: known, form, scalings };
}

export function categoryCoder({ categories, form }: CategoryState): Coder {
  if (form === 'embedding') {
    return {
      table: { categories: categories.length + 1, width: embeddingWidth },
      write(code, to) {
        to[0] = code < 0 ? 0 : code + 1;
      },
    };
  }
  const values = categories.length;
  if (form === 'signs') {
    return {
      values,
      write(code, to) {
        to[0] = code < 0 ? 0 : 2 * code - 1;
      },
    };
  }
  return {
    values,
    write(code, to) {
      to.fill(0, 0, values);
      if (code >= 0) to[code] = 1;
    },
  };
}
