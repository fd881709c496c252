import { describe, expect, it } from 'vitest';
import { NeuralNetwork } from '../../lib';
import { Table, TabularModel } from '../../lib/tabular';
import type { RecipeInput } from '../../lib/tabular/recipe/recipe';
import { recipes } from '../../lib/tabular/recipe/recipes';
import { flowers, quick } from './tables';

const monitor = { name: 'val_accuracy', mode: 'max', metrics: ['accuracy'] } as const;
const input: RecipeInput = {
  ...{ task: 'classes', numbers: 10, scales: 4, tables: [{ categories: 13, width: 8 }], outputs: 3, rows: 1000, seed: 5 },
  epochs: undefined,
  monitor,
};

describe('RealMLP-TD-S', () => {
  const hidden = (inputs: number, activation: string) => ({
    type: 'dense',
    units: 256,
    activation,
    weightsInitializer: { type: 'normal', stddev: 1 / Math.sqrt(inputs) },
    biasInitializer: { type: 'normal', stddev: 1 },
    learningRateFactor: { weights: 1 / Math.sqrt(inputs), bias: 0.1 },
  });
  const last = { weightsInitializer: 'zeros', biasInitializer: 'zeros', learningRateFactor: { weights: 1 / 16, bias: 0.1 } };
  const scale = { type: 'scale', learningRateFactor: 6 };

  it('for classes', () => {
    expect(recipes.default(input)).toEqual({
      network: {
        inputs: [
          { type: 'numeric', columns: 10 },
          { type: 'categorical', categories: 13, width: 8 },
        ],
        layers: [
          scale,
          hidden(18, 'selu'),
          hidden(256, 'selu'),
          hidden(256, 'selu'),
          { type: 'dense', units: 3, activation: 'softmax', ...last },
        ],
        loss: { type: 'crossEntropy', labelSmoothing: 0.1 },
        seed: 5,
      },
      fit: {
        epochs: 256,
        batchSize: 256,
        dropLast: true,
        optimizer: { type: 'adam', learningRate: { type: 'coslog', initial: 0.04 }, beta2: 0.95 },
        metrics: ['accuracy'],
        earlyStopping: { monitor: 'val_accuracy', mode: 'max', patience: Infinity, restoreBest: true, ties: 'last' },
      },
      embeddingDeviation: 1,
    });
  });

  it('for regression', () => {
    const plan = recipes.default({ ...input, task: 'regression', tables: [], outputs: 1, rows: 100 });
    expect(plan.network).toEqual({
      inputs: [{ type: 'numeric', columns: 10 }],
      layers: [
        scale,
        hidden(10, 'mish'),
        hidden(256, 'mish'),
        hidden(256, 'mish'),
        { type: 'dense', units: 1, activation: 'linear', ...last },
      ],
      loss: { type: 'mse' },
      seed: 5,
    });
    expect(plan.fit).toMatchObject({ batchSize: 100, optimizer: { learningRate: { type: 'coslog', initial: 0.07 } } });
  });

  it('judged by probabilities has no smoothing', () => {
    const plan = recipes.default({ ...input, monitor: { name: 'val_loss', mode: 'min', metrics: [] } });
    expect(plan.network.loss).toEqual({ type: 'crossEntropy', labelSmoothing: 0 });
  });
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

  it('fast takes more epochs of few rows', () => {
    const epochs = [20, 200, 2000, 20_000, 200_000].map((rows) => recipes.fast({ ...input, rows }).fit.epochs);
    expect(epochs).toEqual([100, 100, 100, 14, 14]);
  });

  it('starts with embeddings of the deviation that it asks for', async () => {
    const table = flowers(200);
    const coloured = {
      ...Object.fromEntries(table.names.map((name) => [name, Array.from({ length: 200 }, (_, row) => table.record(row)[name])])),
    };
    const shades = Array.from({ length: 200 }, (_, row) => `shade ${row % 20}`);

    let deviation = 0;
    await TabularModel.train(Table.from({ ...coloured, shades } as never, { columns: { shades: 'category' } }), {
      ...quick,
      target: 'kind',
      recipe: 'default',
      epochs: 1,
      refit: false,
      // The first step's learning rate is 0, and so is that of an epoch of one step.
      onEpoch: ({ network }) => {
        const data = network.inputs[1]?.parameters.embedding?.data as Float32Array;
        deviation = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
      },
    });
    expect(deviation).toBeGreaterThan(0.8);
    expect(deviation).toBeLessThan(1.2);
  });
});
