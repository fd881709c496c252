import { number, object, record, withDefault } from '../check';
import { checkEpsilon, defaultEpsilon, isOfColumns, type NormTensor, scaleAndBias } from './norm';
import type { LayerRow } from './row';
import { type TrainedOptions, trainedChecks } from './trained';

/**
 * Batch normalisation (Ioffe & Szegedy 2015): while training, each column gets the mean 0 and the variance 1 over the batch; a prediction
 * uses running statistics of the batches instead. Then each column is multiplied by a trained `scale` and a trained `bias` is added.
 * Directly after a dense layer without an activation it costs a prediction nothing.
 */
export interface BatchNormOptions extends TrainedOptions<NormTensor> {
  type: 'batchNorm';
  /** The part by which a step of training moves the running statistics towards those of its batch; from 0 to 1. Default 0.1. */
  momentum?: number;
  /** Added to the variance; from 1e-12 to 1. Default 1e-5. */
  epsilon?: number;
}

/** A checked batch normalisation. */
export interface BatchNormSpec extends TrainedOptions<NormTensor> {
  type: 'batchNorm';
  momentum: number;
  epsilon: number;
}

const check = record<BatchNormSpec>({
  type: () => 'batchNorm',
  momentum: withDefault(number({ min: 0, max: 1 }), 0.1),
  epsilon: withDefault(checkEpsilon, defaultEpsilon),
  ...trainedChecks<NormTensor>('scale', 'bias'),
});

export const batchNormRow: LayerRow<BatchNormSpec> = {
  check,
  outputs: (_, { input }) => input,
  tensors: (_, input) => [
    ...scaleAndBias(input),
    { name: 'runningMean', shape: [input.columns], trained: false },
    { name: 'runningVariance', shape: [input.columns], trained: false, min: 0 },
  ],
  levels: true,
  settings: ({ momentum, epsilon }) => [momentum, epsilon],
  pytorch: {
    modules: ({ momentum, epsilon }, { columns, ensemble }) => [
      `${ensemble ? 'MemberNorm' : 'nn.BatchNorm1d'}(${columns}, eps=${epsilon}, momentum=${momentum})`,
    ],
    tensors: { weight: 'scale', bias: 'bias', running_mean: 'runningMean', running_var: 'runningVariance' },
  },
  keras: {
    classes: {
      BatchNormalization: ({ axis = -1, momentum = 0.99, epsilon = 1e-3 }) =>
        isOfColumns(axis) ? { momentum: 1 - Number(momentum), epsilon } : 'is not over the columns',
    },
    weights: { gamma: 'scale', beta: 'bias', moving_mean: 'runningMean', moving_variance: 'runningVariance' },
  },
  javascript: {
    settings: ['epsilon'],
    source: `(rows, { epsilon, scale, bias, runningMean, runningVariance }) =>
  rows.map((row) => row.map((value, i) => ((value - runningMean[i]) / Math.sqrt(runningVariance[i] + epsilon)) * scale[i] + bias[i]))`,
  },
  belongs: 'batchNorm belongs between dense layers',
  leastRows: 2,
  words: (_, { columns }) => ({ sizes: String(columns) }),
  shows: { forward: ['output'], backward: ['input', 'delta'] },
};

/**
 * Batch normalisation as plain JSON, with all defaults filled in: `(x - mean) / sqrt(variance + epsilon) * scale + bias`, where mean and
 * variance are those of a column: over the batch while training, and running averages in a prediction. A batch needs two rows at least,
 * unless the layer is frozen: `fit` has `dropLast` for a last batch of one.
 *
 * ```ts
 * layers: [dense(512), batchNorm(), activation('relu'), dense(10)]
 * ```
 *
 * @throws TypeError or RangeError if an option is not what it has to be.
 */
export function batchNorm(options: Omit<BatchNormOptions, 'type'> = {}): BatchNormSpec {
  return check({ ...object(options, 'batchNorm() options'), type: 'batchNorm' }, 'batchNorm()');
}
