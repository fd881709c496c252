import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BatchInfo, dense, dropout, type FitOptions, NeuralNetwork, type Samples } from '../../lib';
import { RandomNumbers } from '../support/random-numbers';

const random = new RandomNumbers(11);
const rows = 22;
const x = Array.from({ length: rows }, () => [random.next() - 0.5, random.next() - 0.5, random.next() - 0.5]);
const data: Samples = { x, y: x.map(([a = 0, b = 0]) => [Math.sin(3 * a), b * b]) };
const batchSize = 5; // 5 batches in an epoch
const network = (rate = 0.25) =>
  new NeuralNetwork({ inputSize: 3, layers: [dense(6, 'tanh'), dropout(rate), dense(2)], seed: 3, precision: 'f64' });
const weights = (nn: NeuralNetwork) =>
  nn.layers.flatMap((layer) => (layer.weights ? [...layer.weights.data, ...(layer.bias?.data ?? [])] : []));

/** Weights and history of a training. */
async function trained(options: FitOptions, source: Parameters<NeuralNetwork['fit']>[0] = data, nn = network()) {
  const { seconds, ...history } = await nn.fit(source, options);
  return { history, weights: weights(nn) };
}

const everything: FitOptions = {
  epochs: 6,
  batchSize,
  optimizer: {
    type: 'adamw',
    learningRate: { type: 'oneCycle', peak: 0.05 },
    weightDecay: { type: 'flatCosine', initial: 0.1 },
  },
  dropoutSchedule: { type: 'cosine', per: 'step' },
  validation: data,
};

describe('schedules within an epoch', () => {
  test('are the rates of the steps', async () => {
    const rates = Array.from({ length: 15 }, (_, step) => 0.1 / (1 + step));
    const seen: BatchInfo[] = [];
    const options = { epochs: 3, batchSize, shuffle: false, dropoutSchedule: 0 } as const;
    const scheduled = await trained({
      ...options,
      optimizer: { type: 'sgd', learningRate: (step) => rates[step] as number },
      onBatch: (info) => void seen.push(info),
    });
    // The same, step by step.
    const nn = network(0);
    const steps = rates.map((learningRate, step) => {
      const [begin, end] = [batchSize * (step % 5), Math.min(batchSize * ((step % 5) + 1), rows)];
      const { loss, gradients } = nn.backward(x.slice(begin, end), (data.y as number[][]).slice(begin, end));
      nn.update(gradients, { type: 'sgd', learningRate });
      return { epoch: Math.floor(step / 5) + 1, batch: (step % 5) + 1, step: step + 1, loss, learningRate };
    });
    expect(scheduled.weights).toEqual(weights(nn));
    expect(seen).toEqual(steps);
    expect(scheduled.history.learningRate).toEqual([0, 5, 10].map((step) => rates[step]));
  });

  test.each([
    ['samples', data, {}],
    ['a stream', () => [data, data, data, data, data], { stepsPerEpoch: 5 }],
  ] as const)('count the steps of several batches: %s', async (_, source, more) => {
    const asked = new Set<number>();
    const learningRate = (step: number, progress: number) => {
      expect(progress).toBeCloseTo(step / 6, 12);
      asked.add(step);
      return 0.1 / (1 + step);
    };
    const seen: number[] = [];
    const sizes = source === data ? { batchSize } : {};
    const options: FitOptions = { ...more, ...sizes, epochs: 2, accumulate: 2, optimizer: { type: 'sgd', learningRate } };
    const watched = await trained({ ...options, onBatch: (info) => void seen.push(info.learningRate) }, source);
    expect(seen).toEqual([0, 0, 1, 1, 2, 3, 3, 4, 4, 5].map((step) => 0.1 / (1 + step)));
    expect([...asked].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await trained(options, source)).toEqual(watched);
  });

  test('change dropout and weight decay', async () => {
    const base = await trained(everything);
    const { optimizer } = everything as { optimizer: object };
    for (const change of [
      { dropoutSchedule: 1 },
      { optimizer: { ...optimizer, weightDecay: 0.1 } },
      { optimizer: { ...optimizer, learningRate: 0.05 } },
    ]) {
      expect((await trained({ ...everything, ...change } as FitOptions)).weights).not.toEqual(base.weights);
    }
    expect((await trained(everything)).weights).toEqual(base.weights);
  });

  test('a share of 1 is the dropout as it was, and a share of 0 none', async () => {
    const plain = { epochs: 3, batchSize };
    const asItWas = await trained({ ...plain, dropoutSchedule: (step) => (step === 14 ? 1 : 1) });
    expect(asItWas.weights).toEqual((await trained(plain)).weights);
    expect((await trained({ ...plain, dropoutSchedule: 0 })).weights).toEqual((await trained(plain, data, network(0))).weights);
  });

  test('a number that a function gives has to be one', async () => {
    for (const [value, message] of [
      [0, /the result of optimizer.learningRate\(0, 0\) must be a finite number above 0, got 0/],
      [Number.NaN, /must be a finite number above 0, got NaN/],
    ] as const) {
      await expect(network().fit(data, { optimizer: { type: 'sgd', learningRate: () => value } })).rejects.toThrow(message);
    }
    await expect(network().fit(data, { dropoutSchedule: () => 1.5 })).rejects.toThrow(
      'the result of dropoutSchedule(0, 0) must be a finite number from 0 to 1, got 1.5',
    );
    const error = new Error('mine');
    const learningRate = () => {
      throw error;
    };
    await expect(network().fit(data, { optimizer: { type: 'sgd', learningRate } })).rejects.toBe(error);
  });

  test('a plateau lowers the rate', async () => {
    const learningRate = {
      type: 'plateau',
      initial: 0.1,
      patience: 1,
      factor: 0.5,
      monitor: 'val_loss',
      threshold: 1e9,
      mode: 'min',
    } as const;
    const { history } = await trained({ epochs: 6, optimizer: { type: 'sgd', learningRate }, validation: data });
    expect(history.learningRate).toEqual([0.1, 0.1, 0.1, 0.05, 0.05, 0.025]);
  });
});

