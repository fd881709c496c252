import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { NeuralNetwork, toClasses } from '../../lib';

// Models of brain.js 1 and 2 (goldens/make-brain.mjs).

type Values = number[] | Record<string, number>;
// biome-ignore lint/suspicious/noExplicitAny: documents that tests change anywhere
type Document = any;
interface Case {
  name: string;
  model: Document;
  inputs: Values[];
  outputs: Values[];
}
const text = readFileSync(path.join(__dirname, '../goldens/brain.json'), 'utf8');
const { cases } = JSON.parse(text) as { cases: Case[] };

/** A row of brain.js as an array. */
const rowOf = (values: Values, names: string | undefined): number[] =>
  Array.isArray(values) ? values : (JSON.parse(names as string) as string[]).map((key) => values[key] ?? 0);

test.each(cases)('$name', async ({ model, inputs, outputs }) => {
  const nn = await NeuralNetwork.fromBrainJS(model);
  expect(nn.precision).toBe('f32');
  for (const [index, input] of inputs.entries()) {
    const { data } = nn.predict(rowOf(input, nn.metadata.inputs));
    const wanted = rowOf(outputs[index] as Values, nn.metadata.outputs);
    expect(data).toHaveLength(wanted.length);
    for (const [i, value] of wanted.entries())
      expect(Math.abs((data[i] as number) - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)));
  }
});

test('there are both versions, four activations, arrays and hashes', () => {
  expect(cases).toHaveLength(24);
  expect(cases.filter(({ outputs }) => !Array.isArray(outputs[0]))).toHaveLength(8);
});

test('names of hashes, and what is trained further is saved with them', async () => {
  const { model, inputs } = cases.find(({ name }) => name === 'brain2, tanh, hashes') as Case;
  const nn = await NeuralNetwork.fromBrainJS(model);
  expect(JSON.parse(nn.metadata.inputs as string).sort()).toEqual(['10', 'b', 'g', 'r']);
  const classNames = JSON.parse(nn.metadata.outputs as string);
  expect(toClasses(nn.predict(rowOf(inputs[0] as Values, nn.metadata.inputs)), { classNames })).toHaveLength(1);
  await nn.fit({ x: [[1, 2, 3, 4]], y: [[0, 0, 1]] }, { epochs: 2 });
  expect(NeuralNetwork.fromBytes(nn.toBytes()).metadata).toEqual(nn.metadata);
});

describe('what is not a model', () => {
  const copy = (version: string): Document =>
    JSON.parse(JSON.stringify(cases.find(({ name }) => name === `${version}, sigmoid, hashes`)?.model));
  const [one, two] = ['brain1', 'brain2'].map((version) => (change: (model: Document) => void) => {
    const model = copy(version);
    change(model);
    return model;
  }) as [(change: (model: Document) => void) => Document, (change: (model: Document) => void) => Document];
  const key = Object.keys(copy('brain1').layers[2])[0] as string;

  test.each<[string, Document, RegExp]>([
    ['nothing', undefined, /must be the object of toJSON\(\), got undefined/],
    ['text', '{}', /must be the object of toJSON\(\), got "\{\}"/],
    ['another network', { ...copy('brain2'), type: 'LSTMTimeStep' }, /is of the type "LSTMTimeStep": NeuralNetwork is read/],
    ['no layers', {}, /must have an array in layers, got undefined/],
    ['one layer', two((model) => model.layers.splice(1)), /must have at least two objects in layers, got 1/],
    ['a layer that is null', two((model) => model.layers.splice(1, 1, null)), /must have an object in layers\[1\], got null/],
    ['another activation', two((model) => Object.assign(model.options, { activation: 'toString' })), /has the activation "toString"/],
    [
      'another slope',
      two((model) => Object.assign(model.options, { activation: 'leaky-relu', leakyReluAlpha: 0.2 })),
      /has the leakyReluAlpha 0\.2: 0\.01 is read/,
    ],
    ['other sizes', two((model) => model.sizes.pop()), /must have 3 numbers in sizes/],
    ['a width of text', two((model) => model.sizes.splice(0, 1, '4')), /must have 3 numbers in sizes/],
    [
      'another width',
      two((model) => model.sizes.splice(0, 1, 5)),
      /must have an array of 5 in layers\[1\]\.weights\[0\], got an array of 4/,
    ],
    ['an enormous width', two((model) => model.sizes.splice(0, 1, 1e9)), /must have an array of 1000000000 in/],
    ['a bias too few', two((model) => model.layers[1].biases.pop()), /must have an array of 3 in layers\[1\]\.biases/],
    [
      'no units',
      two((model) => Object.assign(model.layers[2], { weights: [], biases: [] }) && delete model.outputLookup),
      /describes no valid network/,
    ],
    [
      'a weight of text',
      two((model) => model.layers[1].weights[2].splice(1, 1, '1')),
      /must have numbers for unit 2 of layers\[1\], got "1"/,
    ],
    [
      'a weight that is null',
      two((model) => model.layers[1].weights[2].splice(1, 1, null)),
      /must have numbers for unit 2 of layers\[1\], got null/,
    ],
    ['a number too large for f32', two((model) => model.layers[1].biases.splice(1, 1, 1e39)), /has Infinity in layers\.0\.bias at \[1\]/],
    [
      'a name too many',
      two((model) => Object.assign(model.inputLookup, { x: 9 })),
      /must have a number below 4 for each name in inputLookup, each once, got 9/,
    ],
    ['a name twice', two((model) => Object.assign(model.inputLookup, { r: 1, g: 1, b: 1 })), /each once, got 1/],
    ['a name too few', two((model) => delete model.outputLookup.black), /must have 3 names in outputLookup, got 2/],
    [
      'a unit without weights',
      one((model) => delete model.layers[2][key].weights),
      /must have an object in layers\[2\]\["\w+"\]\.weights, got undefined/,
    ],
    [
      'a weight of no input',
      one((model) => Object.assign(model.layers[2][key].weights, { x: 1 })),
      /must have 3 weights by the names of layers\[1\]/,
    ],
    ['a weight of another input', one((model) => { model.layers[2][key].weights = { a: 1, b: 1, __proto: 1 }; }), /by the names of layers\[1\]/], // biome-ignore format: one row a case
    ['no bias', one((model) => delete model.layers[2][key].bias), /must have numbers for unit 0 of layers\[2\], got undefined/],
  ])('%s', async (_, model, message) => {
    await expect(NeuralNetwork.fromBrainJS(model)).rejects.toEqual(
      expect.objectContaining({ code: 'ERR_CHAINRULE_FORMAT', message: expect.stringMatching(message) }),
    );
  });
});
