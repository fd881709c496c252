import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, NeuralNetwork, toNpy, writeNpz } from '../../lib';

/*
 * The most memory that reading a large file takes, in a process of its own: pages of the process, whatever they are for. Linux tells.
 * (`npm run compile` first: the process uses the built package.)
 */

/** 16 MiB of weights, and 64 with CHAINRULE_LONG_TESTS. */
const units = process.env.CHAINRULE_LONG_TESTS === undefined ? 4096 : 16_384;
const inputs = 1024;
const mebibyte = 2 ** 20;
/** For code that is compiled and threads that start: as in test/fuzz/cases.ts. */
const allowance = 16 * mebibyte;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-memory-'));
});
afterAll(() => rm(folder, { recursive: true }));

const network = () => new NeuralNetwork({ inputSize: inputs, layers: [dense(units)], seed: 1 });

async function written(name: string, bytes: Uint8Array | string): Promise<[file: string, length: number]> {
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  return [file, bytes.length];
}

const zeros = () => new Float32Array(inputs * units);

const npy = (change = (file: Uint8Array) => file) => written('array.npy', change(toNpy({ data: zeros(), shape: [units, inputs] })));
const inColumns = (file: Uint8Array) => {
  file.set(Buffer.from('True '), Buffer.from(file.buffer).indexOf('False'));
  return file;
};

async function npz(): Promise<[string, number]> {
  const file = path.join(folder, 'arrays.npz');
  await writeNpz(file, { a: zeros() });
  return [file, 4 * inputs * units];
}

/** A model in two files. */
async function tfjs(): Promise<[string, number]> {
  const config = { name: 'd', units, activation: 'linear', use_bias: true, batch_input_shape: [null, inputs] };
  const modelTopology = { class_name: 'Sequential', config: { name: 's', layers: [{ class_name: 'Dense', config }] } };
  const weights = [['kernel', [inputs, units]], ['bias', [units]]].map(([key, shape]) => ({ name: `d/${key}`, shape, dtype: 'float32' })); // biome-ignore format: one table
  const [, length] = await written('weights', new Uint8Array(4 * (inputs + 1) * units));
  const [file] = await written('model.json', JSON.stringify({ modelTopology, weightsManifest: [{ paths: ['weights'], weights }] }));
  return [file, length];
}

const formats: [name: string, make: () => Promise<[string, number]>][] = [
  ['load', () => written('model', network().toBytes())],
  ['load of bytes', () => written('model', network().toBytes())],
  ['fromBytes', () => written('model', network().toBytes())],
  ['JSON', () => written('json', JSON.stringify(network().toJSON({ weights: 'base64' })))],
  ['ONNX', () => written('onnx', network().toONNX())],
  ['ONNX of bytes', () => written('onnx', network().toONNX())],
  ['ONNX (without the specification)', () => written('onnx', network().toONNX({ restorable: false }))],
  ['PyTorch', () => written('state', network().toPyTorch().stateDict)],
  ['tfjs', tfjs],
  ['npy', () => npy()],
  ['npy (in columns)', () => npy(inColumns)],
  ['npz', npz],
];

describe.runIf(process.platform === 'linux')('at most four times the file', () => {
  test.each(formats)('%s', { timeout: 120_000 }, async (name, make) => {
    const [file, length] = await make();
    const script = path.join(__dirname, '../support/load-large.js');
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, name, file, String(units)]);
    const growth = Number(stdout);
    if (process.env.CHAINRULE_LONG_TESTS !== undefined) console.log(`${name}: ${(growth / length).toFixed(2)} times ${length} bytes`);
    expect(growth).toBeLessThanOrEqual(4 * length + allowance);
    // Weights have to be somewhere: less would mean that nothing was measured.
    expect(growth).toBeGreaterThan(length / 3);
  });
});