describe('onBatch', () => {
  test('sees every batch, is awaited, and changes nothing', async () => {
    let under = 0;
    const seen: BatchInfo[] = [];
    const onBatch = async (info: BatchInfo) => {
      expect(++under).toBe(1);
      await sleep(1);
      seen.push(info);
      under--;
    };
    const watched = await trained({ ...everything, epochs: 2, onBatch });
    expect(watched).toEqual(await trained({ ...everything, epochs: 2 }));
    expect(seen.map(({ epoch, batch, step }) => [epoch, batch, step])).toEqual(
      Array.from({ length: 10 }, (_, i) => [1 + Math.floor(i / 5), 1 + (i % 5), 1 + i]),
    );
    const sizes = [5, 5, 5, 5, 2];
    const mean = sizes.reduce((sum, size, i) => sum + size * (seen[i]?.loss as number), 0) / rows;
    expect(watched.history.loss[0]).toBeCloseTo(mean, 12);
  });

  test('stops in the middle of an epoch: the network has the last completed one', async () => {
    const stopped = await trained({ epochs: 4, batchSize, onBatch: ({ step }) => step < 8 });
    const one = await trained({ epochs: 1, batchSize });
    expect(stopped).toEqual({ ...one, history: { ...one.history, stoppedBy: 'callback' } });
  });

  test('stops at the end of an epoch, which counts', async () => {
    const stopped = await trained({ ...everything, epochs: 2, onBatch: async ({ step }) => step < 5 });
    expect(stopped.history).toMatchObject({ epoch: [1], stoppedBy: 'callback', val_loss: [expect.any(Number)] });
  });

  test('that throws ends it', async () => {
    const error = new Error('mine');
    const onBatch = () => {
      throw error;
    };
    const nn = network();
    const before = weights(nn);
    await expect(nn.fit(data, { batchSize, onBatch })).rejects.toBe(error);
    expect(weights(nn)).toEqual(before);
  });

  test('of a stream', async () => {
    const seen: BatchInfo[] = [];
    const stream = () => [data, data, data];
    const stopped = await trained({ epochs: 3, onBatch: (info) => seen.push(info) < 5 }, stream);
    expect(stopped).toEqual({ ...(await trained({ epochs: 1 }, stream)), history: { ...stopped.history } });
    expect(seen.map(({ epoch, batch, step }) => [epoch, batch, step])).toEqual([
      ...[1, 2, 3].map((i) => [1, i, i]),
      ...[1, 2].map((i) => [2, i, i + 3]),
    ]);
  });
});

