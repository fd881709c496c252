import { type Affine, activated, filled, type Layered, scaled } from './expressions';
import { type Scale, scaleOf } from './merged';
import type { Resolved } from './resolve';

/* Several products with one value, beside each other: the actions and the value of a policy, means and deviations. */

/** Several products with the same value are one, and so are those behind the same activation. */
export function heads(values: readonly Layered[], resolved: Resolved): Layered | undefined {
  const [first] = values;
  if (first?.op === 'activated' && first.activation !== 'softmax' && first.activation !== 'meanVariance') {
    const { activation } = first;
    const inner = values.flatMap((value) => (value.op === 'activated' && value.activation === activation ? [value.of] : []));
    const of = inner.length === values.length ? heads(inner, resolved) : undefined;
    return of && activated(of, activation);
  }
  const scaledProducts = values.map((value) => scaleOf(value, undefined));
  const products = scaledProducts.map(({ at }) => at);
  const of = products[0]?.op === 'affine' ? products[0].of : undefined;
  const same = products.filter((product): product is Affine => product.op === 'affine' && product.of === of);
  if (of === undefined || same.length < products.length) return undefined;
  const columns = same.reduce((sum, product) => sum + product.columns, 0);
  resolved.use(of.columns * columns);
  const weights = new Float64Array(of.columns * columns);
  const [factors, summands] = [filled(columns, 1), filled(columns, 0)];
  let offset = 0;
  for (const [index, { weights: own, columns: width, transposed }] of same.entries()) {
    for (let row = 0; row < of.columns; row++) {
      for (let i = 0; i < width; i++)
        weights[row * columns + offset + i] = own[transposed ? i * of.columns + row : row * width + i] as number;
    }
    const { scale } = scaledProducts[index] as (typeof scaledProducts)[number];
    factors.set(scale.factors, offset);
    summands.set(scale.summands, offset);
    offset += width;
  }
  return scaled({ op: 'affine', columns, of, weights, transposed: false }, factors, summands);
}

/** A head: a product, an activation behind it, and a scaling behind that. */
interface Head {
  product: Layered;
  activation?: Parameters<typeof activated>[1];
  scale?: Scale;
}

function headOf(value: Layered): Head {
  const { at, scale } = scaleOf(value, undefined);
  return at.op === 'activated' ? { product: at.of, activation: at.activation, scale } : { product: value };
}

/**
 * Heads with activations of their own. All products are one, beside which there is room for the activations. For each head a residual block takes
 * its columns, and adds their activation to the zeros of its room. The last product chooses the columns of the output. Its weights, and those of the
 * blocks, are zeros and ones, which change no bit.
 */
export function mixedHeads(values: readonly Layered[], resolved: Resolved): Layered | undefined {
  const all = values.map(headOf);
  const products = heads(
    all.map(({ product }) => product),
    resolved,
  );
  if (products === undefined) return undefined;
  const { columns } = products;
  const room = all.reduce((sum, { product, activation }) => sum + (activation === undefined ? 0 : product.columns), 0);
  const width = columns + room;
  resolved.use(2 * width * (columns + room));
  let wide: Layered = placed(products, 0, width);
  const found: number[] = [];
  const [factors, summands] = [filled(columns, 1), filled(columns, 0)];
  let [first, free] = [0, columns];
  for (const { product, activation, scale } of all) {
    const own = Array.from({ length: product.columns }, (_, i) => first + i);
    if (activation === undefined) found.push(...own);
    else {
      const branch = placed(activated(chosen(wide, own), activation), free, width);
      wide = { op: 'sum', columns: width, of: [wide, branch] };
      for (let i = 0; i < own.length; i++) found.push(free++);
    }
    if (scale !== undefined) {
      factors.set(scale.factors, first);
      summands.set(scale.summands, first);
    }
    first += own.length;
  }
  return scaled(chosen(wide, found), factors, summands);
}

/** The columns of a value at some indices. */
export function chosen(of: Layered, indices: readonly number[]): Affine {
  const columns = indices.length;
  const weights = new Float32Array(of.columns * columns);
  for (const [column, index] of indices.entries()) weights[index * columns + column] = 1;
  return { op: 'affine', columns, of, weights, transposed: false };
}

/** A value as columns of a wider one, from `first` on, beside zeros. */
function placed(of: Layered, first: number, columns: number): Affine {
  const weights = new Float32Array(of.columns * columns);
  for (let i = 0; i < of.columns; i++) weights[i * columns + first + i] = 1;
  return { op: 'affine', columns, of, weights, transposed: false };
}
