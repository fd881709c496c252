import { describe, expect, it } from 'vitest';
import { NeuralNetwork } from '../../lib';
import type { RecipeInput } from '../../lib/tabular/recipe/recipe';
import { recipes } from '../../lib/tabular/recipe/recipes';

const monitor = { name: 'val_accuracy', mode: 'max', metrics: ['accuracy'] } as const;
const input: RecipeInput = {
  ...{ task: 'classes', numbers: 10, scales: 4, tables: [{ categories: 13, width: 8 }], outputs: 3, rows: 1000, seed: 5 },
  epochs: undefined,
  monitor,
};

const hidden = (units: number) => [
  { type: 'dense', units, activation: 'silu' },
  { type: 'dropout', rate: 0.1 },
];

describe('the default', () => {
  it('for classes', () => {
    expect(recipes.default(input)).toEqual({
      network: {
        inputs: [
          { type: 'periodic', columns: 4, frequencies: 16, width: 8, sigma: 0.125 },
          { type: 'numeric', columns: 6 },
          { type: 'categorical', categories: 13, width: 8 },
        ],
        layers: [
          { type: 'members', count: 4 },
          ...hidden(128),
          ...hidden(128),
          { type: 'dense', units: 3, activation: 'softmax', perMember: 'weights' },
        ],
        loss: { type: 'crossEntropy', labelSmoothing: 0.1 },
        seed: 5,
      },
      fit: {
        epochs: 40,
        batchSize: 63,
        optimizer: { type: 'adamw', learningRate: { type: 'oneCycle', peak: 0.02 }, weightDecay: 0.01, decays: 'weights' },
        ema: { decay: 0.95 },
        metrics: ['accuracy'],
        earlyStopping: { monitor: 'val_accuracy', mode: 'max', patience: Infinity, restoreBest: true, ties: 'last' },
      },
    });
  });

  it('for regression', () => {
    const { network } = recipes.default({ ...input, task: 'regression', outputs: 1 });
    expect(network.layers?.at(-1)).toEqual({ type: 'dense', units: 1, activation: 'linear', perMember: 'weights' });
    expect(network.loss).toEqual({ type: 'mse' });
  });

  it('judged by probabilities has no smoothing', () => {
    const plan = recipes.default({ ...input, monitor: { name: 'val_loss', mode: 'min', metrics: [] } });
    expect(plan.network.loss).toEqual({ type: 'crossEntropy', labelSmoothing: 0 });
  });
});

it('fast has one small network', () => {
  const { layers } = recipes.fast(input).network;
  expect(layers).toEqual([...hidden(64), ...hidden(64), { type: 'dense', units: 3, activation: 'softmax' }]);
});

it('frequencies are lower where there are few rows', () => {
  const sigmas = [20, 800, 4000, 8000, 1e6].map((rows) => {
    const [first] = recipes.fast({ ...input, rows }).network.inputs ?? [];
    return first?.type === 'periodic' && first.sigma;
  });
  expect(sigmas).toEqual([0.1, 0.1, 0.5, 1, 1]);
});

describe('every recipe', () => {
  it.each(Object.entries(recipes))('%s makes a network of any input', (_, recipe) => {
    for (const change of [
      {},
      { scales: 0 },
      { scales: 10 },
      { tables: [] },
      { numbers: 0, scales: 0 },
      { rows: 1 },
    ] as Partial<RecipeInput>[]) {
      const given = { ...input, ...change };
      const network = new NeuralNetwork(recipe(given).network);
      expect(network.inputSize).toBe(given.numbers + given.tables.length);
      expect(network.outputSize).toBe(3);
      expect(recipe({ ...given, epochs: 7 }).fit.epochs).toBe(7);
      expect(recipe(given).fit.batchSize).toBeGreaterThan(0);
    }
  });

  it('takes more epochs of few rows', () => {
    const epochs = (name: 'default' | 'fast') =>
      [20, 2000, 10_000, 20_000, 200_000].map((rows) => recipes[name]({ ...input, rows }).fit.epochs);
    expect(epochs('fast')).toEqual([40, 40, 21, 16, 16]);
    expect(epochs('default')).toEqual([40, 40, 40, 24, 24]);
  });
});
