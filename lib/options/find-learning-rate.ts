import { wrongOption, wrongValue } from '../errors';
import { boolean, type Check, integer, number, optional, record, withDefault } from './check';
import { checkSignal, type Signal } from './fit';
import type { Optimizer, OptimizerName, OptimizerOptions } from './optimizer';

/** The options of `findLearningRate`. */
export interface FindLearningRateOptions {
  /** The first learning rate, above 0. Default 1e-7. */
  from?: number;
  /** The last one, above `from`. Default 10. */
  to?: number;
  /** Steps, each with a rate of its own; 2 or more. Default 100. */
  steps?: number;
  /** A name, or an object without `learningRate`. Default `'adam'`. */
  optimizer?: Optimizer;
  /** Samples per step. Not for streams. Default 32. */
  batchSize?: number;
  /** Whether the samples are put into random orders. Not for streams. Default true. */
  shuffle?: boolean;
  /** Stops within one batch: rejects with an `AbortError`. */
  signal?: AbortSignal;
}

export interface CheckedFindLearningRate {
  from: number;
  to: number;
  steps: number;
  optimizer: OptimizerOptions;
  batchSize?: number | undefined;
  shuffle?: boolean | undefined;
  signal?: Signal | undefined;
}

const positive = number({ above: 0 });

/** The settings are checked by `fit`; its learning rate is one that is found here. */
const checkOptimizer: Check<OptimizerOptions> = (value, name) => {
  if (typeof value !== 'object' || value === null) return { type: value as OptimizerName };
  const { ...optimizer } = value as OptimizerOptions;
  if (optimizer.learningRate !== undefined) {
    throw wrongOption(`${name}.learningRate does not go with findLearningRate(), which tries the rates from "from" to "to"`);
  }
  return optimizer;
};

const check = record<CheckedFindLearningRate>(
  {
    from: withDefault(positive, 1e-7),
    to: withDefault(positive, 10),
    steps: withDefault(integer({ min: 2, max: 1e6 }), 100),
    optimizer: withDefault(checkOptimizer, { type: 'adam' }),
    batchSize: optional(integer({ min: 1 })),
    shuffle: optional(boolean),
    signal: optional(checkSignal),
  },
  { bare: true },
);

export const checkFindLearningRate: Check<CheckedFindLearningRate> = (value, name) => {
  const options = check(value, name);
  if (options.to <= options.from) throw wrongValue('to', `a number above from (${options.from})`, options.to);
  return options;
};
