import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../../lib';

// The checked values are those that are used, whatever getters, other calls and transfers do meanwhile.

const make = () => new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'tanh'), dense(1)], seed: 1 });
const weights = (nn: NeuralNetwork) => nn.layers.map(({ weights: { data }, bias }) => [...data, ...bias.data]);
const data = () => ({ x: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), y: Float32Array.of(2, 4, 6, 8) });

describe('arrays that change after the call has returned', () => {
  const changes: Record<string, (array: Float32Array) => void> = {
    'written over': (array) => array.fill(100),
    'not finite': (array) => array.fill(Number.NaN),
    transferred: (array) => structuredClone(array, { transfer: [array.buffer as ArrayBuffer] }),
  };
  const checkpoint = { path: path.join(os.tmpdir(), `chainrule-test-${process.pid}.checkpoint`) };
  const calls: Record<string, (nn: NeuralNetwork, x: Float32Array, y: Float32Array) => Promise<unknown>> = {
    fit: (nn, x, y) => nn.fit({ x, y }, { epochs: 3 }),
    'fit with a checkpoint': (nn, x, y) => nn.fit({ x, y }, { epochs: 3, checkpoint }),
    'fit with a split': (nn, x, y) => nn.fit({ x, y }, { epochs: 3, validationSplit: 0.25 }),
    'fit with validation': (nn, x, y) => nn.fit({ x: [[1, 2]], y: [3] }, { epochs: 3, validation: { x, y } }),
    predictAsync: (nn, x) => nn.predictAsync(x),
    evaluate: (nn, x, y) => nn.evaluate({ x, y }, { metrics: ['mae'] }),
    batcher: (nn, x) => nn.batcher().predict(x.subarray(0, 2)),
  };
  for (const [call, run] of Object.entries(calls)) {
    test.each(Object.entries(changes))(`${call}: %s`, async (_, change) => {
      const [nn, other] = [make(), make()];
      const { x, y } = data();
      const untouched = data();
      const expected = await run(other, untouched.x, untouched.y);
      const result = run(nn, x, y);
      change(x);
      change(y);
      const plain = (value: unknown) => JSON.parse(JSON.stringify(value, (key, v) => (key === 'seconds' ? 0 : v)));
      expect(plain(await result)).toEqual(plain(expected));
      expect(weights(nn)).toEqual(weights(other));
    });
  }
});

describe('a getter among the numbers', () => {
  const nn = make();
  const right = nn.predict([1, 2]).data[0];
  const rowWith = (get: () => number) => Object.defineProperty([1, 2], 1, { get });
  const attempts: Record<string, () => unknown> = {
    predicts: () => nn.predict([50, 60]),
    'predicts two rows': () =>
      nn.predict([
        [50, 60],
        [70, 80],
      ]),
    'predicts what is refused': () => nn.predict([Number.NaN, 60]),
  };
  test.each(Object.entries(attempts))('%s', (_, inner) => {
    const row = rowWith(() => {
      try {
        inner();
      } catch {}
      return 2;
    });
    expect(nn.predict(row).data[0]).toBe(right);
    expect([...nn.predict([[1, 2], row]).data]).toEqual([right, right]);
  });

  test('gives another number each time: the one that was checked is used', () => {
    let calls = 0;
    const row = rowWith(() => (calls++ === 0 ? 2 : Number.NaN));
    expect(nn.predict(row).data[0]).toBe(right);
  });
});

test('labels in shared memory are copied before they are checked', async () => {
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(3, 'softmax')], seed: 1 });
  const same = new NeuralNetwork({ inputSize: 1, layers: [dense(3, 'softmax')], seed: 1 });
  const x = [[1], [2], [3]];
  const y = new Int32Array(new SharedArrayBuffer(12));
  y.set([0, 1, 2]);
  const fit = nn.fit({ x, y }, { epochs: 5 });
  y.fill(2 ** 30);
  await fit;
  await same.fit({ x, y: [0, 1, 2] }, { epochs: 5 });
  expect(weights(nn)).toEqual(weights(same));
});

test('each option is read once', async () => {
  const read: string[] = [];
  const options = new Proxy({ epochs: 1, batchSize: 2 } as Record<string, unknown>, {
    get(target, key) {
      read.push(String(key));
      return target[String(key)];
    },
  });
  await make().fit(data(), options);
  expect(read).toEqual([...new Set(read)]);
});
