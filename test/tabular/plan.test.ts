import { expect, test } from 'vitest';
import { Table, TabularModel, type TrainingPlan } from '../../lib/tabular/index';

const rows = Array.from({ length: 60 }, (_, row) => row);
const table = Table.from({
  x: rows.map((row) => (row === 7 ? Number.NaN : (row * 37) % 11)),
  same: rows.map(() => 1),
  y: rows.map((row) => ((row * 37) % 11 > 5 ? 'yes' : 'no')),
});

test('plan says what train goes by, and train says the same before it trains', async () => {
  const options = { target: 'y', recipe: 'fast', epochs: 2, refit: false } as const;
  const plan = await TabularModel.plan(table, options);
  expect(plan).toMatchObject({
    rows: 60,
    rowsWithoutTarget: 0,
    task: 'classes',
    target: { name: 'y', kind: 'classes', classes: ['no', 'yes'] },
    columns: [{ name: 'x', type: 'number' }],
    dropped: [{ column: 'same' }],
    recipe: 'fast',
    epochs: 2,
  });
  let told: TrainingPlan | undefined;
  let epochsBefore = 0;
  const model = await TabularModel.train(table, {
    ...options,
    onEpoch: () => {
      if (told === undefined) epochsBefore++;
    },
    onPlan: (given) => {
      told = given;
    },
  });
  expect(told).toEqual(plan);
  expect(epochsBefore).toBe(0);
  expect(plan.parameters).toBe(model.network.parameterCount);
  expect(plan.split).toEqual(model.report.split);
  expect(plan.inputs).toBe(model.encode({ x: 1 }).length);
});

test('plan refuses what train refuses', async () => {
  await expect(TabularModel.plan(table, { target: 'z' })).rejects.toThrow('target is "z", which is not a column of the table');
});