describe('maxTime', () => {
  test('ends a training of tiny epochs', async () => {
    const { stoppedBy, epoch, seconds } = await network().fit(data, { epochs: 1e8, callbackEvery: 1e6, maxTime: 0.05, shuffle: false });
    expect(stoppedBy).toBe('time');
    expect(epoch.length).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(1);
  });

  test('drops the epoch that is under way', async () => {
    const options = { epochs: 3, batchSize, maxTime: 0.15, onBatch: async ({ step }: BatchInfo) => (step === 7 ? sleep(200) : true) };
    const stopped = await trained(options);
    const one = await trained({ epochs: 1, batchSize });
    expect(stopped).toEqual({ ...one, history: { ...one.history, stoppedBy: 'time' } });
  });

  test('before the first epoch is complete leaves the network as it was', async () => {
    const nn = network();
    const before = weights(nn);
    const { seconds, ...history } = await nn.fit(data, { batchSize, maxTime: 0.01, onBatch: () => sleep(50) });
    expect(history).toEqual({ epoch: [], loss: [], learningRate: [], stoppedBy: 'time' });
    expect(weights(nn)).toEqual(before);
  });

  test('that is not over does nothing', async () => {
    expect(await trained({ epochs: 2, maxTime: 1e7 })).toEqual(await trained({ epochs: 2 }));
  });
});

describe('restoreBest', () => {
  // The rate grows until the training gets worse.
  const optimizer = { type: 'sgd', learningRate: { type: 'exponential', initial: 0.05, factor: 2.2 } } as const;
  const options = { epochs: 9, optimizer, shuffle: false, dropoutSchedule: 0 } as const;

  test('is the default where there are validation data', async () => {
    const nn = network();
    const { bestEpoch = 0, val_loss = [] } = await nn.fit(data, { ...options, validation: data, earlyStopping: { patience: Infinity } });
    expect(val_loss).toHaveLength(9);
    expect(bestEpoch).toBeLessThan(9);
    expect((await nn.evaluate(data)).loss).toBe(Math.min(...val_loss));
  });

  test('is not, where there are none', async () => {
    const nn = network();
    await nn.fit(data, { ...options, earlyStopping: { patience: Infinity } });
    expect(weights(nn)).toEqual((await trained(options)).weights);
  });
});

describe('stepsPerEpoch', () => {
  const batches = Array.from({ length: 4 }, (_, i) => ({
    x: x.slice(5 * i, 5 * i + 5),
    y: (data.y as number[][]).slice(5 * i, 5 * i + 5),
  }));

  test('reads an endless stream on from epoch to epoch, and lets go of it', async () => {
    let [opened, read, left] = [0, 0, 0];
    function* endless() {
      opened++;
      try {
        for (let i = 0; ; i++, read++) yield batches[i % 4] as Samples;
      } finally {
        left++;
      }
    }
    const options = { epochs: 4, optimizer: { type: 'sgd', learningRate: { type: 'oneCycle', peak: 0.1 } } } as const;
    const long = await trained({ ...options, stepsPerEpoch: 6 }, endless());
    expect([opened, read, left]).toEqual([1, 23, 1]);
    const same = await trained({ ...options, stepsPerEpoch: 6 }, (epoch) => {
      expect(epoch).toBe(1);
      return endless();
    });
    expect(same).toEqual(long);
    expect(long.history.epoch).toEqual([1, 2, 3, 4]);
  });

  test('opens a stream anew where it ends', async () => {
    const epochs: number[] = [];
    const source = (epoch: number) => {
      epochs.push(epoch);
      return batches;
    };
    const anew = await trained({ epochs: 3, stepsPerEpoch: 6 }, source);
    expect(epochs).toEqual([1, 1, 2, 3, 3]);
    function* twice() {
      for (;;) yield* batches;
    }
    expect(anew).toEqual(await trained({ epochs: 3, stepsPerEpoch: 6 }, twice()));
    expect(await trained({ epochs: 3, stepsPerEpoch: 6 }, batches)).toEqual(anew);
  });

  test('is refused by a stream that has no more', async () => {
    const once = batches[Symbol.iterator]();
    await expect(network().fit(once as Iterable<Samples>, { epochs: 2, stepsPerEpoch: 3 })).rejects.toThrow(
      'data ended after 1 of 3 batches of epoch 2, and has no others',
    );
    await expect(network().fit(() => [], { stepsPerEpoch: 3 })).rejects.toThrow('data ended after 0 of 3 batches of epoch 1');
  });
});

