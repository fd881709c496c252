import { wrongOption } from '../errors';
import { type Check, integer, number, optional, record, withDefault } from './check';

/** An average of the weights over the steps. */
export interface EmaOptions {
  /** The share of the average that each step keeps, above 0 and below 1. Default 0.999. */
  decay?: number;
}

/** The options of `fit` for the steps of the optimizer. */
export interface StepOptions {
  /**
   * Batches of a step. Its gradient is the mean over the samples of all of them, as in one batch of `accumulate * batchSize`; the last step
   * of an epoch may have fewer. Default 1.
   */
  accumulate?: number;
  /** The largest Euclidean norm of a step's gradient over all parameters: a longer one is scaled (PyTorch: `clip_grad_norm_`). Above 0. Default: no limit. */
  clipNorm?: number;
  /** The largest absolute value in a step's gradient (PyTorch: `clip_grad_value_`). Above 0; not with `clipNorm`. Default: no limit. */
  clipValue?: number;
  /**
   * Trains with an exponential moving average of the weights, which is what the network has after each epoch: validation, `predict` and
   * saved files see the average. Training itself goes by the latest weights. Default: no average.
   */
  ema?: EmaOptions;
}

/** Checked options of steps; what is undefined is not done. */
export interface CheckedStep {
  accumulate?: number | undefined;
  clipNorm?: number | undefined;
  clipValue?: number | undefined;
  ema?: { decay: number } | undefined;
}

const positive = number({ above: 0 });

/** The checks of these options, one by one. */
export const stepChecks: { [Name in keyof CheckedStep]-?: Check<CheckedStep[Name]> } = {
  accumulate: optional(integer({ min: 1 })),
  clipNorm: optional(positive),
  clipValue: optional(positive),
  ema: optional(record<{ decay: number }>({ decay: withDefault(number({ above: 0, below: 1 }), 0.999) })),
};

/** Refuses those that exclude each other. One batch for each step is the default, however it was asked for. */
export function completeStep({ accumulate, clipNorm, clipValue, ema }: CheckedStep): CheckedStep {
  if (clipNorm !== undefined && clipValue !== undefined) throw wrongOption('clipNorm and clipValue exclude each other');
  return { accumulate: accumulate === 1 ? undefined : accumulate, clipNorm, clipValue, ema };
}
