import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, type Layer, NeuralNetwork, readNpy, readNpz, toNpz, writeNpy } from '../../lib';
import { atOnce, inSlices, type Pieces } from '../../lib/event-loop';

// The event loop turns while models are saved and loaded. Turns are counted, and not milliseconds: other programs have the machine, too.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** How often the event loop turned until the promise was settled. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let running = true;
  const over = work.finally(() => {
    running = false;
  });
  while (running) {
    await turn();
    turns++;
  }
  await over;
  return turns;
}

describe.each([
  ['one layer', 3200, 1],
  ['50 layers', 450, 50],
])('40 MB in %s', (_, width, count) => {
  // SHA-256 alone takes some 20 ms or more of them, in slices of 4 ms.
  const fewest = 4;

  test('save, load, load from bytes', async () => {
    const layers = Array.from({ length: count }, () => dense(width, 'linear', { weightsInitializer: 'zeros' }));
    const nn = new NeuralNetwork({ inputSize: width, layers });
    const file = path.join(folder, 'model.safetensors');
    expect(await turnsDuring(nn.save(file))).toBeGreaterThan(fewest);
    expect(await turnsDuring(NeuralNetwork.load(file))).toBeGreaterThan(fewest);
    expect(await turnsDuring(NeuralNetwork.load(nn.toBytes()))).toBeGreaterThan(fewest);
  });
});

test('numbers in arrays become .npy and .npz files', async () => {
  const numbers = Array.from({ length: 2_000_000 }, (_, i) => i / 3);
  const rows = Array.from({ length: 20_000 }, (_, row) => numbers.slice(100 * row, 100 * (row + 1)));
  const file = path.join(folder, 'array.npy');
  expect(await turnsDuring(writeNpy(file, numbers))).toBeGreaterThan(2);
  expect(await turnsDuring(writeNpy(file, rows))).toBeGreaterThan(2);
  expect(await turnsDuring(toNpz({ numbers, rows }))).toBeGreaterThan(8);
  const { data, shape } = await readNpy(file);
  expect([shape, data[123_456]]).toEqual([[20_000, 100], 123_456 / 3]);
});

test('a typed array is written as it was at the time of the call', async () => {
  const array = new Float64Array(2_000_000).fill(1);
  const file = path.join(folder, 'array.npy');
  const writing = Promise.all([writeNpy(file, array), toNpz({ a: [1], array })]);
  array.fill(2);
  const [, bytes] = await writing;
  expect(new Set((await readNpy(file)).data)).toEqual(new Set([1]));
  expect(new Set((await readNpz(bytes)).array?.data)).toEqual(new Set([1]));
});

describe('pieces', () => {
  function* pieces(count: number, milliseconds: number, done: number[]): Pieces<string> {
    for (let piece = 0; piece < count; piece++) {
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
      done.push(piece);
      yield;
    }
    return 'result';
  }

  test('at once', () => {
    const done: number[] = [];
    expect(atOnce(pieces(5, 0, done))).toBe('result');
    expect(done).toEqual([0, 1, 2, 3, 4]);
  });

  test('in slices: the first before the call returns, and no slice is longer than it must be', async () => {
    const done: number[] = [];
    const result = inSlices(pieces(6, 5, done));
    expect(done).toEqual([0]);
    expect(await turnsDuring(result)).toBeGreaterThanOrEqual(5);
    expect(await result).toBe('result');
    expect(done).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('what takes no time is done before the call returns', async () => {
    const done: number[] = [];
    const result = inSlices(pieces(3, 0, done));
    expect(done).toEqual([0, 1, 2]);
    expect(await result).toBe('result');
  });

  test('errors', async () => {
    function* failing(): Pieces<void> {
      yield;
      throw new Error('no');
    }
    expect(() => atOnce(failing())).toThrow('no');
    await expect(inSlices(failing())).rejects.toThrow('no');
  });
});

test('what is saved is the network at the time of the call', async () => {
  for (const width of [2, 400]) {
    const nn = new NeuralNetwork({ inputSize: width, layers: [dense(width)], seed: 1 });
    const file = path.join(folder, 'model.safetensors');
    const before = nn.toBytes();
    const saving = nn.save(file);
    nn.assign(new NeuralNetwork({ inputSize: width, layers: [dense(width)], seed: 2 }));
    nn.metadata = { changed: 'later' };
    await saving;
    expect(Buffer.compare((await NeuralNetwork.load(file)).toBytes(), before)).toBe(0);
  }
});

test('a network in training is saved as it was after one of its epochs', async () => {
  // All weights are the same after each epoch, as there is nothing that tells them apart.
  const nn = new NeuralNetwork({
    inputSize: 300,
    layers: [dense(300, 'linear', { weightsInitializer: { type: 'constant', value: 0.001 } })],
  });
  const ones = new Float32Array(300).fill(1);
  const controller = new AbortController();
  const fit = nn.fit({ x: ones, y: ones }, { epochs: 1e9, optimizer: { type: 'sgd', learningRate: 1e-5 }, signal: controller.signal });
  const seen = new Set<number>();
  for (let round = 0; round < 20; round++) {
    const file = path.join(folder, 'training.safetensors');
    await nn.save(file);
    const json = round === 0 ? [NeuralNetwork.fromJSON(nn.toJSON())] : [];
    for (const saved of [await NeuralNetwork.load(file), NeuralNetwork.fromBytes(nn.toBytes()), ...json]) {
      const { data } = (saved.layers[0] as Layer).weights;
      expect(new Set(data).size).toBe(1);
      seen.add(data[0] as number);
    }
  }
  controller.abort();
  await expect(fit).rejects.toMatchObject({ name: 'AbortError' });
  expect(seen.size).toBeGreaterThan(1);
});
