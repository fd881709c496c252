import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { dense, dropout, info, type Layer, NeuralNetwork, setThreads, threads } from '../../lib';

// The differences of WebAssembly: one thread, a memory of its own that has an end, and finalizers in the place of destructors.

const wide = (seed = 1) => new NeuralNetwork({ inputSize: 300, layers: [dense(400, 'relu'), dropout(0.2), dense(1)], seed });
const samples = (rows: number) => ({
  x: Float32Array.from({ length: rows * 300 }, (_, i) => ((i * 7919) % 1009) / 1009),
  y: new Float32Array(rows),
});
const denseLayers = (nn: NeuralNetwork) => nn.layers.filter(({ type }) => type === 'dense');
const weightsOf = (nn: NeuralNetwork) => denseLayers(nn).map(({ weights }) => weights.data);
const firstLayer = (nn: NeuralNetwork) => denseLayers(nn)[0] as Layer;

test('the kernels are those for SIMD', () => {
  expect(info()).toMatchObject({ isa: 'simd128', threads: 1 });
});

test('threads are one, and numbers of them are checked all the same', () => {
  setThreads(4);
  expect(threads()).toBe(1);
  expect(() => setThreads(0)).toThrow('threads must be a whole number from 1 to 256, got 0');
});

test('bf16 is refused', () => {
  const make = () => new NeuralNetwork({ inputSize: 1, layers: [dense(1)], precision: 'bf16' });
  expect(make).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_UNSUPPORTED' }));
  expect(make).toThrow(/those in use here are simd128. Use precision "f32"/);
});

