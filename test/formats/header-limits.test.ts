import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, type NetworkSpec, NeuralNetwork } from '../../lib';
import { atOnce, inSlices } from '../../lib/event-loop';
import { planningTensors, prefixLength, readingHeader, writingHeader } from '../../lib/formats/safetensors-header';
import { checkNetwork } from '../../lib/options';

// Headers whose size or shape costs more than what they describe: the limits are the same for reading and writing.

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
  file = path.join(folder, 'model');
});
afterAll(() => rm(folder, { recursive: true }));

const spec = JSON.stringify({ inputSize: 1, layers: [{ type: 'dense', units: 1 }] });
const written = (...given: Parameters<typeof writingHeader>) => atOnce(writingHeader(...given));
const read = (...given: Parameters<typeof readingHeader>) => atOnce(readingHeader(...given));
const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

/** A file with this more in its header. */
function crafted({
  extra = '',
  shape = '[1]',
  metadata = '',
  specText = spec,
}: {
  extra?: string;
  shape?: string;
  metadata?: string;
  specText?: string;
}) {
  const text = Buffer.from(
    `{"__metadata__":{"format":"chainrule","version":"2","spec":${JSON.stringify(specText)}${metadata}},` +
      `"layers.0.weights":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"layers.0.bias":{"dtype":"F32","shape":${shape},"data_offsets":[4,8]}${extra}}`,
  );
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, Buffer.alloc(8)]);
}

const keys = (count: number, value: string) => Array.from({ length: count }, (_, i) => `,"k${i}":${value}`).join('');

const cases: [string, Parameters<typeof crafted>[0]][] = [
  ['arrays nested deep', { extra: `,"x":${nest(5000)}` }],
  ['arrays nested deeper', { extra: `,"x":${nest(2e6)}` }],
  ['objects nested deep', { extra: `,"x":${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}` }],
  ['brackets without end', { extra: '['.repeat(5e6) }],
  ["arrays nested in a known tensor's shape", { shape: nest(5000) }],
  ["a long array in a known tensor's shape", { shape: `[${'1,'.repeat(1e6)}1]` }],
  ["a few arrays nested in a known tensor's shape", { shape: '[[1]]' }],
  ['a long text for a tensor', { extra: `,"x":"${'a'.repeat(1e7)}"` }],
  ['a long text of escapes', { extra: `,"x":"${'\\"'.repeat(5e6)}"` }],
  ['a long key', { extra: `,"${'a'.repeat(1e7)}":0` }],
  ['a long number', { extra: `,"x":${'1'.repeat(1e7)}` }],
  ['many keys', { extra: keys(250_000, '0') }],
  ['many tensors without data', { extra: keys(60_000, '{"dtype":"F32","shape":[0],"data_offsets":[8,8]}') }],
  ['many tensors at the same place', { extra: keys(60_000, '{"dtype":"F32","shape":[1],"data_offsets":[4,8]}') }],
  [
    'many tensors, backwards',
    { extra: Array.from({ length: 60_000 }, (_, i) => `,"k${i}":{"data_offsets":[${1e6 - i},${1e6 - i + 1}]}`).join('') },
  ],
  ['a specification that is nested deep', { specText: `{"inputSize":1,"layers":${nest(1e5)}}` }],
  ['a specification of many values', { specText: `{"inputSize":1,"layers":[${'1,'.repeat(2e6)}1]}` }],
  [
    'a specification of too many layers',
    { specText: `{"inputSize":1,"layers":[${'{"type":"dense","units":1},'.repeat(65_536)}{"type":"dense","units":1}]}` },
  ],
  ['a specification with a key twice', { specText: '{"inputSize":1,"inputSize":1,"layers":[{"type":"dense","units":1}]}' }],
  ['a training that is nested deep', { metadata: `,"sha256":"","training_sha256":"","training":${JSON.stringify(nest(1e5))}` }],
];

describe('refused with ERR_CHAINRULE_FORMAT, on load and on resume', () => {
  test.each(cases)('%s', { timeout: 60_000 }, async (_, change) => {
    await writeFile(file, crafted(change));
    const refused = { name: 'ChainruleError', code: 'ERR_CHAINRULE_FORMAT', message: expect.stringContaining(file) };
    if (change?.metadata === undefined) await expect(NeuralNetwork.load(file)).rejects.toMatchObject(refused);
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)] });
    await expect(nn.fit({ x: [[1]], y: [1] }, { epochs: 1, checkpoint: { path: file, resume: true } })).rejects.toMatchObject(refused);
  });
});

test('the file that these are made from is good', async () => {
  await writeFile(file, crafted({}));
  expect((await NeuralNetwork.load(file)).parameterCount).toBe(2);
});

/** With options as long as they can be. */
const largest = (): NetworkSpec => {
  const layer = dense(1, 'geluTanh', {
    weightsInitializer: { type: 'uniform', low: -0.1234567890123456, high: 0.1234567890123456 },
    biasInitializer: { type: 'normal', mean: -0.1234567890123456, stddev: 1.234567890123456e-7 },
  });
  return checkNetwork({ inputSize: 1, layers: Array(65_536).fill(layer), seed: Number.MAX_SAFE_INTEGER });
};

test('the header of the largest network can be read and written, in pieces', { timeout: 120_000 }, async () => {
  const network = largest();
  const tensors = await inSlices(planningTensors(network));
  const metadata = { spec: JSON.stringify(network) };
  const header = await inSlices(writingHeader(metadata, tensors));
  const read = await inSlices(readingHeader(header.subarray(prefixLength), tensors.at(-1)?.end ?? 0, 'the file'));
  expect(read.spec).toEqual(network);
  expect(read.tensors).toEqual(tensors);
});

describe('no writer writes what its reader would refuse', () => {
  test('a text that is too long', () => {
    const tensors = planningTensorsOf({ inputSize: 1, layers: [dense(1)] });
    expect(() => written({ spec: 'x'.repeat(2 ** 25 + 1) }, tensors)).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_FORMAT' }));
  });

  test('a header that is too long', () => {
    const tensors = planningTensorsOf({ inputSize: 1, layers: [dense(1)] });
    const metadata = Object.fromEntries(['a', 'b', 'c', 'd'].map((key) => [key, 'x'.repeat(2 ** 25 - 1)]));
    expect(() => written(metadata, tensors)).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_FORMAT' }));
  });

  test('more layers than can be read are more than a network can have', async () => {
    const layers = Array(65_537).fill(dense(1));
    const message = expect.stringContaining('layers must be an array of layers, at most 65536');
    expect(() => new NeuralNetwork({ inputSize: 1, layers })).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_VALUE', message }));
    expect(await readdir(folder)).toEqual(['model']);
  });

  test('the same in one go', () => {
    const network = checkNetwork({ inputSize: 3, layers: [dense(2), dense(1)] });
    const tensors = planningTensorsOf(network);
    const header = written({ spec: JSON.stringify(network) }, tensors);
    expect(header.length % 8).toBe(0);
    expect(read(header.subarray(prefixLength), tensors.at(-1)?.end ?? 0, 'the file').tensors).toEqual(tensors);
  });
});

function planningTensorsOf(options: Parameters<typeof checkNetwork>[0]) {
  const planning = planningTensors(checkNetwork(options));
  for (;;) {
    const { done, value } = planning.next();
    if (done) return value;
  }
}
