import { object, record, withDefault } from '../check';
import { checkEpsilon, defaultEpsilon, isOfColumns, type NormTensor, scaleAndBias } from './norm';
import type { LayerRow } from './row';
import { type TrainedOptions, trainedChecks } from './trained';

/**
 * Layer normalisation (Ba, Kiros & Hinton 2016): each row gets the mean 0 and the variance 1 over its columns. Then each column
 * is multiplied by a trained `scale`, and a trained `bias` is added. The same in training and in prediction.
 */
export interface LayerNormOptions extends TrainedOptions<NormTensor> {
  type: 'layerNorm';
  /** Added to the variance; from 1e-12 to 1. Default 1e-5. */
  epsilon?: number;
}

/** A checked layer normalisation. */
export interface LayerNormSpec extends TrainedOptions<NormTensor> {
  type: 'layerNorm';
  epsilon: number;
}

const check = record<LayerNormSpec>({
  type: () => 'layerNorm',
  epsilon: withDefault(checkEpsilon, defaultEpsilon),
  ...trainedChecks<NormTensor>('scale', 'bias'),
});

export const layerNormRow: LayerRow<LayerNormSpec> = {
  check,
  outputs: (_, { input }) => input,
  tensors: (_, input) => scaleAndBias(input),
  settings: ({ epsilon }) => [epsilon],
  pytorch: {
    modules: ({ epsilon }, { columns }) => [`nn.LayerNorm(${columns}, eps=${epsilon})`],
    tensors: { weight: 'scale', bias: 'bias' },
  },
  keras: {
    classes: { LayerNormalization: ({ axis = -1, epsilon = 1e-3 }) => (isOfColumns(axis) ? { epsilon } : 'is not over the columns') },
    weights: { gamma: 'scale', beta: 'bias' },
  },
  javascript: {
    settings: ['epsilon'],
    source: `(rows, { epsilon, scale, bias }) =>
  rows.map((row) => {
    const mean = sum(row) / row.length;
    const deviation = Math.sqrt(sum(row.map((value) => (value - mean) ** 2)) / row.length + epsilon);
    return row.map((value, i) => ((value - mean) / deviation) * scale[i] + bias[i]);
  })`,
  },
  belongs: 'layerNorm belongs between dense layers',
  words: (_, { columns }) => ({ sizes: String(columns) }),
  shows: { forward: ['output'], backward: ['input', 'delta'] },
};

/**
 * Layer normalisation as plain JSON, with all defaults filled in: `(x - mean) / sqrt(variance + epsilon) * scale + bias`, where mean and
 * variance are those of a row.
 *
 * ```ts
 * layers: [dense(512), layerNorm(), activation('relu'), dense(10)]
 * ```
 *
 * @throws TypeError or RangeError if an option is not what it has to be.
 */
export function layerNorm(options: Omit<LayerNormOptions, 'type'> = {}): LayerNormSpec {
  return check({ ...object(options, 'layerNorm() options'), type: 'layerNorm' }, 'layerNorm()');
}
