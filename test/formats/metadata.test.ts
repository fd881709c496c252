import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, type Metadata, NeuralNetwork } from '../../lib';

// The user's own texts, which are kept with a model.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const make = (metadata?: Metadata) => {
  const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(1)], seed: 1 });
  if (metadata !== undefined) nn.metadata = metadata;
  return nn;
};
const headerOf = (file: Uint8Array) =>
  JSON.parse(Buffer.from(file).toString('utf8', 8, 8 + Number(Buffer.from(file).readBigUInt64LE()))) as { __metadata__: Metadata };

/** The file with other entries in its __metadata__. */
function changed(file: Uint8Array, change: (entries: Record<string, unknown>) => void): Uint8Array {
  const header = headerOf(file);
  change(header.__metadata__);
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, file.subarray(8 + Number(Buffer.from(file).readBigUInt64LE()))]);
}

/** Keys that mean something to us, to JavaScript or to JSON. */
const awkward: Metadata = Object.fromEntries(
  [
    ...['format', 'version', 'spec', 'sha256', 'training', 'training_sha256', 'metadata', 'metadata_sha256', 'metadata.x', '__metadata__'],
    ...['__proto__', 'constructor', 'toString', '2', '1', '', ' ', '"', '\\', '\0', 'ünï cöde 🧠', '\u2028', 'layers.0.weights'],
  ].map((key, index) => [key, `${key} ${index}`]),
);

async function waysOf(nn: NeuralNetwork): Promise<NeuralNetwork[]> {
  const file = path.join(folder, 'model.safetensors');
  await nn.save(file);
  return [
    await NeuralNetwork.load(file),
    await NeuralNetwork.load(nn.toBytes()),
    NeuralNetwork.fromBytes(nn.toBytes()),
    NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn))),
  ];
}

test.each<[what: string, metadata: Metadata]>([
  ['none', {}],
  ['a few', { classes: JSON.stringify(['cat', 'dog']), version: '1.2.3', empty: '' }],
  ['awkward ones', awkward],
  ['as many as may be', Object.fromEntries(Array.from({ length: 4096 }, (_, index) => [`key ${index}`, 'x'.repeat(200)]))],
  ['as long as may be', { ['k'.repeat(512)]: '\0'.repeat(2 ** 20 - 512) }],
])('%s: kept by every way to save, again and again', async (_, metadata) => {
  const nn = make(metadata);
  expect(nn.metadata).toEqual(metadata);
  for (const loaded of await waysOf(nn)) {
    expect(loaded.metadata).toEqual(metadata);
    expect(Object.keys(loaded.metadata).sort()).toEqual(Object.keys(metadata).sort());
    expect(NeuralNetwork.fromBytes(loaded.toBytes()).metadata).toEqual(metadata);
  }
});

test('copies are handed out, and taken', async () => {
  const given = { a: '1' };
  const nn = make(given);
  given.a = '2';
  nn.metadata.a = '3';
  nn.toJSON().metadata = { a: '4' };
  (nn.toJSON().metadata as Metadata).a = '5';
  expect(nn.metadata).toEqual({ a: '1' });
});

test('metadata of one file, in place of the network’s', async () => {
  const nn = make({ a: '1' });
  const file = path.join(folder, 'once.safetensors');
  await nn.save(file, { metadata: { b: '2' } });
  expect((await NeuralNetwork.load(file)).metadata).toEqual({ b: '2' });
  expect(NeuralNetwork.fromBytes(nn.toBytes({ metadata: {} })).metadata).toEqual({});
  expect(nn.metadata).toEqual({ a: '1' });
});

test('other programs find each text under its key with a prefix', () => {
  const { __metadata__: entries } = headerOf(make({ author: 'Ada' }).toBytes());
  expect(Object.keys(entries).sort()).toEqual(['format', 'metadata.author', 'metadata_sha256', 'sha256', 'spec', 'version']);
  expect(entries['metadata.author']).toBe('Ada');
  expect(Object.keys(headerOf(make().toBytes()).__metadata__).sort()).toEqual(['format', 'sha256', 'spec', 'version']);
  expect(make().toJSON()).not.toHaveProperty('metadata');
});

const long = { a: 'x'.repeat(2 ** 20) };
const many = Object.fromEntries(Array.from({ length: 4097 }, (_, index) => [index, '']));

