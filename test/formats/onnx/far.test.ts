import { expect, test } from 'vitest';
import { activation, dense, NeuralNetwork } from '../../../lib';
import type { OnnxNode, OnnxTensor } from '../../../lib/formats/onnx/schema';
import { activationNames } from '../../../lib/options';
import { float, model, node } from './models';

// Functions that are an activation near 0 and not far from it, and those whose own numbers are large or small.

const number = (name: string, value: number): OnnxTensor => float(name, [], [value]);
const between = (nodes: OnnxNode[], tensors: OnnxTensor[]): Uint8Array =>
  model([...nodes, node('MatMul', ['a', 'one'], 'y')], [...tensors, float('one', [2, 2], [1, 0, 0, 1])]);

test.each([50, 1e5, 1e7, 1e9])('limits of %d', async (limit) => {
  const bytes = between([node('Clip', ['x', 'least', 'most'], 'a')], [number('least', -limit), number('most', limit)]);
  const nn = await NeuralNetwork.fromONNX(bytes);
  const x = [3 * limit, -3 * limit, limit / 2, -limit / 4];
  for (const [i, value] of nn.predict([0.3, -0.7]).data.entries()) expect(value).toBeCloseTo([0.3, -0.7][i] as number, 5);
  const wanted = x.map((value) => Math.min(limit, Math.max(-limit, value)));
  for (const [i, value] of nn.predict([x.slice(0, 2), x.slice(2)]).data.entries())
    expect(value / limit).toBeCloseTo((wanted[i] as number) / limit, 5);
});

test.each([50, 1e8])('an exponential with a limit of %d', async (limit) => {
  const bytes = between([node('Exp', ['x'], 'e'), node('Clip', ['e', '', 'most'], 'a')], [number('most', limit)]);
  if (limit > 64) {
    const message = expect.stringMatching(/exp is only read with a limit of 64 or less$/);
    await expect(NeuralNetwork.fromONNX(bytes)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_UNSUPPORTED', message });
    return;
  }
  const [near, far] = (await NeuralNetwork.fromONNX(bytes)).predict([1, 60]).data;
  expect(near).toBeCloseTo(Math.E, 4);
  expect(far).toBe(limit);
});

test('softplus that overflows in the file, and does not here', async () => {
  const nodes = [node('Exp', ['x'], 'e'), node('Add', ['e', 'c'], 's'), node('Log', ['s'], 'a')];
  const nn = await NeuralNetwork.fromONNX(between(nodes, [number('c', 1)]));
  expect(nn.predict([1000, 0]).data[0]).toBe(1000);
});

test.each(['Floor', 'Round', 'Sin'])('%s of small numbers is not nothing', async (operator) => {
  const bytes = between([node('Mul', ['x', 'c'], 's'), node(operator, ['s'], 'a')], [number('c', 1e-8)]);
  await expect(NeuralNetwork.fromONNX(bytes)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_UNSUPPORTED' });
});

test.each(activationNames.filter((name) => name !== 'softmax' && name !== 'meanVariance'))(
  '%s of one column in large numbers',
  async (name) => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [{ type: 'normalize' }, activation(name), dense(2)], loss: 'mse' });
    const x = Array.from({ length: 10 }, (_, i) => [1.6e9 + i * 1e7]);
    await nn.adapt(x);
    const other = await NeuralNetwork.fromONNX(nn.toONNX({ restorable: false }));
    const largest = Math.max(...nn.predict(x).data.map(Math.abs));
    for (const [i, value] of nn.predict(x).data.entries())
      expect((other.predict(x).data[i] as number) / largest).toBeCloseTo(value / largest, 4);
  },
);

test('thousands of linear layers', async () => {
  const nodes = Array.from({ length: 9000 }, (_, i) => node('MatMul', [i === 0 ? 'x' : `z${i - 1}`, 'one'], `z${i}`));
  const bytes = between([...nodes, node('Add', ['z8999', 'b'], 'a')], []);
  expect([...(await NeuralNetwork.fromONNX(bytes)).predict([1, 2]).data]).toEqual([1.5, 1.5]);
});
