import { describe, expect, test } from 'vitest';
import { Recorder } from '../../lib/training/history';
import { Records } from '../../lib/training/records';

/** Adds runs of these numbers of epochs, whose learning rates and losses the functions give, and returns what a plain array would hold. */
function record(runs: readonly number[], rate: (epoch: number) => number, loss: (epoch: number) => number, recorder = new Recorder([])) {
  const records = new Records(Math.max(...runs), false);
  const plain = { epoch: [] as number[], learningRate: [] as number[], loss: [] as number[] };
  for (const epochs of runs) {
    for (let i = 0; i < epochs; i++) {
      const epoch = recorder.epochs + i;
      records.learningRate[i] = rate(epoch);
      (records.measured.loss as Float64Array)[i] = loss(epoch);
      plain.epoch.push(epoch + 1);
      plain.learningRate.push(rate(epoch));
      plain.loss.push(loss(epoch));
    }
    recorder.addRun(epochs, records);
  }
  return { recorder, plain };
}

const finished = (recorder: Recorder) => recorder.finish({ seconds: 1, stoppedBy: 'epochs' });
const falling = (epoch: number) => 1 / (1 + epoch);

describe('a history is what was recorded, epoch by epoch', () => {
  const rates: Record<string, (epoch: number) => number> = {
    'equal rates': () => 0.1,
    'rates that change at once': falling,
    'rates that change late': (epoch) => (epoch < 70 ? 0.1 : 0.01),
    'zeros of either sign': (epoch) => (epoch < 5 ? 0 : -0),
  };
  test.each(Object.entries(rates))('%s', (_, rate) => {
    for (const runs of [[1], [15], [16], [17], [1, 1, 1], [100, 1, 37], [2 ** 14, 0, 2 ** 14 - 1, 3, 2 ** 14]]) {
      const { recorder, plain } = record(runs, rate, falling);
      expect(finished(recorder)).toEqual({ ...plain, seconds: 1, stoppedBy: 'epochs' });
      expect(recorder.columns()).toEqual({
        learningRate: Float64Array.from(plain.learningRate),
        loss: Float64Array.from(plain.loss),
      });
      expect(recorder.last('loss')).toBe(plain.loss.at(-1));
      expect(Object.is(recorder.last('learningRate'), plain.learningRate.at(-1))).toBe(true);
      expect(recorder.firstNotFinite()).toBeUndefined();
    }
  });
});

test('columns stay as they are while more is recorded, and a recorder goes on from them', () => {
  const { recorder, plain } = record([20, 20], () => 0.5, falling);
  const columns = recorder.columns();
  const resumed = new Recorder([], columns);
  record([30], () => 0.25, falling, recorder);
  expect(columns.loss).toEqual(Float64Array.from(plain.loss));
  const { plain: rest } = record([30], () => 0.25, falling, resumed);
  expect(finished(resumed)).toEqual(finished(recorder));
  expect(finished(resumed).learningRate).toEqual([...plain.learningRate, ...rest.learningRate]);
});

test('the first number of a run that is not finite, and its epoch', () => {
  const { recorder } = record(
    [10, 10],
    () => 0.1,
    (epoch) => (epoch >= 13 ? Number.NaN : 1),
  );
  expect(recorder.firstNotFinite()).toEqual({ quantity: 'loss', value: Number.NaN, epoch: 14 });
  record(
    [1],
    () => Infinity,
    () => 1,
    recorder,
  );
  expect(recorder.firstNotFinite()).toEqual({ quantity: 'learningRate', value: Infinity, epoch: 21 });
});
