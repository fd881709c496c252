import type { Activation, LossName } from '../../lib';
import { losses } from '../../lib/options';
import { checkLoss, outputsPerTarget } from '../../lib/options/losses';
import type { RandomNumbers } from './random-numbers';

/*
 * Targets that each loss takes, with its default settings.
 */

export const outputsOfTarget = (loss: LossName): number => outputsPerTarget(checkLoss(loss, 'loss'));

/** The next number of outputs that a loss can have. */
export const fitting = (outputs: number, loss: LossName): number => Math.ceil(outputs / outputsOfTarget(loss)) * outputsOfTarget(loss);

export const targetsOf = (outputs: number, loss: LossName): number => outputs / outputsOfTarget(loss);

/** Row by row, for as many outputs. */
export function makeTargets(random: RandomNumbers, rows: number, outputs: number, loss: LossName): Float64Array {
  const columns = targetsOf(outputs, loss);
  const { targets } = losses[loss];
  const y = random.array(rows * columns, targets === 'numbers' ? -1 : 0, targets === 'counts' ? 3 : 1);
  if (targets === 'sides') return y.map((value) => (value < 0.5 ? 0 : 1));
  if (targets !== 'distributions') return y;
  for (let row = 0; row < rows; row++) {
    const part = y.subarray(row * columns, (row + 1) * columns);
    const sum = part.reduce((total, value) => total + value, 0);
    for (let column = 0; column < columns; column++) part[column] = (part[column] as number) / sum;
  }
  return y;
}

/** Activations that belong to the losses of another kind. */
export const clash = (activation: Activation, loss: LossName): boolean =>
  (activation === 'softmax' && losses[loss].reads === 'logits') || (activation === 'sigmoid' && losses[loss].reads === 'classLogits');

/**
 * The last activation to test a loss with where the others have `activation`. Below the least variance the gradient of gaussianNLL is, as
 * PyTorch's, not that of the loss.
 */
export function lastFor(activation: Activation, loss: LossName): Activation {
  if (losses[loss].reads === 'pairs') return 'meanVariance';
  return clash(activation, loss) ? 'linear' : activation;
}

/** The activation of hidden layers in that case. Exponentials of what is not bounded overflow, or nearly, and differences say nothing then. */
export function hiddenFor(activation: Activation, loss: LossName): Activation {
  const { reads } = losses[loss];
  return activation === 'exp' || reads === 'pairs' || reads === 'logRates' ? 'tanh' : activation;
}

/** Whether a loss says nothing about a single output. */
export const needsTwoOutputs = (loss: LossName): boolean => losses[loss].reads === 'classLogits';
