import type { DenseOptions, LossOptions } from '../../index';
import { inputsOf, type Recipe, type RecipeInput, widthOf } from './recipe';

/*
 * RealMLP-TD-S (Holzmüller, Grinsztajn & Steinwart 2024, https://arxiv.org/abs/2407.04491) in the options of the library. Layers are
 * x · W / sqrt(n) + b for n inputs, where W and b start with normal random numbers of deviation 1: docs/optimizers.md says how that becomes
 * initializers and learningRateFactor.
 */

const width = 256;
const hiddenLayers = 3;
const epochsByDefault = 256;
const mostBatch = 256;

const layer = (inputs: number, units: number, activation: NonNullable<DenseOptions['activation']>): DenseOptions => ({
  type: 'dense',
  units,
  activation,
  weightsInitializer: { type: 'normal', stddev: 1 / Math.sqrt(inputs) },
  biasInitializer: { type: 'normal', stddev: 1 },
  learningRateFactor: { weights: 1 / Math.sqrt(inputs), bias: 0.1 },
});

/** A smoothed loss is not what probabilities are judged by. */
const lossOf = ({ task, monitor }: RecipeInput): LossOptions =>
  task === 'regression' ? { type: 'mse' } : { type: 'crossEntropy', labelSmoothing: monitor.name === 'val_loss' ? 0 : 0.1 };

export const realmlp: Recipe = (input) => {
  const { task, outputs, rows, seed, epochs = epochsByDefault, monitor } = input;
  const isRegression = task === 'regression';
  const hidden = Array.from({ length: hiddenLayers }, (_, index) =>
    layer(index === 0 ? widthOf(input) : width, width, isRegression ? 'mish' : 'selu'),
  );
  const last = {
    ...layer(width, outputs, isRegression ? 'linear' : 'softmax'),
    weightsInitializer: 'zeros',
    biasInitializer: 'zeros',
  } as const;
  return {
    network: { inputs: inputsOf(input), layers: [{ type: 'scale', learningRateFactor: 6 }, ...hidden, last], loss: lossOf(input), seed },
    fit: {
      epochs,
      batchSize: Math.min(mostBatch, rows),
      dropLast: true,
      optimizer: { type: 'adam', learningRate: { type: 'coslog', initial: isRegression ? 0.07 : 0.04 }, beta2: 0.95 },
      metrics: monitor.metrics,
      earlyStopping: { monitor: monitor.name, mode: monitor.mode, patience: Infinity, restoreBest: true, ties: 'last' },
    },
    embeddingDeviation: 1,
  };
};
