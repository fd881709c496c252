import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NeuralNetwork } from '../../lib';

// Models of TensorFlow.js that cost more to read than they are: in files, and the same in memory.

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-tfjs-'));
  file = path.join(folder, 'model.json');
  await writeFile(path.join(folder, 'weights'), new Uint8Array(Float32Array.of(1, 2, 3).buffer));
});
afterAll(() => rm(folder, { recursive: true }));

const kernel = '{"name":"dense/kernel","shape":[2,1],"dtype":"float32"}';
const bias = '{"name":"dense/bias","shape":[1],"dtype":"float32"}';

/** The text of a model with this more in its parts. */
const document = ({ layer = '', topology = '', weights = '', outer = '' } = {}): string =>
  `{"modelTopology":{"class_name":"Sequential","config":{"layers":[{"class_name":"Dense","config":{"name":"dense","units":1,"activation":"relu",` +
  `"batch_input_shape":[null,2]${layer}}}]}${topology}},"weightsManifest":[{"paths":["weights"],"weights":[${kernel},${bias}${weights}]}]${outer}}`;

const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const keys = (count: number) => Array.from({ length: count }, (_, i) => `,"k${i}":0`).join('');

async function fromFile(text: string): Promise<NeuralNetwork> {
  await writeFile(file, text);
  return NeuralNetwork.fromTfjs(file);
}

function fromMemory(text: string): Promise<NeuralNetwork> {
  const { modelTopology, weightsManifest } = JSON.parse(text);
  const [{ weights }] = weightsManifest;
  return NeuralNetwork.fromTfjs({ modelTopology, weightSpecs: weights, weightData: Float32Array.of(1, 2, 3).buffer });
}

test('the model that the others are made of', async () => {
  expect((await fromFile(document())).predict([10, 20]).data[0]).toBe(53);
  expect((await fromMemory(document())).predict([10, 20]).data[0]).toBe(53);
});

test('a key like any other', async () => {
  const polluting = document({ layer: ',"__proto__":{"units":7,"use_bias":false}', topology: ',"constructor":{"prototype":{"x":1}}' });
  for (const nn of [await fromFile(polluting), await fromMemory(polluting)]) expect(nn.predict([10, 20]).data[0]).toBe(53);
  expect(({} as Record<string, unknown>).units).toBeUndefined();
});

const format = (message: RegExp) => ({ code: 'ERR_CHAINRULE_FORMAT', message: expect.stringMatching(message) });

const cases: [string, Parameters<typeof document>[0], RegExp][] = [
  ['arrays nested deep', { layer: `,"x":${nest(5000)}` }, /is nested deeper than 32 levels/],
  ['objects nested deep', { topology: `,"x":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}` }, /is nested deeper than 32 levels/],
  ['a shape nested deep', { weights: `,{"name":"x","shape":${nest(5000)},"dtype":"float32"}` }, /is nested deeper than 32 levels/],
  ['many values', { topology: `,"x":[${`[${'[],'.repeat(500_000)}[]],`.repeat(2)}[]]` }, /has more than \d+ values$/],
  ['many keys', { layer: keys(9000) }, /has an object of more than 8192 entries/],
];

describe.each(cases)('%s', (_, parts, message) => {
  test('in a file', async () => {
    await expect(fromFile(document(parts))).rejects.toMatchObject(format(message));
  });
  test('in memory', async () => {
    await expect(fromMemory(document(parts))).rejects.toMatchObject(format(message));
  });
});

test.each(['"units":2', '"name":"other"'])('a key twice: %s', async (again) => {
  await expect(fromFile(document({ layer: `,${again}` }))).rejects.toMatchObject(format(/has the same key twice$/));
});

test('a circle in memory', async () => {
  const modelTopology: Record<string, unknown> = { class_name: 'Sequential' };
  modelTopology.config = modelTopology;
  const load = NeuralNetwork.fromTfjs({ modelTopology, weightSpecs: [], weightData: new ArrayBuffer(0) });
  await expect(load).rejects.toMatchObject(format(/is nested deeper than 32 levels/));
});

test('an array of enormous length in memory', async () => {
  const weightSpecs = new Proxy([], { get: (array, key) => (key === 'length' ? 2 ** 32 : Reflect.get(array, key)) });
  const { modelTopology } = JSON.parse(document());
  const load = NeuralNetwork.fromTfjs({ modelTopology, weightSpecs, weightData: new ArrayBuffer(0) });
  await expect(load).rejects.toMatchObject(format(/has an array of more than 1048576 elements/));
});

test('each property is read once', async () => {
  const { modelTopology, weightsManifest } = JSON.parse(document());
  const { config } = modelTopology.config.layers[0];
  let reads = 0;
  Object.defineProperty(config, 'units', { enumerable: true, get: () => (reads++ === 0 ? 1 : 1e9) });
  const weightSpecs = weightsManifest[0].weights;
  const nn = await NeuralNetwork.fromTfjs({ modelTopology, weightSpecs, weightData: Float32Array.of(1, 2, 3).buffer });
  expect([nn.predict([10, 20]).data[0], reads]).toEqual([53, 1]);
});

test('a model.json of 64 MiB is not read, nor are weights beyond those that it names', async () => {
  await writeFile(file, '');
  await truncate(file, 2 ** 26 + 1);
  await expect(NeuralNetwork.fromTfjs(file)).rejects.toMatchObject(
    format(/model\.json has 67108865 bytes, where at most 67108864 are read$/),
  );
  if (process.platform === 'linux') {
    // In a process of its own: this one grows for reasons of its own.
    const script = path.join(__dirname, '../support/load-large.js');
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, 'tfjs', file]);
    const [bytes, code] = stdout.trim().split('\n');
    expect(code).toBe('ERR_CHAINRULE_FORMAT');
    expect(Number(bytes)).toBeLessThan(2 ** 24);
  }
  const large = path.join(folder, 'large');
  await writeFile(large, '');
  await truncate(large, 2 ** 40);
  await expect(fromFile(document().replace('["weights"]', '["weights","large"]'))).rejects.toMatchObject(
    format(/large has 1099511627776 bytes, where at most 0 are read$/),
  );
});

test('numbers, texts and nothing in place of a document', async () => {
  for (const text of ['', '1', '"x"', 'null', '[]', '{', `${document()}x`]) await expect(fromFile(text)).rejects.toMatchObject(format(/./));
  for (const modelTopology of [1, 'x', null, [], undefined, () => 1, new Float32Array(3)]) {
    const load = NeuralNetwork.fromTfjs({ modelTopology, weightSpecs: [], weightData: new ArrayBuffer(0) });
    await expect(load).rejects.toMatchObject(format(/./));
  }
});
