import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../../lib';
import { mostLayers } from '../../lib/options';

// The largest number of layers, each with the longest description: what every writer writes is what its reader reads.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const longest = dense(1, 'leakyRelu', {
  weightsInitializer: { type: 'uniform', low: -1.2345678901234568e-300, high: 1.2345678901234568e-300 },
  biasInitializer: { type: 'normal', mean: -1.2345678901234568e-300, stddev: 1.2345678901234568e-300 },
});
const layers = Array.from({ length: mostLayers }, () => longest);

test('files, bytes and JSON', { timeout: 300_000 }, async () => {
  const nn = new NeuralNetwork({ inputSize: 1, layers, seed: 1 });
  const file = path.join(folder, 'model.safetensors');
  await nn.save(file);
  const bytes = nn.toBytes();
  for (const loaded of [await NeuralNetwork.load(file), NeuralNetwork.fromBytes(bytes)]) {
    expect(Buffer.compare(loaded.toBytes(), bytes)).toBe(0);
  }
  expect(NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn))).parameterCount).toBe(2 * mostLayers);
});

test('the work for layers grows as their number does, and no faster', { timeout: 300_000 }, () => {
  // The best of several: other programs have the machine, too. Four times the layers would take sixteen times as long.
  const best = (work: () => unknown): number =>
    Math.min(
      ...Array.from({ length: 3 }, () => {
        const start = performance.now();
        work();
        return performance.now() - start;
      }),
    );
  const [few, many] = [4000, 16_000].map((count) => {
    const options = { inputSize: 1, layers: layers.slice(0, count), seed: 1 };
    const nn = new NeuralNetwork(options);
    const bytes = nn.toBytes();
    const json = nn.toJSON();
    return [
      () => new NeuralNetwork(options),
      () => nn.toBytes(),
      () => NeuralNetwork.fromBytes(bytes),
      () => NeuralNetwork.fromJSON(json),
    ].map(best);
  }) as [number[], number[]];
  for (const [index, time] of many.entries()) expect(time / (few[index] as number)).toBeLessThan(12);
});
