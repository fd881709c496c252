import { describe, expect, test } from 'vitest';
import { dense, findLearningRate, NeuralNetwork } from '../lib';
import { RandomNumbers } from './support/random-numbers';

const random = new RandomNumbers(7);
const x = Array.from({ length: 64 }, () => [random.next() - 0.5, random.next() - 0.5]);
const y = x.map(([a = 0, b = 0]) => [Math.sin(3 * a) + b * b]);
const network = () => new NeuralNetwork({ inputSize: 2, layers: [dense(16, 'tanh'), dense(1)], seed: 2 });
const sgd = { type: 'sgd', momentum: 0.9 } as const;

test('finds a rate that the network learns with, and leaves it alone', async () => {
  const nn = network();
  const before = nn.toBytes();
  const { learningRates, losses, smoothed, suggestion = 0 } = await findLearningRate(nn, { x, y }, { optimizer: sgd, batchSize: 16 });
  expect(nn.toBytes()).toEqual(before);
  expect(losses.length).toBe(learningRates.length);
  expect(smoothed.length).toBe(losses.length);
  expect(learningRates[0]).toBe(1e-7);
  for (const [i, rate] of learningRates.entries()) expect(rate / (1e-7 * 1e8 ** (i / 99))).toBeCloseTo(1, 9);
  expect(suggestion).toBeGreaterThan(1e-4);
  expect(suggestion).toBeLessThan(2);
  const { loss } = await nn.fit({ x, y }, { epochs: 10, batchSize: 16, optimizer: { ...sgd, learningRate: suggestion } });
  expect(loss.at(-1)).toBeLessThan(0.5 * (loss[0] as number));
});

test('smooths as it says, and suggests the steepest place', async () => {
  const { losses, smoothed, learningRates, suggestion } = await findLearningRate(network(), { x, y }, { to: 1, steps: 40, optimizer: sgd });
  let mean = 0;
  const expected = losses.map((loss, i) => {
    mean = 0.98 * mean + 0.02 * loss;
    return expect.closeTo(mean / (1 - 0.98 ** (i + 1)), 12);
  });
  expect(smoothed).toEqual(expected);
  const inner = smoothed.slice(10, -1);
  const changes = inner.map((_, i) => ((inner[i + 1] ?? inner[i]) as number) - ((inner[i - 1] ?? inner[i]) as number));
  const halves = changes.map((change, i) => (i === 0 || i === changes.length - 1 ? change : change / 2));
  expect(suggestion).toBe(learningRates[10 + halves.indexOf(Math.min(...halves))]);
});

describe('ends', () => {
  test('where the loss explodes', async () => {
    const { losses, learningRates } = await findLearningRate(network(), { x, y }, { from: 1e-3, to: 1e6, optimizer: sgd });
    expect(losses.length).toBeLessThan(100);
    expect(learningRates.at(-1)).toBeLessThan(1e5);
  });

  test('at the last rate', async () => {
    const { learningRates } = await findLearningRate(network(), { x, y }, { from: 1e-6, to: 1e-5, steps: 7 });
    expect(learningRates).toHaveLength(7);
    expect(learningRates.at(-1)).toBeCloseTo(1e-5, 15);
  });

  test('without a suggestion after few steps', async () => {
    expect((await findLearningRate(network(), { x, y }, { steps: 11 })).suggestion).toBeUndefined();
  });

  test('when the signal is given', async () => {
    await expect(findLearningRate(network(), { x, y }, { signal: AbortSignal.abort() })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
  });
});

test('takes the batches of a stream', async () => {
  function* endless() {
    for (;;) yield { x, y };
  }
  expect((await findLearningRate(network(), endless, { steps: 5 })).losses).toHaveLength(5);
});

describe('refuses', () => {
  test.each<[string, object, string]>([
    ['rates in the wrong order', { from: 1, to: 1 }, 'to must be a number above from (1), got 1'],
    ['a rate of 0', { from: 0 }, 'from must be a finite number above 0, got 0'],
    ['one step', { steps: 1 }, 'steps must be a whole number from 2 to 1000000, got 1'],
    ['a learning rate', { optimizer: { type: 'sgd', learningRate: 1 } }, 'optimizer.learningRate does not go with findLearningRate()'],
    ['an unknown optimizer', { optimizer: 'adan' }, 'optimizer.type must be one of'],
    ['epochs', { epochs: 3 }, 'options has no option "epochs"'],
  ])('%s', async (_, options, message) => {
    await expect(findLearningRate(network(), { x, y }, options)).rejects.toThrow(message);
  });

  test('what is no network', async () => {
    await expect(findLearningRate({} as never, { x, y })).rejects.toThrow('nn must be a NeuralNetwork, got an object');
  });
});
