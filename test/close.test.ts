import { describe, expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../lib';

const make = () => new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'tanh'), dense(1)], seed: 1 });
const data = { x: [[0, 1]], y: [1] };
const closed = expect.objectContaining({ name: 'ChainruleError', code: 'ERR_CHAINRULE_CLOSED' });
const busy = expect.objectContaining({ name: 'ChainruleError', code: 'ERR_CHAINRULE_BUSY' });

describe('a closed network', () => {
  const other = make();
  const { gradients } = other.backward([0, 1], [1]);
  const uses: Record<string, (nn: NeuralNetwork) => unknown> = {
    fit: (nn) => nn.fit(data, { epochs: 1 }),
    predict: (nn) => nn.predict([0, 1]),
    predictAsync: (nn) => nn.predictAsync([0, 1]),
    evaluate: (nn) => nn.evaluate(data),
    forward: (nn) => nn.forward([0, 1]),
    backward: (nn) => nn.backward([0, 1], [1]),
    update: (nn) => nn.update(gradients, 'sgd'),
    session: (nn) => nn.session(),
    batcher: (nn) => nn.batcher(),
    share: (nn) => nn.share(),
    summary: (nn) => nn.summary(),
    toJSON: (nn) => nn.toJSON(),
    save: (nn) => nn.save('never-written.safetensors'),
    'layers[0].weights': (nn) => nn.layers[0]?.weights,
    'layers[0].bias': (nn) => nn.layers[0]?.bias,
    'layers[0].bias =': (nn) => Object.assign(nn.layers[0] ?? {}, { bias: [1, 2, 3] }),
  };

  test.each(Object.entries(uses))('refuses %s', async (_, use) => {
    const nn = make();
    nn.predict([0, 1]);
    nn.close();
    nn.close();
    await expect((async () => use(nn))()).rejects.toEqual(closed);
    expect([nn.inputSize, nn.outputSize, nn.parameterCount]).toEqual([2, 1, 13]);
  });

  test('closes its sessions and batchers, and no other object of a shared network', async () => {
    const nn = make();
    const session = nn.session();
    const batcher = nn.batcher();
    const shared = NeuralNetwork.fromShared(nn.share());
    const expected = nn.predict([0, 1]);
    nn.close();
    expect(() => session.run()).toThrow(closed);
    await expect(batcher.predict([0, 1])).rejects.toEqual(closed);
    expect(shared.predict([0, 1])).toEqual(expected);
  });

  test('is not closed while work is under way', async () => {
    const nn = make();
    const batcher = nn.batcher();
    for (const work of [
      () => nn.fit(data, { epochs: 3 }),
      () => nn.predictAsync([0, 1]),
      () => nn.evaluate(data),
      () => batcher.predict([0, 1]),
    ]) {
      const pending = work();
      expect(() => nn.close()).toThrow(busy);
      await pending;
    }
    nn.close();
  });
});

test('a session and a batcher are closed by themselves; using does it, too', async () => {
  const nn = make();
  const session = nn.session();
  session[Symbol.dispose]();
  session.close();
  expect(() => session.run()).toThrow(closed);
  const batcher = nn.batcher();
  const answer = batcher.predict([0, 1]);
  await batcher[Symbol.asyncDispose]();
  expect(await answer).toEqual(nn.predict([0, 1]));
  nn[Symbol.dispose]();
  expect(() => nn.predict([0, 1])).toThrow(closed);
});
