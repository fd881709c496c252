import type { DenseOptions, DropoutOptions, LossOptions, MembersOptions, NetworkOptions } from '../../index';
import type { Plan, RecipeInput } from './recipe';

/*
 * The network that all recipes have, in sizes of their own. Numbers have periodic embeddings (Gorishniy, Rubachev & Babenko 2022): with them a
 * network finds thresholds soon. The learning rate rises and falls once (Smith & Topin 2018), and the weights are averaged. Everything here
 * and in the recipes was chosen on validation rows of six tables: docs/tabular.md says which.
 */

/** The choices of a recipe. */
export interface Sizes {
  /** Networks that share the hidden layers and are averaged (TabM: Gorishniy, Kotelnikov & Babenko 2025). */
  members: number;
  /** Units of a hidden layer. */
  width: number;
  fewestEpochs: number;
  /** Few rows make short epochs: there are more of them, until there are as many steps as this. */
  steps: number;
}

const hiddenLayers = 2;
const mostBatch = 128;
/** Steps of an epoch, where there are few rows. */
const fewestSteps = 16;
const mostEpochs = 40;
const periodic = { frequencies: 16, width: 8 } as const;
const smoothing = 0.1;

/** High frequencies tell neighbours apart, and learn few rows by heart. */
const sigmaOf = (rows: number): number => Math.min(1, Math.max(0.1, rows / 8000));

function inputsOf({ numbers, scales, tables, rows }: RecipeInput): NonNullable<NetworkOptions['inputs']> {
  const embedded = scales === 0 ? [] : [{ type: 'periodic' as const, columns: scales, ...periodic, sigma: sigmaOf(rows) }];
  const numeric = numbers === scales ? [] : [{ type: 'numeric' as const, columns: numbers - scales }];
  return [...embedded, ...numeric, ...tables.map(({ categories, width }) => ({ type: 'categorical' as const, categories, width }))];
}

/** A smoothed loss is not what probabilities are judged by. */
const lossOf = ({ task, monitor }: RecipeInput): LossOptions =>
  task === 'regression' ? { type: 'mse' } : { type: 'crossEntropy', labelSmoothing: monitor.name === 'val_loss' ? 0 : smoothing };

/** The plan of a recipe with these sizes. */
export function planWith({ members, width, fewestEpochs, steps }: Sizes, input: RecipeInput): Plan {
  const { task, outputs, rows, seed, monitor } = input;
  const isEnsemble = members > 1;
  const first: MembersOptions[] = isEnsemble ? [{ type: 'members', count: members }] : [];
  const hidden = Array.from({ length: hiddenLayers }, (): [DenseOptions, DropoutOptions] => [
    { type: 'dense', units: width, activation: 'silu' },
    { type: 'dropout', rate: 0.1 },
  ]);
  const last: DenseOptions = {
    ...{ type: 'dense', units: outputs, activation: task === 'regression' ? 'linear' : 'softmax' },
    ...(isEnsemble && { perMember: 'weights' }),
  };
  const batchSize = Math.min(mostBatch, Math.ceil(rows / fewestSteps));
  const epochs = Math.min(mostEpochs, Math.max(fewestEpochs, Math.ceil(steps / Math.ceil(rows / batchSize))));
  return {
    network: { inputs: inputsOf(input), layers: [...first, ...hidden.flat(), last], loss: lossOf(input), seed },
    fit: {
      epochs: input.epochs ?? epochs,
      batchSize,
      optimizer: { type: 'adamw', learningRate: { type: 'oneCycle', peak: 0.02 }, weightDecay: 0.01, decays: 'weights' },
      ema: { decay: 0.95 },
      metrics: monitor.metrics,
      earlyStopping: { monitor: monitor.name, mode: monitor.mode, patience: Infinity, restoreBest: true, ties: 'last' },
    },
  };
}
