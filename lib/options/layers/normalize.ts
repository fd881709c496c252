import { wrongOption } from '../../errors';
import { record } from '../check';
import type { LayerRow } from './row';

/** Takes the mean of the training data from each column of `x`, and divides by the standard deviation. */
export interface NormalizeOptions {
  type: 'normalize';
}

/** A checked normalize layer. */
export interface NormalizeSpec {
  type: 'normalize';
}

const check = record<NormalizeSpec>({ type: () => 'normalize' });

export const normalizeRow: LayerRow<NormalizeSpec> = {
  check,
  outputs: (_, { input }) => input,
  tensors: (_, { columns }) => [
    { name: 'mean', shape: [columns], trained: false },
    { name: 'deviation', shape: [columns], trained: false },
    { name: 'count', shape: [1], trained: false },
  ],
  levels: true,
  settings: () => [],
  adapts: { count: 'count', values: ({ rows, mean, deviation }) => ({ mean, deviation, count: [rows] }) },
  pytorch: { modules: (_, { columns }) => [`Normalize(${columns})`], tensors: { mean: 'mean', std: 'deviation', count: 'count' } },
  javascript: {
    settings: [],
    source: `(rows, { mean, deviation }) => {
  const factors = Array.from(deviation, (value) => round(1 / value)).map((factor) => (Number.isFinite(factor) ? factor : 0));
  return rows.map((row) => row.map((value, i) => (value - mean[i]) * factors[i]));
}`,
  },
  belongs: 'normalize belongs in front of all layers',
  refuse(_, { name, index, depth }) {
    if (index > 0 || depth > 0)
      throw wrongOption(`${name} is a normalize layer, which can only be the first layer: layers: [normalize(), …]`);
  },
  shows: { forward: ['output'], backward: [] },
};

/**
 * A normalize layer as plain JSON: `(x - mean) / deviation`, with the mean and the standard deviation of each column of the training data.
 * It is the first layer. The first `fit` measures its data before the first step; `nn.adapt(x)` measures other data, or again. Before that
 * the layer passes `x` on unchanged. A column with the same value in all rows becomes 0.
 */
export function normalize(): NormalizeSpec {
  return { type: 'normalize' };
}
