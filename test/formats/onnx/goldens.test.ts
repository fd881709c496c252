import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { NeuralNetwork } from '../../../lib';

// Models of other libraries predict what they do there: test/goldens/make-onnx.py.

interface Golden {
  name: string;
  /** The bytes of the file, in base64. */
  model: string;
  x: number[][];
  y: number[][];
  /** The activation of the first layer. */
  activation?: string;
  classNames?: string[];
}

const goldens = JSON.parse(readFileSync(path.join(__dirname, '../../goldens/onnx.json'), 'utf8')) as Golden[];
const load = ({ model }: Golden): Promise<NeuralNetwork> => NeuralNetwork.fromONNX(Buffer.from(model, 'base64'));

test.each(goldens)('$name', async (golden) => {
  const nn = await load(golden);
  const { data, shape } = nn.predict(golden.x);
  expect(shape).toEqual([golden.y.length, golden.y[0]?.length]);
  const tolerance = (nn.precision === 'f64' ? 1e-12 : 2e-6) * Math.max(1, ...golden.y.flat().map(Math.abs));
  for (const [index, value] of golden.y.flat().entries()) {
    if (!(Math.abs((data[index] as number) - value) <= tolerance)) expect.fail(`output ${index} is ${data[index]}, not ${value}`);
  }
  expect(nn.classNames).toEqual(golden.classNames);
  if (golden.activation !== undefined) expect(nn.layers[0]).toMatchObject({ type: 'dense', activation: golden.activation });
});

test('an imported network is trained, saved and written again as any other', async () => {
  const golden = goldens.find(({ name }) => name === 'torch: batch normalization') as Golden;
  const nn = await load(golden);
  const data = { x: golden.x, y: golden.y.map((row) => row.map((value) => value / 2)) };
  const { loss } = await nn.fit(data, { epochs: 40, optimizer: { type: 'adam', learningRate: 0.01 } });
  expect(loss.at(-1)).toBeLessThan((loss[0] as number) / 2);
  expect(NeuralNetwork.fromBytes(nn.toBytes()).toJSON()).toEqual(nn.toJSON());
  expect((await NeuralNetwork.fromONNX(nn.toONNX())).toJSON()).toEqual(nn.toJSON());
});
