import { describe, expect, test } from 'vitest';
import { dense, dropout } from '../lib';
import { type NativeNetwork, type NativeRunResult, type NativeTrainer, native } from '../lib/native';
import { wire } from '../lib/native/wire';
import { checkFit, checkNetwork, nativeSpec } from '../lib/options';

// Runs of the native trainer whose steps have values of their own, and runs that end in the middle of an epoch.

const rows = 11;
const batchSize = 4;
const batchesOfAnEpoch = 3;
const internal = expect.objectContaining({ code: 'ERR_CHAINRULE_INTERNAL' });

const spec = nativeSpec(checkNetwork({ inputSize: 3, layers: [dropout(0.25), dense(5, 'tanh'), dense(2)], loss: 'mse', seed: 5 }));
const { settings } = checkFit({ optimizer: { type: 'adamw', learningRate: 0.01 } }, false).optimizer;
const options = wire.trainer({
  optimizer: settings,
  tensors: [],
  batchSize,
  shuffle: true,
  metrics: false,
  dropLast: false,
  shards: 1,
  accumulate: 1,
  clipNorm: 0,
  clipValue: 0,
  emaDecay: 0,
});
const numbers = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(1 + i * step));
const samples = { x: numbers(rows * 3, 1.3), y: numbers(rows * 2, 0.7), rows };

interface Training {
  network: NativeNetwork;
  trainer: NativeTrainer;
  /** Trains with a rate of 1 for each epoch that has no steps of its own; returns the losses, too. */
  run(epochs: number, steps?: Float64Array, batches?: number): Promise<NativeRunResult & { losses: number[] }>;
  parameters(): number[];
}

function begin(): Training {
  const network = new native.Network(wire.network(spec), 'f32');
  network.beginTraining();
  const trainer = network.trainer(options, samples);
  const run = async (epochs: number, steps?: Float64Array, batches?: number) => {
    const records = new Float64Array(2 * epochs).fill(1, 0, epochs);
    const result = await trainer.run(records, epochs, Infinity, steps, batches);
    return { ...result, losses: [...records.subarray(epochs, epochs + result.epochs)] };
  };
  const parameters = () => {
    const all = new Float32Array(network.parameterCount);
    network.readParameters(all);
    return [...all];
  };
  return { network, trainer, run, parameters };
}

/** Values that differ from step to step. */
const steps = (count: number) =>
  Float64Array.from({ length: 3 * count }, (_, i) => [0.01 / (1 + i), 0.1 / (1 + i), 1 / (1 + i / 30)][i % 3] as number);

describe('steps with values of their own', () => {
  test('are those of the records where the values are the same', async () => {
    const [plain, same] = [begin(), begin()];
    const records = Float64Array.of(0.01, 0.01, 0, 0);
    await plain.trainer.run(records, 2, Infinity);
    const values = Float64Array.from(
      { length: 6 * batchesOfAnEpoch },
      (_, i) => [0.01, settings.weightDecay as number, 1][i % 3] as number,
    );
    expect(await same.run(2, values)).toMatchObject({ epochs: 2, batches: 6, steps: 6, losses: [...records.subarray(2)] });
    expect(same.parameters()).toEqual(plain.parameters());
  });

  test('differ by each of the three numbers', async () => {
    const count = 2 * batchesOfAnEpoch;
    const trained = async (values: Float64Array) => {
      const training = begin();
      await training.run(2, values);
      return training.parameters();
    };
    const reference = await trained(steps(count));
    for (let number = 0; number < 3; number++) {
      const values = steps(count);
      values[3 * (count - 1) + number] = 0.5 * (values[3 * (count - 1) + number] as number);
      expect(await trained(values)).not.toEqual(reference);
    }
  });

  test('are as many as the run begins', async () => {
    const { run } = begin();
    await expect(async () => run(2, steps(5))).rejects.toThrow(internal);
    await expect(async () => run(2, new Float64Array(0))).rejects.toThrow(internal);
    await expect(async () => run(2, [1, 2, 3] as unknown as Float64Array)).rejects.toThrow(internal);
    await expect(async () =>
      run(
        1,
        Float64Array.from({ length: 9 }, () => NaN),
      ),
    ).rejects.toThrow(internal);
    await run(2, steps(6));
  });
});

describe('runs of a few batches', () => {
  test('take the same steps as one run, and say what they did', async () => {
    const [whole, cut] = [begin(), begin()];
    const values = steps(4 * batchesOfAnEpoch);
    const { losses, batchLoss } = await whole.run(4, values);
    const found: number[] = [];
    const counts: number[] = [];
    let taken = 0;
    let last = 0;
    for (const batches of [2, 3, 1, 100]) {
      const result = await cut.run(4 - found.length, values.subarray(3 * taken), batches);
      expect(result).toMatchObject({ aborted: false, divergedAtStep: -1, steps: result.batches });
      taken += result.steps;
      counts.push(result.batches);
      found.push(...result.losses);
      last = result.batchLoss;
    }
    expect(counts).toEqual([2, 3, 1, 6]);
    expect(found).toEqual(losses);
    expect(last).toBe(batchLoss);
    expect(cut.parameters()).toEqual(whole.parameters());
  });

  test('need values for these batches only', async () => {
    const { run } = begin();
    await expect(async () => run(3, steps(3), 4)).rejects.toThrow(internal);
    expect(await run(3, steps(4), 4)).toMatchObject({ epochs: 1, batches: 4 });
  });

  test.each([-1, NaN, Infinity, '1' as unknown as number])('%s batches are refused', async (batches) => {
    await expect(async () => begin().run(1, undefined, batches)).rejects.toThrow(internal);
  });
});

test('a step on a batch of a stream takes values, too', async () => {
  const [plain, stepped] = [begin(), begin()];
  const records = () => Float64Array.of(0.01, 0);
  const first = await plain.trainer.step(samples, records());
  expect(first).toMatchObject({ epochs: 1, batches: 1, steps: 1 });
  expect(first.batchLoss).toBeGreaterThan(0);
  const values = Float64Array.of(0.01, settings.weightDecay as number, 1);
  expect(await stepped.trainer.step(samples, records(), values)).toEqual(first);
  await expect(async () => stepped.trainer.step(samples, records(), values.subarray(1))).rejects.toThrow(internal);
  await stepped.trainer.publish();
  await plain.trainer.publish();
  expect(stepped.parameters()).toEqual(plain.parameters());
});
