import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { NeuralNetwork } from '../../../lib';

// Models of other libraries predict what they do there, and are networks like any other here: test/goldens/make-onnx.py.

interface Golden {
  name: string;
  /** The bytes of the file, in base64, and those of files beside it. */
  model: string;
  external?: Record<string, string>;
  x: number[][];
  y: number[][];
  /** The activation of the first layer. */
  activation?: string;
  classNames?: string[];
}

const goldens = JSON.parse(readFileSync(path.join(__dirname, '../../goldens/onnx.json'), 'utf8')) as Golden[];

function load({ model, external = {} }: Golden): Promise<NeuralNetwork> {
  const externalData = Object.fromEntries(Object.entries(external).map(([name, text]) => [name, Buffer.from(text, 'base64')]));
  return NeuralNetwork.fromONNX(Buffer.from(model, 'base64'), { externalData });
}

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

/** The values of each layer's tensors that training changes. */
const valuesOf = (nn: NeuralNetwork): string[] => nn.layers.map(({ parameters }) => JSON.stringify(parameters));

test.each(goldens)('fine-tuned, saved and served: $name', async (golden) => {
  const nn = await load(golden);
  const before = valuesOf(nn);
  // Other targets, which are probabilities where the outputs are.
  const areProbabilities = nn.layers.at(-1)?.activation === 'softmax';
  const y = golden.y.map((row) => row.map((value, i) => (areProbabilities ? (value + 1 / row.length) / 2 : value + 0.25 - (i % 2) / 2)));
  await nn.fit({ x: golden.x, y }, { epochs: 2, optimizer: { type: 'adam', learningRate: 0.01 } });
  const after = valuesOf(nn);
  const summary = nn.summary().split('\n');
  for (const [index, layer] of nn.layers.entries()) {
    const hasParameters = Object.keys(layer.parameters).length > 0;
    // The parts that training leaves are those of another kind, or are called frozen.
    const isLeft = layer.type === 'normalize' || layer.trainable === false;
    if (hasParameters && (after[index] === before[index]) !== isLeft)
      expect.fail(`layer ${index}, ${layer.type}, ${isLeft ? 'changed' : 'did not change'}`);
    if (layer.trainable === false) expect(summary.find((line) => line.startsWith(`${index} `))).toContain('frozen');
  }
  const saved = NeuralNetwork.fromBytes(nn.toBytes());
  expect(saved.toJSON()).toEqual(nn.toJSON());
  expect((await NeuralNetwork.fromONNX(nn.toONNX())).toJSON()).toEqual(nn.precision === 'f64' ? expect.anything() : nn.toJSON());
  const served = new Float32Array(nn.outputSize);
  const session = nn.session();
  session.input.set(golden.x[0] as number[]);
  served.set(session.run());
  const own = nn.predict(golden.x[0] as number[]).data;
  for (const [i, value] of served.entries()) expect(value).toBeCloseTo(own[i] as number, 5);
});