describe('a resumed training has the same bits', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'chainrule-loop-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const plateau = { type: 'plateau', initial: 0.05, patience: 0, factor: 0.5, threshold: 0.5 } as const;
  test.each<[string, FitOptions, Parameters<NeuralNetwork['fit']>[0]]>([
    ['schedules of all kinds', everything, data],
    ['a plateau', { ...everything, optimizer: { type: 'sgd', learningRate: plateau } }, data],
    ['a function', { ...everything, optimizer: { type: 'sgd', learningRate: (step, progress) => 0.1 / (1 + step + progress) } }, data],
    ['ties for the last', { ...everything, earlyStopping: { patience: Infinity, ties: 'last' } }, data],
    [
      'a stream with epochs of its own',
      { epochs: 6, stepsPerEpoch: 4, optimizer: { type: 'sgd', learningRate: { type: 'coslog', initial: 0.1 } } },
      () => [data, data, data, data],
    ],
  ])('with %s', async (name, options, source) => {
    const whole = await trained({ ...options }, source);
    const checkpoint = { path: path.join(folder, name), resume: true };
    const cut = await trained({ ...options, checkpoint, onEpoch: ({ epoch }) => epoch < 3 }, source);
    expect(cut.history.epoch).toHaveLength(3);
    expect(await trained({ ...options, checkpoint }, source)).toEqual(whole);
  });

  test('after maxTime, and after a batch that stopped it', async () => {
    const whole = await trained(everything);
    const checkpoint = { path: path.join(folder, 'time'), resume: true };
    const slow = { onBatch: async ({ step }: BatchInfo) => (step === 12 ? sleep(300) : true) };
    expect((await trained({ ...everything, ...slow, checkpoint, maxTime: 0.25 })).history).toMatchObject({
      epoch: [1, 2],
      stoppedBy: 'time',
    });
    expect((await trained({ ...everything, checkpoint, onBatch: ({ step }) => step < 17 })).history.epoch).toEqual([1, 2, 3]);
    expect(await trained({ ...everything, checkpoint })).toEqual(whole);
  });

  test('but not with another schedule', async () => {
    const checkpoint = { path: path.join(folder, 'other'), resume: true };
    await trained({ ...everything, checkpoint, onEpoch: () => false });
    for (const [change, name] of [
      [{ dropoutSchedule: 0.5 }, 'dropoutSchedule'],
      [{ optimizer: { type: 'adamw', learningRate: { type: 'oneCycle', peak: 0.05 } } }, 'optimizer.weightDecay'],
      [{ epochs: 7 }, 'optimizer.learningRate.epochs'],
    ] as const) {
      await expect(network().fit(data, { ...everything, ...change, checkpoint } as FitOptions)).rejects.toThrow(
        new RegExp(`another training: ${name}`),
      );
    }
  });
});

test('the number of batches is told after each epoch', async () => {
  const steps: number[] = [];
  await trained({ epochs: 3, batchSize, onEpoch: (info) => void steps.push(info.steps) });
  expect(steps).toEqual([5, 10, 15]);
});
