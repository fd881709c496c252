import { integer, number, record } from '../check';
import { type PenaltyOptions, penaltyChecks, type TrainedOptions, trainedChecks } from '../layers/trained';
import type { InputRow } from './row';

/**
 * Columns of numbers, each as `relu(p · weights + bias)` with `p = [cos 2πcx …, sin 2πcx …]` for some trained frequencies `c`: the "PLR"
 * embeddings of Gorishniy, Rubachev and Babenko (2022). Each column has frequencies, weights and a bias of its own. `x` should be scaled.
 */
export interface PeriodicInputOptions extends TrainedOptions<PeriodicTensor>, PenaltyOptions {
  type: 'periodic';
  /** How many columns of `x` these are. */
  columns: number;
  /** The number of frequencies of a column. */
  frequencies: number;
  /** The columns that each column becomes. */
  width: number;
  /** The standard deviation of the frequencies at first, whose mean is 0: above 0 and below 1e6. The most important setting; 0.01 to 1 are usual. */
  sigma: number;
}

type PeriodicTensor = 'frequencies' | 'weights' | 'bias';

/** A checked periodic input. */
export type PeriodicInputSpec = PeriodicInputOptions;

export const periodicRow: InputRow<PeriodicInputSpec> = {
  check: record<PeriodicInputSpec>({
    type: () => 'periodic',
    columns: integer({ min: 1 }),
    frequencies: integer({ min: 1, max: 2 ** 20 }),
    width: integer({ min: 1 }),
    sigma: number({ above: 0, below: 1e6 }),
    ...trainedChecks<PeriodicTensor>('frequencies', 'weights', 'bias'),
    ...penaltyChecks,
  }),
  width: ({ columns, width }) => columns * width,
  tensors: ({ columns, frequencies, width }) => [
    { name: 'frequencies', shape: [columns, frequencies] },
    { name: 'weights', shape: [columns, 2 * frequencies, width] },
    { name: 'bias', shape: [columns, width] },
  ],
  settings: ({ columns, frequencies, width, sigma }) => [columns, frequencies, width, sigma],
  pytorch: ({ columns, frequencies, width }) => ({
    module: `Periodic(${columns}, ${frequencies}, ${width})`,
    tensors: { frequencies: 'frequencies', weight: 'weights', bias: 'bias' },
  }),
  javascript: {
    settings: ['width'],
    source: `(values, { width, frequencies, weights, bias }) => {
  const count = frequencies.length / values.length;
  return values.flatMap((value, column) => {
    const outputs = Array.from(bias.subarray(column * width, (column + 1) * width));
    for (let k = 0; k < count; k++) {
      const turns = round(value * frequencies[column * count + k]);
      const angle = 2 * Math.PI * (turns - Math.round(turns));
      for (const [wave, row] of [[Math.cos(angle), k], [Math.sin(angle), count + k]]) {
        const from = (column * 2 * count + row) * width;
        for (let i = 0; i < width; i++) outputs[i] += wave * weights[from + i];
      }
    }
    return outputs.map((value) => Math.max(value, 0));
  });
}`,
  },
  setting: ({ frequencies }) => `${frequencies} frequencies`,
};
