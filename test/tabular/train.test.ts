import { describe, expect, it } from 'vitest';
import { setThreads, threads } from '../../lib';
import { TabularModel } from '../../lib/tabular';
import { flowers, houses, quick } from './tables';

describe('a number', () => {
  it('is predicted from columns of every type, and much better than the mean', async () => {
    const model = await TabularModel.train(houses(400), { target: 'price', recipe: 'fast', seed: 3 });
    const { report } = model;
    expect(report.task).toBe('regression');
    expect(Object.keys(report.metrics)).toEqual(['rmse', 'mae', 'r2']);
    expect(report.metrics.rmse?.value).toBeLessThan(0.35 * (report.baselines.mean?.rmse?.value as number));
    expect(report.metrics.rmse?.spread).toBeGreaterThan(0);
    expect(report.split).toMatchObject({ train: 256, validation: 64, test: 80 });
    expect(report.rowsOfMetrics).toBe(80);
    expect(report.refit?.rows).toBe(400);
    expect(report.importance[0]?.column).toBe('area');
    expect(report.worst).toHaveLength(10);
    expect(report.predictions?.truth).toHaveLength(80);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('stays between the least and the largest one of training', async () => {
    const table = houses(120);
    const model = await TabularModel.train(table, { target: 'price', ...quick });
    const { min, max } = model.schema.target as { min: number; max: number };
    const record = { town: 'Bonn', garden: true, sold: new Date(0), rooms: 1e9, area: 1e9 };
    for (const area of [-1e300, -1e9, 1e9, Infinity]) {
      const { value } = model.predict({ ...record, area });
      expect(value).toBeGreaterThanOrEqual(min);
      expect(value).toBeLessThanOrEqual(max);
    }
  });

  it('is one of four networks in one by default', async () => {
    const { report, network } = await TabularModel.train(houses(100), { target: 'price', epochs: 20, importance: false });
    expect(report.recipe).toBe('default');
    expect(network.layers.map(({ type }) => type)).toEqual(['members', 'dense', 'dropout', 'dense', 'dropout', 'dense']);
    expect(report.history.validationLoss).toHaveLength(20);
  });
});

describe('a class', () => {
  it('is predicted as text with the probability of each', async () => {
    const table = flowers(300);
    const model = await TabularModel.train(table, { target: 'kind', recipe: 'fast', importance: false });
    const { report } = model;
    expect(report.taskWhy).toBe('"kind" has texts');
    expect(Object.keys(report.metrics)).toEqual(['accuracy', 'balancedAccuracy', 'f1', 'rocAuc', 'logLoss']);
    expect(report.metrics.accuracy?.value).toBeGreaterThan(0.8);
    expect(report.baselines['most frequent']?.accuracy?.value).toBeCloseTo(1 / 3, 1);
    expect(report.baselines.linear?.accuracy?.value).toBeGreaterThan(0.5);
    expect(report.confusion?.labels).toEqual(['lily', 'orchid', 'rose']);
    expect(report.confusion?.counts.flat().reduce((sum, count) => sum + count)).toBe(60);
    const { label, probabilities } = model.predict({ length: 4, width: 1, colour: 'red' });
    expect(label).toBe('rose');
    expect(Object.keys(probabilities as object)).toEqual(['lily', 'orchid', 'rose']);
    expect(Object.values(probabilities as object).reduce((sum, one) => sum + one)).toBeCloseTo(1, 12);
  });

  it('is monitored by any metric', async () => {
    for (const metric of ['logLoss', 'rocAuc', 'balancedAccuracy'] as const) {
      const { report } = await TabularModel.train(flowers(120), { target: 'kind', ...quick, metric });
      expect(report.monitor).toBe(metric === 'logLoss' ? 'loss' : metric);
      expect(Object.keys(report.metrics)[0]).toBe(metric);
      expect(report.history.metric).toHaveLength(report.history.loss.length);
    }
  });
});

describe('the same seed', () => {
  it('gives the same bits with any number of threads, and another one gives others', async () => {
    const before = threads();
    try {
      const hashes: string[] = [];
      for (const [count, seed] of [
        [1, 5],
        [2, 5],
        [1, 6],
      ] as const) {
        setThreads(count);
        const { report } = await TabularModel.train(flowers(90), { target: 'kind', epochs: 6, seed, importance: false });
        hashes.push(report.hash);
      }
      expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
      expect(hashes[1]).toBe(hashes[0]);
      expect(hashes[2]).not.toBe(hashes[0]);
    } finally {
      setThreads(before);
    }
  });

  it('measures the same whatever is measured besides', async () => {
    const [a, b] = await Promise.all(
      [true, false].map((importance) => TabularModel.train(houses(100), { target: 'price', ...quick, importance })),
    );
    expect(a?.report.metrics).toEqual(b?.report.metrics);
    expect(a?.report.hash).toBe(b?.report.hash);
  });
});

describe('training again on all rows', () => {
  it('is for as many epochs as were best, and can be left out', async () => {
    const options = { target: 'price', ...quick } as const;
    const [again, once] = [
      await TabularModel.train(houses(100), options),
      await TabularModel.train(houses(100), { ...options, refit: false }),
    ];
    expect(again.report.refit).toEqual({ rows: 100, epochs: again.report.bestEpoch });
    expect(once.report.refit).toBeNull();
    expect(again.report.metrics).toEqual(once.report.metrics);
    expect(again.report.hash).not.toBe(once.report.hash);
  });

  it('without rows for testing there are no figures', async () => {
    const { report } = await TabularModel.train(houses(60), { target: 'price', ...quick, test: 0 });
    expect(report).toMatchObject({ metrics: {}, baselines: {}, rowsOfMetrics: 0, worst: [], split: { test: 0 } });
  });
});

it('evaluate measures as training does', async () => {
  const table = flowers(200);
  const model = await TabularModel.train(table, {
    target: 'kind',
    ...quick,
    test: table.take(Array.from({ length: 50 }, (_, row) => row)),
    refit: false,
  });
  const evaluation = await model.evaluate(table.take(Array.from({ length: 50 }, (_, row) => row)));
  expect(evaluation.rows).toBe(50);
  expect(evaluation.metrics).toEqual(model.report.metrics);
  expect(evaluation.confusion).toEqual(model.report.confusion);
});

it('one record, records and a table have the same predictions', async () => {
  const table = houses(60);
  const model = await TabularModel.train(table, { target: 'price', ...quick });
  const records = Array.from({ length: 60 }, (_, row) => table.record(row));
  const all = model.predict(table);
  expect(model.predict(records)).toEqual(all);
  expect(records.map((record) => model.predict(record))).toEqual(all);
  expect(await model.predictAsync(table)).toEqual(all);
  expect(records.map((record) => model.decode(model.network.predict([model.encode(record)] as never).data))).toEqual(all);
  expect(model.predict([])).toEqual([]);
});

it('the summary says what was found out', async () => {
  const model = await TabularModel.train(flowers(100), { target: 'kind', ...quick });
  expect(model.summary()).toContain('kind: a class ("kind" has texts)');
  expect(model.summary()).toMatch(/model: accuracy [\d.]+ (± [\d.]+|\(≥ 0\.\d+\)), .*logLoss [\d.]+ ± [\d.]+/);
  expect(model.summary()).toMatch(/most frequent: .*\n.*linear: /);
});
