import { wrongOption } from '../errors';
import type { NativeLbfgs, NativeTensorSettings } from '../native';
import { type Check, integer, number, object, oneOf, optional, record, withDefault } from './check';
import { rowOf } from './layers/rows';
import { type Layers, layersOf } from './layers/walk';
import { type CheckedOptimizer, checkOptimizer, optimizerNames } from './optimizer';

/** How an iteration of L-BFGS finds its length: by a search for the strong Wolfe conditions, or it is the learning rate. */
export type LineSearch = 'strongWolfe' | 'none';

/**
 * L-BFGS (Liu & Nocedal 1989), for small networks and data that fit into one batch: each epoch takes several iterations on all samples. Names
 * and defaults are PyTorch's, but for the line search. In `fit` only.
 */
export interface LbfgsOptions {
  type: 'lbfgs';
  /** The length of an iteration, or where its line search begins; above 0. Default 1. */
  learningRate?: number;
  /** Iterations of an epoch, 1 or more. Default 20. */
  maxIterations?: number;
  /** Evaluations of the loss in an epoch after which no iteration begins, 1 or more. Default `maxIterations * 5 / 4`. */
  maxEvaluations?: number;
  /** An epoch ends where no element of the gradient is larger; 0 or more. Default 1e-7. */
  toleranceGradient?: number;
  /** An epoch ends where weights or loss change by no more than this; 0 or more. Default 1e-9. */
  toleranceChange?: number;
  /** Iterations that are remembered, each by two arrays as large as the weights; 1 to 4096. Default 100. */
  historySize?: number;
  /** Default `'strongWolfe'`. */
  lineSearch?: LineSearch;
}

const count = integer({ min: 1, max: 2 ** 20 });
const longestHistory = 2 ** 12;
const positive = number({ above: 0 });
const notNegative = number({ min: 0 });

interface Given extends Required<Omit<LbfgsOptions, 'maxEvaluations'>> {
  maxEvaluations?: number | undefined;
}

const checkOptions = record<Given>({
  type: () => 'lbfgs',
  learningRate: withDefault(positive, 1),
  maxIterations: withDefault(count, 20),
  maxEvaluations: optional(count),
  toleranceGradient: withDefault(notNegative, 1e-7),
  toleranceChange: withDefault(notNegative, 1e-9),
  historySize: withDefault(integer({ min: 1, max: longestHistory }), 100),
  lineSearch: withDefault(oneOf<LineSearch>(['strongWolfe', 'none']), 'strongWolfe'),
});

const optimizerName = oneOf([...optimizerNames, 'lbfgs']);

/** The optimizer of `fit`: any that `update` takes, or L-BFGS. */
export const checkFitOptimizer: Check<CheckedOptimizer> = (value, name) => {
  const isName = typeof value !== 'object' || value === null;
  const type = isName ? optimizerName(value, name) : optimizerName(object(value, name).type, `${name}.type`);
  if (type !== 'lbfgs') return checkOptimizer(value, name);
  const { learningRate, maxIterations, maxEvaluations, lineSearch, ...tolerances } = checkOptions(isName ? {} : value, name);
  const lbfgs: NativeLbfgs = {
    maxIterations,
    maxEvaluations: maxEvaluations ?? Math.max(1, Math.floor((maxIterations * 5) / 4)),
    toleranceGradient: tolerances.toleranceGradient,
    toleranceChange: tolerances.toleranceChange,
    historySize: tolerances.historySize,
    lineSearch: lineSearch === 'strongWolfe',
  };
  return { ...checkOptimizer({ type: 'sgd', learningRate }, name), lbfgs };
};

/** The options of `fit` that have no meaning where each epoch is of all samples, or that L-BFGS cannot do. */
const notWithLbfgs = ['batchSize', 'dropLast', 'shuffle', 'accumulate', 'clipNorm', 'clipValue', 'ema'] as const;

/** Refuses those. */
export function checkWithLbfgs(options: Partial<Record<(typeof notWithLbfgs)[number], unknown>>, stream: boolean): void {
  if (stream) throw wrongOption('optimizer "lbfgs" does not go with a stream: each of its epochs is of all samples at once');
  const misplaced = notWithLbfgs.find((name) => options[name] !== undefined);
  if (misplaced === undefined) return;
  throw wrongOption(`${misplaced} does not go with optimizer "lbfgs": each of its epochs takes its own steps on all samples at once`);
}

/**
 * The most arrays of its state: the gradient and the step of the last iteration, and of each that is remembered its step and the change of
 * the gradient. Before the first iteration there are none.
 */
export const mostLbfgsArrays: number = lbfgsArrays(longestHistory);

function lbfgsArrays(remembered: number): number {
  return 2 + 2 * remembered;
}

/** Whether its state can have that number of arrays. */
export function isLbfgsState(arrays: number, { historySize }: NativeLbfgs): boolean {
  return arrays % 2 === 0 && arrays <= lbfgsArrays(historySize);
}

/** Refuses a network whose loss is random, or has terms that a line search would not see. */
export function checkNetworkWithLbfgs(network: Layers, tensors: readonly NativeTensorSettings[]): void {
  for (const { spec, name } of layersOf(network)) {
    if (rowOf(spec).random)
      throw wrongOption(`optimizer "lbfgs" needs the same loss each time, but ${name} is ${spec.type}, which is random`);
  }
  const differs = tensors.some(([factor, , l1, l2]) => factor !== 1 || l1 !== 0 || l2 !== 0);
  if (differs) throw wrongOption('optimizer "lbfgs" does not go with learningRateFactor, l1 and l2 of layers and inputs');
}
