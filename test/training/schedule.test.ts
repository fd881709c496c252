import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { checkFit } from '../../lib/options';
import { type CheckedSchedule, checkLearningRate } from '../../lib/options/schedule';
import { Timetable, Timetables } from '../../lib/training/schedule';

const check = (schedule: unknown, byDefault = 1e-3): CheckedSchedule => checkLearningRate(byDefault)(schedule, 'learningRate');
const rates = (schedule: unknown, epochs: number): number[] => {
  const values = new Float64Array(epochs);
  new Timetable(check(schedule), epochs, 1).fill(values, 0, epochs);
  return [...values];
};
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
    ['a function', (step: number, progress: number) => 1 + step + progress, [1, 2.25, 3.5, 4.75]],
    ['a cycle of one epoch', { type: 'oneCycle', peak: 1, per: 'epoch' }, [1]],
    ['a plateau that nothing is measured for', { type: 'plateau', initial: 1 }, [1, 1]],
  ])('%s', (_, schedule, expected) => {
    expect(rates(schedule, expected.length)).toEqual(near(expected));
  });

  it('give the same rates in one go and one by one', () => {
    const timetable = new Timetable(check({ type: 'exponential', initial: 1, factor: 0.5, warmup: 2 }), 6, 1);
    const values = new Float64Array(4);
    timetable.fill(values, 1, 4);
    expect([...values]).toEqual([1, 2, 3, 4].map((epoch) => timetable.at(epoch, 0)));
  });
});

interface Golden {
  options: { type: string };
  epochs: number;
  stepsPerEpoch?: number;
  measured?: number[];
  rates: number[];
}

const goldens: Golden[] = JSON.parse(readFileSync(path.join(__dirname, '../goldens/schedules.json'), 'utf8'));
const titled = goldens.map((golden) => [JSON.stringify(golden.options), golden] as const);

test.each(titled)("%s has the rates of PyTorch's scheduler", (_, { options, epochs, stepsPerEpoch = 1, measured, rates }) => {
  const timetable = new Timetable(check(options), epochs, stepsPerEpoch);
  const ours = rates.map((_, index) => {
    const rate = timetable.at(Math.floor(index / stepsPerEpoch), index % stepsPerEpoch);
    timetable.add(() => measured?.[index] as number);
    return rate;
  });
  const most = Math.max(...rates);
  for (const [index, rate] of rates.entries()) expect(Math.abs((ours[index] as number) - rate), `step ${index}`).toBeLessThan(4e-15 * most);
});

// PyTorch cannot say this: its schedulers of warm-up and plateau know nothing of each other.
test.each([
  ['ignores what is measured while it warms up', 2, [1, 2, 3, 4, 4], [1 / 3, 2 / 3, 1, 1, 0.5]],
  ['counts from its first own epoch on', 1, [9, 3, 4, 5, 6], [0.5, 1, 1, 0.5, 0.25]],
])('a plateau %s', (_, warmup, losses, expected) => {
  const timetable = new Timetable(check({ type: 'plateau', initial: 1, warmup, patience: 0, factor: 0.5 }), losses.length, 1);
  const found = losses.map((loss, epoch) => {
    const rate = timetable.at(epoch, 0);
    timetable.add(() => loss);
    return rate;
  });
  expect(found).toEqual(near(expected));
});

test('the goldens have every schedule', () => {
  const types = new Set(goldens.map(({ options }) => options.type));
  const known = /one of (.*), got/.exec(thrownBy(() => check({ type: '' })))?.[1] ?? '';
  expect([...known.matchAll(/"(\w+)"/g)].map(([, name]) => name as string).sort()).toEqual([...types].sort());
});

function thrownBy(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe('all that schedules set', () => {
  const options = {
    epochs: 4,
    optimizer: {
      type: 'adamw',
      learningRate: { type: 'oneCycle', peak: 0.5 },
      weightDecay: { type: 'step', initial: 0.5, every: 1, factor: 0.5 },
    },
    dropoutSchedule: (step: number) => (step === 4 ? 0.25 : 1),
  };
  const timetables = (given: object = options) => new Timetables(checkFit(given, false), { epochs: 4, batchesPerEpoch: 3 });

  test('stands in the order of the steps, from epoch to epoch', () => {
    const values = timetables().values({ epoch: 1, batch: 1 }, 4);
    const rate = new Timetable(check(options.optimizer.learningRate), 4, 3);
    const expected = [
      [rate.at(1, 1), 0.25, 0.25],
      [rate.at(1, 2), 0.25, 1],
      [rate.at(2, 0), 0.125, 1],
      [rate.at(2, 1), 0.125, 1],
    ];
    expect([...values]).toEqual(expected.flat());
  });

  test('is that of the steps where batches are accumulated', () => {
    const timetables = new Timetables(
      checkFit({ accumulate: 2, optimizer: { type: 'sgd', learningRate: (step: number) => 1 + step } }, false),
      { epochs: 4, batchesPerEpoch: 5 },
    );
    const rates = (batch: number, count: number) => [...timetables.values({ epoch: 1, batch }, count)].filter((_, i) => i % 3 === 0);
    // Three steps in each epoch, of 2, 2 and 1 batches.
    expect(rates(0, 1)).toEqual([4]);
    expect(rates(1, 1)).toEqual([4]);
    expect(rates(1, 2)).toEqual([4, 5]);
    expect(rates(3, 2)).toEqual([5, 6]);
    expect(rates(3, 8)).toEqual([5, 6, 7, 8, 9, 10]);
    expect(timetables.learningRate({ epoch: 2, batch: 4 })).toBe(9);
    expect(timetables.learningRateOf(14, 2)).toBe(9);
  });

  test.each([
    [{}, false],
    [{ optimizer: { type: 'adam', learningRate: { type: 'cosine' } } }, false],
    [{ optimizer: { type: 'adam', learningRate: { type: 'constant', per: 'step' } } }, false],
    [{ optimizer: { type: 'adam', learningRate: { type: 'cosine', per: 'step' } } }, true],
    [{ optimizer: { type: 'adam', weightDecay: { type: 'cosine', initial: 1 } } }, true],
    [{ dropoutSchedule: 0.5 }, true],
    [{ dropoutSchedule: 1 }, false],
  ])('of %j differs within an epoch, or from what the engine knows: %s', (given, perStep) => {
    expect(timetables(given).perStep).toBe(perStep);
  });

  test('is that of one epoch where a plateau waits for what is measured', () => {
    expect(timetables({ optimizer: { type: 'sgd', learningRate: { type: 'plateau' } } }).epochsAtOnce).toBe(1);
    expect(timetables({}).epochsAtOnce).toBe(Infinity);
  });

  test('never makes more dropout than the layers say', () => {
    const grows = timetables({ dropoutSchedule: { type: 'exponential', initial: 0.5, factor: 2 } });
    expect([...grows.values({ epoch: 0, batch: 2 }, 3)].filter((_, i) => i % 3 === 2)).toEqual([0.5, 1, 1]);
  });
});