describe('while an epoch lasts', () => {
  const data = samples(20_000);

  test('the event loop turns, and predictions are those from before or, when it is over, those from after', async () => {
    const nn = wide();
    const predicted = () => nn.predict(data.x.subarray(0, 300)).data[0] as number;
    const seen = [predicted()];
    let over = false;
    const training = nn.fit(data, { epochs: 1, batchSize: 32 }).finally(() => {
      over = true;
    });
    while (!over) {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(predicted());
    }
    await training;
    const [before, after] = [seen[0], predicted()];
    expect(before).not.toBe(after);
    expect(seen.filter((value) => value === before).length).toBeGreaterThan(4);
    expect(seen.filter((value) => value !== before && value !== after)).toEqual([]);
    expect(seen.lastIndexOf(before as number)).toBeLessThan(seen.indexOf(after));
  });

  test('pieces make the same epoch as a stream of the same batches', async () => {
    const [whole, stream] = [wide(), wide()];
    await whole.fit(data, { epochs: 1, batchSize: 1000, shuffle: false });
    const batches = Array.from({ length: 20 }, (_, index) => ({
      x: data.x.subarray(index * 300_000, (index + 1) * 300_000),
      y: data.y.subarray(index * 1000, (index + 1) * 1000),
    }));
    await stream.fit(batches, { epochs: 1 });
    expect(weightsOf(whole)).toEqual(weightsOf(stream));
  });

  test('a signal ends it: the weights are those from before, and the network is free', async () => {
    const nn = wide();
    const before = weightsOf(nn);
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    await expect(nn.fit(data, { epochs: 2, batchSize: 32, signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(weightsOf(nn)).toEqual(before);
    await nn.fit(samples(10), { epochs: 1 });
  });

  test('predictAsync and evaluate let it turn, with one set of weights from beginning to end', async () => {
    const nn = wide();
    const expected = nn.predict(data.x).data;
    let turned = false;
    setImmediate(() => {
      turned = true;
      firstLayer(nn).bias = new Float32Array(400).fill(3);
    });
    const { data: predicted } = await nn.predictAsync(data.x);
    expect(turned).toBe(true);
    expect(predicted).toEqual(expected);
  });
});

test('a model of the addon predicts what it does there', async () => {
  const { NeuralNetwork: Native } = await import(path.join(__dirname, '../../dist/index.js'));
  const spec = {
    inputSize: 5,
    layers: [dense(17, 'gelu'), dense(33, 'tanh'), dense(4, 'softmax')],
    loss: 'crossEntropy',
    seed: 3,
  } as const;
  const x = Float64Array.from({ length: 40 * 5 }, (_, i) => Math.sin(i));
  const y = Int32Array.from({ length: 40 }, (_, i) => i % 4);
  for (const precision of ['f32', 'f64'] as const) {
    const native = new Native({ ...spec, precision });
    const ours = new NeuralNetwork({ ...spec, precision });
    const options = { epochs: 20, batchSize: 8, optimizer: 'adamw' } as const;
    await native.fit({ x, y }, options);
    await ours.fit({ x, y }, options);
    const wanted = native.predict(x).data as Float64Array;
    const far = (got: ArrayLike<number>) => Math.max(...Array.from(got, (value, i) => Math.abs(value - (wanted[i] as number))));
    expect(far(NeuralNetwork.fromJSON(native.toJSON()).predict(x).data)).toBeLessThan(precision === 'f32' ? 1e-6 : 1e-14);
    // The same initial weights, shuffles and steps, but for roundings.
    expect(far(ours.predict(x).data)).toBeLessThan(precision === 'f32' ? 1e-4 : 1e-12);
  }
});

describe('memory', () => {
  test('what a training takes is given back when it ends', async () => {
    const nn = new NeuralNetwork({ inputSize: 2000, layers: [dense(1)], seed: 1 });
    const x = { data: new Float32Array(2000 * 2000), shape: [2000, 2000] };
    // 16 MB each time, and the module has 4 GB: 268 would fill it.
    for (let round = 0; round < 275; round++) await nn.fit({ x, y: new Float32Array(2000) }, { epochs: 1, batchSize: 2000 });
  });

  test('networks that are garbage are given back while others are made', async () => {
    // 8 MB each: 537 would fill the module.
    const layers = [dense(1000, 'relu', { weightsInitializer: 'zeros' }), dense(1)];
    const data = { x: new Float32Array(2000), y: [1] };
    for (let round = 0; round < 550; round++) await new NeuralNetwork({ inputSize: 2000, layers }).fit(data, { epochs: 1 });
  }, 240_000);

  const rejects = (what: () => unknown) => expect((async () => what())()).rejects.toMatchObject({ code: 'ERR_CHAINRULE_MEMORY' });

  test('where there is none left, a RangeError says how much was asked for, and all goes on', async () => {
    const net = (...units: number[]) =>
      new NeuralNetwork({ inputSize: 1, layers: units.map((count) => dense(count, 'linear', { weightsInitializer: 'zeros' })) });
    await rejects(() => net(30_000, 40_000));
    expect(() => net(30_000, 40_000)).toThrow(/^not enough memory: 4\d{9} bytes were asked for$/);
    const broad = net(400_000, 1);
    const rows = { x: new Float32Array(10_000), y: new Float32Array(10_000) };
    await rejects(() => broad.fit(rows, { epochs: 1, batchSize: 10_000 }));
    await rejects(() => broad.fit([rows], { epochs: 1 }));
    await rejects(() => broad.backward(rows.x, rows.y));
    // A number of elements that overflows 32 bits to a small one.
    const wrapping = { x: new Float32Array(10_800), y: new Float32Array(10_800) };
    await rejects(() => broad.fit(wrapping, { epochs: 1, batchSize: 10_800 }));
    await rejects(() => broad.fit([wrapping], { epochs: 1 }));
    await rejects(() => broad.backward(wrapping.x, wrapping.y));
    const predictsMuch = net(1_000_000);
    await rejects(() => predictsMuch.predictAsync(new Float32Array(1500)));
    expect(broad.predict([[1], [2]]).data).toEqual(new Float32Array(2));
    await broad.fit({ x: [1], y: [1] }, { epochs: 1 });
  });
});

describe('shared networks', () => {
  test('one thread shares with itself', () => {
    const nn = wide();
    const other = NeuralNetwork.fromShared(structuredClone(nn.share()));
    firstLayer(other).bias = new Float32Array(400).fill(1);
    expect(firstLayer(nn).bias.data[0]).toBe(1);
  });

  test('another thread has a memory of its own, and says so', async () => {
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { NeuralNetwork } = require(process.env.CHAINRULE_TEST_PACKAGE);
      try { NeuralNetwork.fromShared(workerData); } catch ({ code, message }) { parentPort.postMessage({ code, message }); }`;
    const worker = new Worker(code, { eval: true, workerData: wide().share() });
    const { code: found, message } = await new Promise<{ code: string; message: string }>((resolve) => worker.once('message', resolve));
    expect(found).toBe('ERR_CHAINRULE_SHARED');
    expect(message).toMatch(/save the network there and load it here/);
  });
});
