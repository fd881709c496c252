import type { DenseOptions, DropoutOptions, NetworkOptions } from '../../index';
import { inputsOf, lossOf, type Recipe, type RecipeInput } from './recipe';

/*
 * A plain network that stops early. Numbers have periodic embeddings (Gorishniy, Rubachev & Babenko 2022): with them a network finds thresholds in few
 * epochs. Averaged weights (an exponential moving average) are as good as those of a long training at falling rates, and are ready at any time.
 */

const width = 128;
const hiddenLayers = 2;
const epochsByDefault = 60;
const mostBatch = 256;
const patience = 6;
const periodic = { frequencies: 16, width: 4, sigma: 0.3 } as const;

function periodicInputs(input: RecipeInput): NonNullable<NetworkOptions['inputs']> {
  const { scales, numbers } = input;
  const embedded = scales === 0 ? [] : [{ type: 'periodic' as const, columns: scales, ...periodic }];
  return [...embedded, ...inputsOf({ ...input, numbers: numbers - scales })];
}

export const fast: Recipe = (input) => {
  const { task, outputs, rows, seed, epochs = epochsByDefault, monitor } = input;
  const hidden = Array.from({ length: hiddenLayers }, (): [DenseOptions, DropoutOptions] => [
    { type: 'dense', units: width, activation: 'silu' },
    { type: 'dropout', rate: 0.15 },
  ]);
  const last: DenseOptions = { type: 'dense', units: outputs, activation: task === 'regression' ? 'linear' : 'softmax' };
  return {
    network: { inputs: periodicInputs(input), layers: [...hidden.flat(), last], loss: lossOf(input), seed },
    fit: {
      epochs,
      batchSize: Math.max(1, Math.min(mostBatch, Math.ceil(rows / 16))),
      optimizer: { type: 'adamw', learningRate: 0.002, weightDecay: 0.01, decays: 'weights' },
      ema: { decay: 0.99 },
      metrics: monitor.metrics,
      earlyStopping: { monitor: monitor.name, mode: monitor.mode, patience, restoreBest: true, ties: 'last' },
    },
  };
};
