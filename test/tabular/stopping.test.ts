import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { TabularModel, type TabularProgress } from '../../lib/tabular';
import { flowers, houses, quick } from './tables';

const folder = mkdtempSync(path.join(os.tmpdir(), 'chainrule-stopping-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('onEpoch tells how training goes, and can predict meanwhile', async () => {
  const seen: TabularProgress[] = [];
  const phases: string[] = [];
  const predicted: number[] = [];
  await TabularModel.train(flowers(120), {
    target: 'kind',
    ...quick,
    onPhase: (text) => phases.push(text),
    onEpoch: (progress) => {
      seen.push(progress);
      const [prediction] = progress.predict([{ length: 4, width: 1, colour: 'red' }]);
      predicted.push(prediction?.probabilities?.rose as number);
      const { loss } = progress.network.backward(progress.batch.x, progress.batch.y);
      expect(Number.isFinite(loss)).toBe(true);
    },
  });
  expect(phases).toEqual(['preparing the data', 'training', 'measuring', 'training again on all rows']);
  expect(seen[0]).toMatchObject({ phase: 'train', epoch: 1, epochs: 8, rows: 76, metric: { name: 'accuracy' } });
  expect(seen.at(-1)).toMatchObject({ phase: 'refit', rows: 120 });
  expect(new Set(predicted).size).toBeGreaterThan(3);
});

it('signal and onEpoch end training, and keep the best model so far', async () => {
  const controller = new AbortController();
  const aborted = await TabularModel.train(houses(100), {
    target: 'price',
    recipe: 'fast',
    signal: controller.signal,
    onEpoch: ({ epoch }) => {
      if (epoch === 3) controller.abort();
    },
  });
  expect(aborted.report).toMatchObject({ stoppedBy: 'signal', refit: null, importance: [] });
  expect(aborted.report.history.loss).toHaveLength(3);
  expect(aborted.report.metrics.rmse?.value).toBeGreaterThan(0);
  const stopped = await TabularModel.train(houses(100), {
    target: 'price',
    recipe: 'fast',
    importance: false,
    onEpoch: ({ epoch }) => epoch < 3,
  });
  expect(stopped.report).toMatchObject({ stoppedBy: 'callback', refit: null });
  expect(stopped.report.hash).toBe(aborted.report.hash);
});

it('a signal in the training on all rows leaves the model that the figures are of', async () => {
  const controller = new AbortController();
  const { report } = await TabularModel.train(houses(100), {
    target: 'price',
    ...quick,
    signal: controller.signal,
    onEpoch: ({ phase, epoch }) => {
      if (phase === 'refit' && epoch === 1) controller.abort();
    },
  });
  const once = await TabularModel.train(houses(100), { target: 'price', ...quick, refit: false });
  expect(report.refit).toBeNull();
  expect(report.hash).toBe(once.report.hash);
});

it('a signal that is aborted before is an AbortError', async () => {
  const promise = TabularModel.train(houses(100), { target: 'price', ...quick, signal: AbortSignal.abort('enough') });
  await expect(promise).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' });
});

it('an error of a callback is the result', async () => {
  const onEpoch = (): never => {
    throw new Error('of the callback');
  };
  await expect(TabularModel.train(houses(60), { target: 'price', ...quick, onEpoch })).rejects.toThrow('of the callback');
});

it('a time limit makes the training shorter', async () => {
  const started = performance.now();
  const { report } = await TabularModel.train(houses(400), { target: 'price', timeLimit: 1, importance: false });
  expect(report.history.loss.length).toBeGreaterThan(0);
  expect(report.epochs).toBeLessThanOrEqual(40);
  // Far less than all epochs take where the machine is slow, and more than the limit by some.
  expect((performance.now() - started) / 1000).toBeLessThan(20);
});

it('a time limit that is long enough changes nothing: the first epoch, which takes longer than others, does not count for all', async () => {
  const options = { target: 'price', importance: false } as const;
  const { report } = await TabularModel.train(houses(60), { ...options, timeLimit: 12 });
  expect(report.epochs).toBe(40);
});

it('a training that was cut off goes on to the same bits', async () => {
  const file = path.join(folder, 'model.checkpoint');
  const options = { target: 'price', ...quick } as const;
  const whole = await TabularModel.train(houses(80), options);
  const cut = TabularModel.train(houses(80), {
    ...options,
    checkpoint: { path: file },
    onEpoch: ({ epoch }) => {
      if (epoch === 4) throw new Error('power failure');
    },
  });
  await expect(cut).rejects.toThrow('power failure');
  const resumed = await TabularModel.train(houses(80), { ...options, checkpoint: { path: file, resume: true } });
  expect(resumed.report.hash).toBe(whole.report.hash);
  expect(resumed.report.metrics).toEqual(whole.report.metrics);
  expect(existsSync(`${file}.refit`)).toBe(true);
});