describe('what is refused', () => {
  test.each<[what: string, metadata: unknown, code: string, message: RegExp]>([
    ['text', 'x', 'TYPE', /^metadata must be an object, got "x"/],
    ['null', null, 'TYPE', /^metadata must be an object, got null/],
    ['an array', ['x'], 'TYPE', /^metadata must be an object, got an array/],
    ['a map', new Map([['a', 'b']]), 'TYPE', /^metadata must be a plain object of strings, got a Map/],
    ['a date', new Date(), 'TYPE', /^metadata must be a plain object of strings, got a Date/],
    ['a number', { a: 1 }, 'TYPE', /^metadata\["a"\] must be a string \(JSON\.stringify/],
    ['nested', { a: { b: 'c' } }, 'TYPE', /^metadata\["a"\] must be a string/],
    ['undefined', { a: undefined }, 'TYPE', /^metadata\["a"\] must be a string/],
    ['a string object', { a: new String('x') }, 'TYPE', /^metadata\["a"\] must be a string/],
    ['half a character', { a: '\ud83e' }, 'VALUE', /^metadata\["a"\] must be text without lone surrogates/],
    ['half a character in a key', { '\ude00': 'a' }, 'VALUE', /must be text without lone surrogates/],
    ['too much text', long, 'VALUE', /^metadata must be of at most 1048576 characters, keys included, got 1048577/],
    ['too many strings', many, 'VALUE', /^metadata must be an object of at most 4096 strings, got 4097/],
    ['a long key', { ['k'.repeat(513)]: '' }, 'VALUE', /^metadata must be an object with keys of at most 512 characters/],
  ])('%s', async (_, metadata, code, message) => {
    const nn = make({ kept: 'yes' });
    const expected = { code: `ERR_CHAINRULE_${code}`, message: expect.stringMatching(message) };
    const given = { metadata: metadata as Metadata };
    expect(() => {
      nn.metadata = given.metadata;
    }).toThrow(expect.objectContaining(expected));
    expect(() => nn.toBytes(given)).toThrow(expect.objectContaining(expected));
    await expect(nn.save(path.join(folder, 'refused.safetensors'), given)).rejects.toMatchObject(expected);
    await expect(readFile(path.join(folder, 'refused.safetensors'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(nn.metadata).toEqual({ kept: 'yes' });
    expect(() => NeuralNetwork.fromJSON({ ...nn.toJSON(), ...given })).toThrow(
      expect.objectContaining({
        code: 'ERR_CHAINRULE_FORMAT',
        message: expect.stringMatching(/^the JSON model has no valid metadata: metadata/),
      }),
    );
  });

  test('an option that does not exist', () => {
    expect(() => make().toBytes({ metaData: {} } as object)).toThrow(/has no option "metaData"; did you mean "metadata"\?/);
  });
});

test('a getter is read once, and a plain object of another realm is one', () => {
  let reads = 0;
  const nn = make({
    get a() {
      reads++;
      return reads === 1 ? 'first' : (5 as unknown as string);
    },
  });
  expect(nn.metadata).toEqual({ a: 'first' });
  expect(make(runInNewContext('({ a: "b" })')).metadata).toEqual({ a: 'b' });
  expect(make(Object.assign(Object.create(null), { a: 'b' })).metadata).toEqual({ a: 'b' });
});

describe('files that others changed', () => {
  const bytes = make({ a: '1', b: '2' }).toBytes();
  const damaged = /is damaged: the metadata in it do not match their metadata_sha256/;

  test.each<[what: string, change: (entries: Record<string, unknown>) => void, message: RegExp]>([
    ['another text', (entries) => Object.assign(entries, { 'metadata.a': '2' }), damaged],
    ['one more', (entries) => Object.assign(entries, { 'metadata.c': '3' }), damaged],
    ['one less', (entries) => delete entries['metadata.a'], damaged],
    ['none', (entries) => ['metadata.a', 'metadata.b'].map((key) => Reflect.deleteProperty(entries, key)), damaged],
    ['a digest that is no text', (entries) => Object.assign(entries, { metadata_sha256: 1 }), damaged],
    ['a number', (entries) => Object.assign(entries, { 'metadata.a': 1 }), /has no valid metadata: metadata\["a"\] must be a string/],
    ['too much', (entries) => Object.assign(entries, { 'metadata.a': long.a }), /has no valid metadata: metadata must be of at most/],
  ])('%s', (_, change, message) => {
    expect(() => NeuralNetwork.fromBytes(changed(bytes, change))).toThrow(
      expect.objectContaining({ code: 'ERR_CHAINRULE_FORMAT', message: expect.stringMatching(message) }),
    );
  });

  test('without the digest, other texts are taken', () => {
    const other = changed(bytes, (entries) => {
      delete entries.metadata_sha256;
      entries['metadata.a'] = 'other';
    });
    expect(NeuralNetwork.fromBytes(other).metadata).toEqual({ a: 'other', b: '2' });
  });
});
