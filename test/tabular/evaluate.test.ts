import { expect, test } from 'vitest';
import { Table, TabularModel } from '../../lib/tabular';

const quick = { target: 'y', recipe: 'fast', epochs: 2, importance: false } as const;

test('classes: the baseline is what training knew, not the most frequent class of the rows to evaluate', async () => {
  const rows = Array.from({ length: 80 }, (_, row) => ({ x: (row * 7) % 13, y: row % 4 === 0 ? 'rare' : 'usual' }));
  const model = await TabularModel.train(Table.from(rows), quick);
  const other = Table.from(Array.from({ length: 50 }, (_, row) => ({ x: row % 13, y: row < 40 ? 'rare' : 'usual' })));
  for (const one of [model, await TabularModel.load(model.toBytes())]) {
    const { baselines } = await one.evaluate(other);
    expect(Object.keys(baselines)).toEqual(['most frequent']);
    expect(baselines['most frequent']?.accuracy?.value).toBeCloseTo(0.2, 12);
    // The model was trained again on all rows: a quarter of them are rare.
    expect(baselines['most frequent']?.logLoss?.value).toBeCloseTo(-0.8 * Math.log(0.25) - 0.2 * Math.log(0.75), 5);
  }
});

test('numbers: the mean of the rows to train on', async () => {
  const rows = Array.from({ length: 80 }, (_, row) => ({ x: (row * 7) % 13, y: row + 0.5 }));
  const model = await TabularModel.train(Table.from(rows), quick);
  const { baselines } = await model.evaluate(Table.from([5, 50.5, 75].map((y) => ({ x: 3, y }))));
  expect(baselines.mean?.mae?.value).toBeCloseTo((35 + 10.5 + 35) / 3, 5);
});
