import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dense, type EarlyStoppingOptions, type FitOptions, NeuralNetwork, type Samples } from '../../lib';

const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-target-'));
afterAll(() => rmSync(folder, { recursive: true }));

const xor: Samples = {
  x: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  y: [0, 1, 1, 0],
};
const make = (): NeuralNetwork => new NeuralNetwork({ inputSize: 2, layers: [dense(8, 'tanh'), dense(1, 'sigmoid')], seed: 1 });
const common = { epochs: 300, optimizer: { type: 'adam', learningRate: 0.05 }, metrics: ['accuracy'] } as const;
const teach = (nn: NeuralNetwork, earlyStopping: EarlyStoppingOptions, more: FitOptions<Samples> = {}) =>
  nn.fit(xor, { ...common, earlyStopping, ...more });
const weightsOf = (nn: NeuralNetwork) => nn.layers.map(({ weights, bias }) => [weights.data, bias.data]);

describe('training stops at its target', () => {
  it('from above', async () => {
    const { loss, stoppedBy, bestEpoch, epoch } = await teach(make(), { target: 0.1 });
    expect(stoppedBy).toBe('target');
    expect(loss.at(-1)).toBeLessThanOrEqual(0.1);
    expect(loss.slice(0, -1).every((value) => value > 0.1)).toBe(true);
    expect(bestEpoch).toBe(epoch.at(-1));
    expect(epoch.length).toBeLessThan(300);
  });

  it('from below', async () => {
    const { val_accuracy, stoppedBy } = await teach(make(), { monitor: 'val_accuracy', target: 1 }, { validation: xor });
    expect(stoppedBy).toBe('target');
    expect(val_accuracy?.at(-1)).toBe(1);
    expect(val_accuracy?.slice(0, -1).every((value) => value < 1)).toBe(true);
  });

  it('and not for want of improvement, unless patience is given', async () => {
    const noGain = { monitor: 'accuracy', target: 2 } as const;
    expect(await teach(make(), noGain, { epochs: 30 })).toMatchObject({ stoppedBy: 'epochs' });
    expect(await teach(make(), { ...noGain, patience: 2 }, { epochs: 30 })).toMatchObject({ stoppedBy: 'earlyStopping' });
  });

  it('and the weights of that epoch are the best', async () => {
    const [kept, restored] = [make(), make()];
    await teach(kept, { target: 0.1, minDelta: 0.05 });
    await teach(restored, { target: 0.1, minDelta: 0.05, restoreBest: true });
    expect(weightsOf(restored)).toEqual(weightsOf(kept));
  });

  it('and the callback is told of the last epoch', async () => {
    let last = 0;
    const history = await teach(
      make(),
      { target: 0.1 },
      {
        callbackEvery: 1000,
        onEpoch: ({ epoch }) => {
          last = epoch;
        },
      },
    );
    expect(last).toBe(history.epoch.length);
  });
});

it.each([['0.1'], [Number.NaN], [Infinity], [true]])('a target of %s is refused', async (target) => {
  const error = { code: expect.stringMatching(/_(TYPE|VALUE)$/), message: expect.stringMatching(/^earlyStopping.target must be a finite/) };
  await expect(teach(make(), { target: target as number })).rejects.toMatchObject(error);
});

describe('a resumed training', () => {
  const earlyStopping = { target: 0.1 };

  it('stops at the same epoch with the same bits', async () => {
    const checkpoint = { path: path.join(folder, 'cut-off'), resume: true };
    const [whole, first, second] = [make(), make(), make()];
    const expected = await teach(whole, earlyStopping);
    await teach(first, earlyStopping, { checkpoint, onEpoch: ({ epoch }) => epoch < 7 });
    const resumed = await teach(second, earlyStopping, { checkpoint });
    expect({ ...resumed, seconds: 0 }).toEqual({ ...expected, seconds: 0 });
    expect(weightsOf(second)).toEqual(weightsOf(whole));
  });

  it('that had reached its target stays there', async () => {
    const checkpoint = { path: path.join(folder, 'reached'), resume: true };
    const expected = await teach(make(), earlyStopping, { checkpoint });
    const again = await teach(make(), earlyStopping, { checkpoint, epochs: 400 });
    expect({ ...again, seconds: 0 }).toEqual({ ...expected, seconds: 0 });
  });

  it('must have the same target', async () => {
    const checkpoint = { path: path.join(folder, 'other'), resume: true };
    await teach(make(), earlyStopping, { checkpoint });
    for (const other of [{ target: 0.2 }, { target: 0.1, patience: 5 }, { patience: 5 }]) {
      await expect(teach(make(), other, { checkpoint })).rejects.toMatchObject({
        code: 'ERR_CHAINRULE_CHECKPOINT',
        message: expect.stringMatching(/earlyStopping\.(target|patience) is/),
      });
    }
  });
});
