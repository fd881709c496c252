import { describe, expect, it } from 'vitest';
import { type CheckedSchedule, checkLearningRate } from '../../lib/options/schedule';
import { fillLearningRates, learningRateAt } from '../../lib/training/schedule';

const ratesFrom = (schedule: CheckedSchedule, epoch: number, count: number, epochs: number) => {
  const rates = new Float64Array(count);
  fillLearningRates(rates, schedule, epoch, count, epochs);
  return Array.from(rates);
};
const rates = (schedule: unknown, epochs: number) => ratesFrom(checkLearningRate(1e-3)(schedule, 'learningRate'), 0, epochs, epochs);
const near = (expected: number[]) => expected.map((rate) => expect.closeTo(rate, 12));

// The expected rates are those of PyTorch's schedulers of the same names.
describe('schedules', () => {
  it.each<[string, unknown, number[]]>([
    ['a number', 0.1, [0.1, 0.1, 0.1]],
    ['nothing', undefined, [1e-3, 1e-3]],
    ['constant with the default rate', { type: 'constant' }, [1e-3, 1e-3]],
    ['step', { type: 'step', initial: 1, every: 2 }, [1, 1, 0.1, 0.1, 0.01]],
    ['step with a factor', { type: 'step', initial: 1, every: 1, factor: 0.5 }, [1, 0.5, 0.25]],
    ['exponential', { type: 'exponential', initial: 1, factor: 0.9 }, [1, 0.9, 0.81]],
    ['cosine', { type: 'cosine', initial: 1 }, [1, (1 + Math.SQRT1_2) / 2, 0.5, (1 - Math.SQRT1_2) / 2]],
    ['cosine to a floor, and on', { type: 'cosine', initial: 1, final: 0.2, epochs: 2 }, [1, 0.6, 0.2, 0.2]],
    ['warm-up', { type: 'constant', initial: 1, warmup: 3 }, [0.25, 0.5, 0.75, 1, 1]],
    ['warm-up before steps', { type: 'step', initial: 1, every: 2, warmup: 1 }, [0.5, 1, 1, 0.1, 0.1]],
    ['warm-up before cosine', { type: 'cosine', initial: 1, warmup: 1 }, [0.5, 1, 0.5]],
  ])('%s', (_, schedule, expected) => {
    expect(rates(schedule, expected.length)).toEqual(near(expected));
  });

  it('give the same rates in one go and one by one', () => {
    const schedule = checkLearningRate(1)({ type: 'exponential', factor: 0.5, warmup: 2 }, 'learningRate');
    expect(ratesFrom(schedule, 1, 4, 6)).toEqual([1, 2, 3, 4].map((epoch) => learningRateAt(schedule, epoch, 6)));
  });
});
