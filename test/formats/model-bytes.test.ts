import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, dropout, NeuralNetwork } from '../../lib';

// Models in memory, files by URL, and what is said of everything else that load is given.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const make = (precision: 'f32' | 'f64' = 'f32') =>
  new NeuralNetwork({ inputSize: 3, layers: [dense(5, 'tanh'), dropout(0.5), dense(2, 'softmax')], seed: 4, precision });
const nn = make();
const json = JSON.stringify(nn);

describe('toBytes, fromBytes, load', () => {
  test.each(['f32', 'f64'] as const)('%s: all ways give the same network', async (precision) => {
    const network = make(precision);
    const file = path.join(folder, `${precision}.safetensors`);
    await network.save(file);
    const bytes = network.toBytes();
    expect(Buffer.compare(await readFile(file), bytes)).toBe(0);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    const foreign = runInNewContext('(array) => Uint8Array.from(array)')([...bytes]) as Uint8Array;
    for (const given of [bytes, buffer, Buffer.from(bytes), shared, shared.buffer, shifted, foreign, foreign.buffer]) {
      expect((await NeuralNetwork.load(given)).toJSON()).toEqual(network.toJSON());
      expect(NeuralNetwork.fromBytes(given).toJSON()).toEqual(network.toJSON());
    }
  });

  test('the bytes are the caller’s own', () => {
    const bytes = nn.toBytes();
    bytes.fill(0);
    expect(NeuralNetwork.fromBytes(nn.toBytes()).toJSON()).toEqual(nn.toJSON());
  });

  test('few bytes are copied before the call returns', async () => {
    const bytes = nn.toBytes();
    const loading = NeuralNetwork.load(bytes);
    bytes.fill(0);
    expect((await loading).toJSON()).toEqual(nn.toJSON());
  });

  test('many bytes that change or vanish meanwhile give an error, or the model that was', async () => {
    const large = new NeuralNetwork({ inputSize: 1500, layers: [dense(1500)], seed: 1 });
    for (const spoil of [
      (bytes: Uint8Array) => bytes.fill(0),
      ({ buffer }: Uint8Array) => structuredClone(buffer, { transfer: [buffer as ArrayBuffer] }),
    ]) {
      const bytes = large.toBytes();
      const loading = NeuralNetwork.load(bytes);
      spoil(bytes);
      const outcome = await loading.then(
        (loaded) => Buffer.compare(loaded.toBytes(), large.toBytes()),
        ({ code }) => code,
      );
      expect([0, 'ERR_CHAINRULE_FORMAT']).toContain(outcome);
    }
  });

  test('damaged bytes are called so', async () => {
    const bytes = nn.toBytes();
    bytes[bytes.length - 3] = (bytes.at(-3) as number) ^ 1;
    const expected = { code: 'ERR_CHAINRULE_FORMAT', message: expect.stringMatching(/^bytes is damaged/) };
    await expect(NeuralNetwork.load(bytes)).rejects.toMatchObject(expected);
    expect(() => NeuralNetwork.fromBytes(bytes)).toThrow(expect.objectContaining(expected));
    await expect(NeuralNetwork.load(new Uint8Array())).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT' });
  });
});

describe('file: URLs', () => {
  test('save and load', async () => {
    const url = pathToFileURL(path.join(folder, 'ünï cöde#?.safetensors'));
    await nn.save(url);
    expect((await NeuralNetwork.load(url)).toJSON()).toEqual(nn.toJSON());
    const foreign = { href: url.href, protocol: 'file:' } as unknown as URL; // As jsdom's, it is no instance of ours.
    expect((await NeuralNetwork.load(foreign)).toJSON()).toEqual(nn.toJSON());
  });

  test.each([
    ['a URL as a string', 'file:///tmp/x.safetensors', 'ERR_CHAINRULE_VALUE', /pass new URL\("file:\/\/\/tmp\/x\.safetensors"\)/],
    ['another scheme', new URL('https://example.com/x'), 'ERR_CHAINRULE_TYPE', /path must be the name of a file or a file: URL, got a URL/],
    ['a slash in a name', new URL('file:///tmp/a%2Fb'), 'ERR_CHAINRULE_VALUE', /path must be the file: URL of a file on this computer/],
    ['a zero byte', 'a\0b', 'ERR_CHAINRULE_VALUE', /path must be the name of a file, without null characters/],
    ['an empty name', '', 'ERR_CHAINRULE_TYPE', /path must be the name of a file/],
    ['nothing', undefined, 'ERR_CHAINRULE_TYPE', /path must be the name of a file/],
  ])('%s is refused by both', async (_, given, code, message) => {
    await expect(nn.save(given as string)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(NeuralNetwork.load(given as string)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('a JSON model given to load', () => {
  test.each<[what: string, given: unknown]>([
    ['the document', JSON.parse(json)],
    ['its text', json],
    ['its text with blanks', JSON.stringify(JSON.parse(json), null, 2)],
    ['its bytes', Buffer.from(json)],
    ['its bytes with a byte order mark', Buffer.from(`\ufeff${json}`)],
    ['its bytes, with blanks', Buffer.from(`\n  ${json}`)],
  ])('%s', async (_, given) => {
    await expect(NeuralNetwork.load(given as Uint8Array)).rejects.toThrow(/NeuralNetwork\.fromJSON\(/);
  });

  test('its file', async () => {
    const file = path.join(folder, 'model.json');
    await writeFile(file, json);
    const expected = {
      code: 'ERR_CHAINRULE_FORMAT',
      message: `${file} is JSON, not a safetensors file: use NeuralNetwork.fromJSON(JSON.parse(text)) with its text`,
    };
    await expect(NeuralNetwork.load(file)).rejects.toMatchObject(expected);
  });
});

test.each<[what: string, given: unknown]>([
  ['an array of numbers', [1, 2]],
  ['floats', new Float32Array(4)],
  ['words', new Uint16Array(4)],
  ['a view', new DataView(new ArrayBuffer(8))],
  ['a network', nn],
  ['a detached array', structuredCloneAway(new Uint8Array(8))],
  ['a detached buffer', structuredCloneAway(new Uint8Array(8)).buffer],
  ['what only says that it is a buffer', { [Symbol.toStringTag]: 'ArrayBuffer' }],
  ['a number', 4],
])('%s is neither a file nor bytes', async (_, given) => {
  await expect(NeuralNetwork.load(given as Uint8Array)).rejects.toMatchObject({
    code: expect.stringMatching(/^ERR_CHAINRULE_(TYPE|OPTION)$/),
  });
  expect(() => NeuralNetwork.fromBytes(given as Uint8Array)).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_TYPE' }));
});

function structuredCloneAway(array: Uint8Array): Uint8Array {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}
