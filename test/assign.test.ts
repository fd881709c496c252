import { afterEach, describe, expect, test } from 'vitest';
import { dense, dropout, info, type NetworkOptions, NeuralNetwork, type SharedNetwork } from '../lib';
import { SharedWorker } from './support/sharing';

// All weights at once from another network.

const make = (seed: number, options: Partial<NetworkOptions> = {}) =>
  new NeuralNetwork({ inputSize: 3, layers: [dense(40, 'tanh'), dense(2)], seed, ...options });
const x = [1, 2, 3];
const outputOf = (nn: NeuralNetwork) => [...nn.predict(x).data];

test('predictions, sessions and batchers have the other network’s weights from then on', async () => {
  const nn = make(1);
  const other = make(2);
  const batcher = nn.batcher();
  const session = nn.session();
  session.input.set(x);
  expect(outputOf(nn)).not.toEqual(outputOf(other));
  nn.assign(other);
  const wanted = outputOf(other);
  expect(outputOf(nn)).toEqual(wanted);
  expect([...(await batcher.predict(x)).data]).toEqual(wanted);
  expect([...session.run()]).toEqual(wanted);
  expect([...(await nn.predictAsync(x)).data]).toEqual(wanted);
  expect(nn.toJSON().parameters).toEqual(other.toJSON().parameters);
  expect(nn.seed).toBe(1);
  await batcher.close();
});

test('afterwards each goes its own way', async () => {
  const nn = make(1);
  const other = make(2);
  const before = outputOf(other);
  nn.assign(other);
  nn.update(nn.backward([x], [[0, 1]]).gradients, 'sgd');
  await nn.fit({ x: [x], y: [[0, 1]] }, { epochs: 3 });
  (nn.layers[1] as (typeof nn.layers)[number]).bias = [5, 5];
  expect(outputOf(other)).toEqual(before);
  expect(outputOf(nn)).not.toEqual(before);
  nn.assign(nn);
});

test('what is between the dense layers may differ', () => {
  const nn = make(1);
  const other = make(2, { layers: [dense(40, 'relu'), dropout(0.5), dense(2, 'softmax')] });
  nn.assign(other);
  expect(Object.values(nn.toJSON().parameters)).toEqual(Object.values(other.toJSON().parameters));
});

test.runIf(info().precisions.includes('bf16'))('single precision and bfloat16 take over from each other', () => {
  for (const [own, others] of [
    ['f32', 'bf16'],
    ['bf16', 'f32'],
  ] as const) {
    const nn = make(1, { precision: own });
    const other = make(2, { precision: others });
    nn.assign(other);
    expect(outputOf(nn)).toEqual(outputOf(other));
    expect(nn.precision).toBe(own);
  }
});

test.each<[what: string, other: unknown, code: string, message: string | RegExp]>([
  [
    'another width',
    make(1, { layers: [dense(41), dense(2)] }),
    'SHAPE',
    'other.layers[0].weights must have shape [3, 40], as layers[0].weights has here, got [3, 41]',
  ],
  [
    'another output, behind dropout',
    make(1, { layers: [dense(40), dropout(0.5), dense(3)] }),
    'SHAPE',
    'other.layers[2].weights must have shape [40, 2], as layers[1].weights has here, got [40, 3]',
  ],
  [
    'the same size in another shape',
    make(1, { inputSize: 40, layers: [dense(3), dense(2)] }),
    'SHAPE',
    /other\.layers\[0\]\.weights must have shape \[3, 40\]/,
  ],
  ['a layer more', make(1, { layers: [dense(40), dense(2), dense(2)] }), 'SHAPE', 'other must have 4 tensors, got 6'],
  ['double precision', make(1, { precision: 'f64' }), 'VALUE', 'other.precision must be "f32" or "bf16", got "f64"'],
  ['a JSON model', make(1).toJSON(), 'TYPE', 'other must be a NeuralNetwork, got an object'],
  ['nothing', undefined, 'TYPE', 'other must be a NeuralNetwork, got undefined'],
])('%s is refused', (_, other, code, message) => {
  const nn = make(1);
  const before = outputOf(nn);
  expect(() => nn.assign(other as NeuralNetwork)).toThrow(
    expect.objectContaining({
      code: `ERR_CHAINRULE_${code}`,
      message: expect.stringMatching(typeof message === 'string' ? message.replace(/[[\].]/g, '\\$&') : message),
    }),
  );
  expect(outputOf(nn)).toEqual(before);
});

test('while fit runs it is refused, and the other way round it is not', async () => {
  const nn = make(1);
  const other = make(2);
  const controller = new AbortController();
  const fit = nn.fit({ x: [x], y: [[0, 1]] }, { epochs: 1e9, signal: controller.signal });
  expect(() => nn.assign(other)).toThrow(
    expect.objectContaining({ code: 'ERR_CHAINRULE_BUSY', message: expect.stringMatching(/^cannot assign to it while fit/) }),
  );
  other.assign(nn);
  controller.abort();
  await expect(fit).rejects.toMatchObject({ name: 'AbortError' });
  nn.assign(other);
  expect(outputOf(nn)).toEqual(outputOf(other));
});

describe('threads that share a network', () => {
  const workers: SharedWorker[] = [];
  afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.end())));
  const start = (handle: SharedNetwork): SharedWorker => {
    const worker = new SharedWorker(handle);
    workers.push(worker);
    return worker;
  };

  test('all see what one of them assigns, and so do their batchers', async () => {
    const nn = make(1);
    const batcher = nn.batcher();
    const worker = start(nn.share());
    const other = make(2);
    await worker.call('assign', other.toBytes());
    expect(outputOf(nn)).toEqual(outputOf(other));
    expect([...(await batcher.predict(x)).data]).toEqual(outputOf(other));
    nn.assign(make(3));
    expect(await worker.call('outputs', x, 1)).toEqual([make(3).predict(x).data[0]]);
    await batcher.close();
  });

  test('none can while another trains', async () => {
    const nn = make(1);
    const worker = start(nn.share());
    const controller = new AbortController();
    const fit = nn.fit({ x: [x], y: [[0, 1]] }, { epochs: 1e9, signal: controller.signal });
    await expect(worker.call('assign', make(2).toBytes())).rejects.toMatchObject({ code: 'ERR_CHAINRULE_BUSY' });
    controller.abort();
    await expect(fit).rejects.toMatchObject({ name: 'AbortError' });
    await worker.call('assign', make(2).toBytes());
    expect(outputOf(nn)).toEqual(outputOf(make(2)));
  });

  test('none sees a mixture', async () => {
    // Each output is the sum of 500 products of a weight from each layer: weights of both networks would give a sum of their own.
    const wide = (value: number) => {
      const initial = { weightsInitializer: { type: 'constant' as const, value } };
      return new NeuralNetwork({ inputSize: 3, layers: [dense(500, 'linear', initial), dense(1, 'linear', initial)] });
    };
    const nn = wide(1);
    const models = [wide(1), wide(2)];
    const allowed = models.map((model) => model.predict(x).data[0]);
    const worker = start(nn.share());
    const seen = new Set<number>();
    for (let round = 0; round < 10; round++) {
      let over = false;
      const looking = worker.call<number[]>('outputs', x, 5000).finally(() => {
        over = true;
      });
      for (let turn = 0; !over; turn++) {
        nn.assign(models[turn % 2] as NeuralNetwork);
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const output of await looking) seen.add(output);
    }
    for (const output of seen) expect(allowed).toContain(output);
    expect(seen.size).toBe(2);
  });
});
