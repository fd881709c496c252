import type { DenseOptions, DropoutOptions, NetworkOptions } from '../../index';
import { inputsOf, type Recipe, type RecipeInput } from './recipe';

/*
 * A small network and few epochs. Numbers have periodic embeddings (Gorishniy, Rubachev & Babenko 2022): with them a network finds thresholds
 * soon. The learning rate rises and falls once (Smith & Topin 2018), and the weights are averaged. Sizes and rates were chosen on the
 * validation rows of three tables (adult, california-housing, diamonds).
 */

const width = 64;
const hiddenLayers = 2;
const mostBatch = 128;
/** Steps of an epoch, where there are few rows. */
const fewestSteps = 16;
const patience = 6;
const periodic = { frequencies: 16, width: 8, sigma: 1 } as const;

/** Few rows make short epochs: there are more of them. */
const epochsOf = (stepsPerEpoch: number): number => Math.min(100, Math.max(14, Math.ceil(2000 / stepsPerEpoch)));

function periodicInputs(input: RecipeInput): NonNullable<NetworkOptions['inputs']> {
  const { scales, numbers } = input;
  const embedded = scales === 0 ? [] : [{ type: 'periodic' as const, columns: scales, ...periodic }];
  return [...embedded, ...inputsOf({ ...input, numbers: numbers - scales })];
}

export const fast: Recipe = (input) => {
  const { task, outputs, rows, seed, monitor } = input;
  const isRegression = task === 'regression';
  const hidden = Array.from({ length: hiddenLayers }, (): [DenseOptions, DropoutOptions] => [
    { type: 'dense', units: width, activation: 'silu' },
    { type: 'dropout', rate: 0.1 },
  ]);
  const last: DenseOptions = { type: 'dense', units: outputs, activation: isRegression ? 'linear' : 'softmax' };
  const batchSize = Math.min(mostBatch, Math.ceil(rows / fewestSteps));
  return {
    network: { inputs: periodicInputs(input), layers: [...hidden.flat(), last], loss: isRegression ? 'mse' : 'crossEntropy', seed },
    fit: {
      epochs: input.epochs ?? epochsOf(Math.ceil(rows / batchSize)),
      batchSize,
      optimizer: { type: 'adamw', learningRate: { type: 'oneCycle', peak: 0.01 }, weightDecay: 0.01, decays: 'weights' },
      ema: { decay: 0.95 },
      metrics: monitor.metrics,
      earlyStopping: { monitor: monitor.name, mode: monitor.mode, patience, restoreBest: true, ties: 'last' },
    },
  };
};
