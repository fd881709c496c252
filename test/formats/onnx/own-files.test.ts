import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { activation, dense, NeuralNetwork } from '../../../lib';
import { activationNames } from '../../../lib/options';
import { dataOf, type Example, examples, networkOf } from '../../layers/examples';
import { examples as ensembles } from '../../layers/members.examples';

// Files that toONNX wrote, with and without the network's specification.

const all: Example[] = [...examples, ...ensembles];

async function trained(example: Example): Promise<{ nn: NeuralNetwork; data: ReturnType<typeof dataOf> }> {
  const data = dataOf(example, 16);
  const nn = await networkOf(example, data, 'f32');
  await nn.fit(data, { epochs: 2, batchSize: 8, optimizer: { type: 'adam', learningRate: 0.01 } });
  return { nn, data };
}

function expectSame(nn: NeuralNetwork, other: NeuralNetwork, x: ReturnType<typeof dataOf>['x']): void {
  const [wanted, found] = [nn.predict(x), other.predict(x)];
  expect(found.shape).toEqual(wanted.shape);
  const columns = wanted.shape[1] as number;
  for (const [i, value] of wanted.data.entries()) {
    const row = i - (i % columns);
    const largest = Math.max(...wanted.data.subarray(row, row + columns).map(Math.abs));
    expect(Math.abs(value - (found.data[i] as number)), `row ${row / columns}`).toBeLessThanOrEqual(1e-5 * largest);
  }
}

test.each(all)('$name', async (example) => {
  const { nn, data } = await trained(example);
  nn.metadata = { version: '3', chainrule: 'a text of the user' };
  const again = await NeuralNetwork.fromONNX(nn.toONNX({ inputName: 'features', opset: 18 }));
  expect(again.toJSON()).toEqual(nn.toJSON());
  expectSame(nn, await NeuralNetwork.fromONNX(nn.toONNX({ restorable: false, opset: 17 })), data.x);
  expectSame(nn, await NeuralNetwork.fromONNX(nn.toONNX({ restorable: false, opset: 18 })), data.x);
});

test.each(activationNames)('activation %s', async (name) => {
  const options = { inputSize: 3, layers: [dense(4, name), dense(6), activation(name), dense(2, name)], loss: 'mse', seed: 4 } as const;
  const nn = new NeuralNetwork(options);
  const other = await NeuralNetwork.fromONNX(nn.toONNX({ restorable: false }));
  expect(other.layers.map((layer) => layer.activation)).toEqual([name, name, name]);
  expectSame(nn, other, dataOf({ name, options }, 7).x);
});

test('classes keep their names, with and without the specification', async () => {
  const classNames = ['Ä', 'b', 'c'];
  const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'softmax')], classNames });
  for (const restorable of [true, false]) {
    expect((await NeuralNetwork.fromONNX(nn.toONNX({ restorable }))).classNames).toEqual(classNames);
  }
});

test('thousands of layers', { timeout: 60_000 }, async () => {
  const layers = [...Array.from({ length: 3000 }, () => dense(2, 'tanh')), dense(1)];
  const nn = new NeuralNetwork({ inputSize: 2, layers, loss: 'huber' });
  expect((await NeuralNetwork.fromONNX(nn.toONNX())).loss.type).toBe('huber');
});

test('a file that was changed gives the network of its graph', async () => {
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1, 'relu')], loss: 'huber' });
  const bytes = nn.toONNX();
  const changed = Buffer.from(bytes);
  // The operator is field 4 of a node, a text of 4 bytes.
  changed.write('Tanh', changed.indexOf(Buffer.from([0x22, 4, ...Buffer.from('Relu')])) + 2);
  const other = await NeuralNetwork.fromONNX(changed);
  expect(other.layers[0]?.activation).toBe('tanh');
  expect(other.loss.type).toBe('mse');
});

test('a value that is not finite is refused', async () => {
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(2, 'relu'), dense(1)] });
  const bytes = nn.toONNX();
  const data = nn.layers[0]?.parameters.weights?.data as Float32Array;
  const at = Buffer.from(bytes).indexOf(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  expect(at).toBeGreaterThan(0);
  for (const value of [-Infinity, Number.NaN]) {
    new DataView(bytes.buffer, bytes.byteOffset).setFloat32(at, value, true);
    await expect(NeuralNetwork.fromONNX(bytes)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT' });
  }
});

test('files of this version load for ever', async () => {
  const file = path.join(__dirname, '../../fixtures/network-1.onnx');
  const nn = await NeuralNetwork.fromONNX(file);
  expect(nn.summary()).toContain('residual of 2 layers');
  expect(nn.loss).toMatchObject({ type: 'crossEntropy', labelSmoothing: 0.1 });
  expect(nn.classNames).toEqual(['no', 'yes', 'maybe']);
  expect(nn.metadata).toEqual({ version: '1' });
  expect(Buffer.from(nn.toONNX()).equals(readFileSync(file))).toBe(true);
});
