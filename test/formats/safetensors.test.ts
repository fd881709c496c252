import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChainruleError } from '../../lib/errors';
import { decode, encode, load as loadFile, save as saveFile } from '../../lib/formats/safetensors';
import type { ModelState } from '../../lib/formats/state';
import { checkPath } from '../../lib/options/check';
import { exampleModel } from '../support/models';

const load = (file: string): Promise<ModelState> => loadFile(checkPath(file, 'path'));
const save = (file: string, state: ModelState): Promise<void> => saveFile(checkPath(file, 'path'), state);

const model = exampleModel();
const bytes = encode(model);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));

/** The header of a file as an object, and the file with another header. */
const headerOf = (file: Uint8Array) => JSON.parse(Buffer.from(file).toString('utf8', 8, 8 + headerLengthOf(file)));
const headerLengthOf = (file: Uint8Array) => Number(Buffer.from(file).readBigUInt64LE());
function withHeader(file: Uint8Array, header: unknown): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, file.subarray(8 + headerLengthOf(file))]);
}

function errorOf(file: Uint8Array): ChainruleError {
  try {
    decode(file, 'some.safetensors');
  } catch (error) {
    expect(error).toBeInstanceOf(ChainruleError);
    expect(error).toHaveProperty('code', 'ERR_CHAINRULE_FORMAT');
    expect((error as Error).message).toMatch(/^some\.safetensors /);
    return error as ChainruleError;
  }
  throw new Error('a damaged file was taken for good');
}

describe('encode and decode', () => {
  test.each(['f32', 'f64'] as const)('%s comes back bit by bit', (precision) => {
    const state = exampleModel({ precision });
    expect(decode(encode(state), 'x')).toEqual(state);
  });

  test('the layout is that of the safetensors format', () => {
    const header = headerOf(bytes);
    expect(headerLengthOf(bytes) % 8).toBe(0);
    expect(header.__metadata__).toMatchObject({ format: 'chainrule', version: '2' });
    expect(Object.values(header.__metadata__).every((value) => typeof value === 'string')).toBe(true);
    expect(JSON.parse(header.__metadata__.spec)).toEqual(model.spec);
    delete header.__metadata__;
    expect(header).toEqual({
      'layers.0.weights': { dtype: 'F32', shape: [3, 5], data_offsets: [0, 60] },
      'layers.0.bias': { dtype: 'F32', shape: [5], data_offsets: [60, 80] },
      'layers.2.weights': { dtype: 'F32', shape: [5, 2], data_offsets: [80, 120] },
      'layers.2.bias': { dtype: 'F32', shape: [2], data_offsets: [120, 128] },
    });
    expect(bytes.length).toBe(8 + headerLengthOf(bytes) + 128);
    expect(new Float32Array(bytes.slice(8 + headerLengthOf(bytes)).buffer)[0]).toBe(model.parameters[0]);
  });

  test('bytes at any alignment, and parameters in shared memory', () => {
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    expect(decode(shifted, 'x')).toEqual(model);
    const parameters = new Float32Array(new SharedArrayBuffer(model.parameters.byteLength));
    parameters.set(model.parameters);
    expect(encode({ ...model, parameters })).toEqual(bytes);
  });

  test('a file whose tensors another program put into another order, without our digest', () => {
    const { __metadata__: metadata, ...tensors } = headerOf(bytes);
    delete metadata.sha256;
    const data = bytes.subarray(8 + headerLengthOf(bytes));
    const parts: Uint8Array[] = [];
    const entries: Record<string, unknown> = {};
    let end = 0;
    for (const [name, tensor] of Object.entries<{ data_offsets: [number, number] }>(tensors).reverse()) {
      const part = data.subarray(...tensor.data_offsets);
      entries[name] = { ...tensor, data_offsets: [end, end + part.length] };
      end += part.length;
      parts.push(part);
    }
    entries.__metadata__ = metadata;
    expect(decode(withHeader(bytes, entries).fill(0, 0, 0), 'x')).not.toEqual(model);
    const header = withHeader(bytes, entries);
    const file = Buffer.concat([header.subarray(0, 8 + headerLengthOf(header)), ...parts]);
    expect(decode(file, 'x')).toEqual(model);
  });
});

describe('damage', () => {
  test('a file cut short anywhere', () => {
    for (let length = 0; length < bytes.length; length++) errorOf(bytes.subarray(0, length));
  });

  test('a file with something behind its end', () => {
    expect(errorOf(Buffer.concat([bytes, Buffer.alloc(4)])).message).toMatch(/is damaged: its tensors have 128 bytes, but 132 are there/);
  });

  test('any bit flipped, anywhere: the error, or the very same model', () => {
    let harmless = 0;
    for (let position = 0; position < bytes.length; position++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[position] = (bytes[position] as number) ^ (1 << bit);
        if (outcome(flipped) === 'model') harmless++;
      }
    }
    // The key "sha256" itself (48 bits), and a blank of the padding that becomes another kind of blank.
    expect(harmless).toBeLessThan(60);
  });

  test('any byte replaced by 0, 255 or a quote, and random damage of many bytes', () => {
    for (let position = 0; position < bytes.length; position++) {
      for (const value of [0, 255, 34]) {
        const damaged = Buffer.from(bytes);
        damaged[position] = value;
        outcome(damaged);
      }
    }
    let state = 1;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 2000; round++) {
      const damaged = Buffer.from(bytes);
      for (let count = 1 + random(20); count > 0; count--) damaged[random(bytes.length)] = random(256);
      if (damaged.includes('"sha256"')) outcome(damaged); // Else nothing can be known of the weights.
    }
  });

  function outcome(file: Uint8Array): 'model' | 'error' {
    let state: ModelState;
    try {
      state = decode(file, 'x');
    } catch (error) {
      expect(error).toHaveProperty('code', 'ERR_CHAINRULE_FORMAT');
      return 'error';
    }
    expect(state).toEqual(model);
    return 'model';
  }

  const header = headerOf(bytes);
  const tensor = (name: string, change: object) => ({ ...header, [name]: { ...header[name], ...change } });
  const metadata = (change: object) => ({ ...header, __metadata__: { ...header.__metadata__, ...change } });
  const spec = (change: object) => metadata({ spec: JSON.stringify({ ...model.spec, ...change }) });
  const without = (name: string) => ({ ...header, [name]: undefined });
  const text = JSON.stringify(header);

  test.each<[what: string, header: unknown, message: RegExp]>([
    ['not JSON', '{"a": }', /its header is not JSON/],
    ['not UTF-8', '{"\ud800": 1', /its header is not JSON/],
    ['not an object', '[1, 2, 3]', /its header is not an object/],
    ['null', 'null', /its header is not an object/],
    ['a blank before the header', ` ${text}`, /its header is not an object/],
    ['the same key twice', text.replace('{', '{"layers.0.bias":{"dtype":"F32","shape":[5],"data_offsets":[60,80]},'), /the same key twice/],
    ['the same key twice, spelt differently', text.replace('"dtype"', '"d\\u0074ype":"F32","dtype"'), /the same key twice/],
    ['no offsets', tensor('layers.0.bias', { data_offsets: undefined }), /"layers\.0\.bias" has no valid data_offsets/],
    ['offsets that are no numbers', tensor('layers.0.bias', { data_offsets: ['0', '4'] }), /has no valid data_offsets/],
    ['fractional offsets', tensor('layers.0.bias', { data_offsets: [60.5, 80] }), /has no valid data_offsets/],
    ['negative offsets', tensor('layers.0.weights', { data_offsets: [-4, 60] }), /has no valid data_offsets/],
    ['huge offsets', tensor('layers.2.bias', { data_offsets: [120, 2 ** 60] }), /has no valid data_offsets/],
    ['offsets the wrong way round', tensor('layers.0.bias', { data_offsets: [80, 60] }), /has no valid data_offsets/],
    [
      'overlapping tensors',
      tensor('layers.0.bias', { data_offsets: [56, 80] }),
      /"layers\.0\.bias" begins at 56, where 60 is the next byte/,
    ],
    ['a hole', tensor('layers.0.bias', { data_offsets: [64, 80] }), /begins at 64, where 60 is the next byte/],
    [
      'data beyond the end',
      tensor('layers.2.bias', { data_offsets: [120, 4000] }),
      /is cut short: its tensors have 4000 bytes, 128 are there/,
    ],
    ['a tensor that is a number', { ...header, 'layers.0.bias': 1 }, /has no valid data_offsets/],
    ['a missing bias', { ...without('layers.2.bias'), other: header['layers.2.bias'] }, /has no tensor layers\.2\.bias/],
    [
      'an extra tensor',
      { ...header, more: { dtype: 'F32', shape: [0], data_offsets: [128, 128] } },
      /has a tensor "more" that its network does not/,
    ],
    ['the wrong dtype', tensor('layers.0.bias', { dtype: 'F64' }), /has layers\.0\.bias as "F64", where "F32" is expected/],
    ['the wrong shape', tensor('layers.0.weights', { shape: [5, 3] }), /has layers\.0\.weights in a wrong shape, expected \[3,5\]/],
    ['another size', tensor('layers.0.weights', { shape: undefined }), /in a wrong shape/],
    ['nobody’s file', without('__metadata__'), /is a safetensors file, but not one of Chainrule/],
    ['another’s file', metadata({ format: 'pt' }), /is a safetensors file, but not one of Chainrule/],
    ['another version', metadata({ version: '3' }), /has the format version "3"; this version of Chainrule reads 2/],
    ['the first version', metadata({ version: '1' }), /has the format version "1", which was never released: .*reads 2/],
    ['no spec', metadata({ spec: undefined }), /has no "spec"/],
    ['a spec that is not JSON', metadata({ spec: '{' }), /the "spec" in its __metadata__ is not JSON/],
    ['a spec of nothing', metadata({ spec: 'null' }), /describes no valid network: spec must be an object, got null/],
    [
      'an unknown activation',
      spec({ layers: [{ type: 'dense', units: 2, activation: 'rleu' }] }),
      /spec\.layers\[0\]\.activation must be one of .*, got "rleu"/,
    ],
    ['a spec of enormous size', spec({ inputSize: 2 ** 31 - 1 }), /describes no valid network/],
    ['a spec of another size', spec({ inputSize: 1_000_000 }), /has layers\.0\.weights in a wrong shape, expected \[1000000,5\]/],
    ['another seed', spec({ seed: 8 }), /its contents do not match the sha256/],
    ['a digest that is no text', metadata({ sha256: 1 }), /the "sha256" in its __metadata__ is no text/],
  ])('%s', (_, damaged, message) => {
    expect(errorOf(withHeader(bytes, damaged)).message).toMatch(message);
  });

  test('an error in the spec keeps the reason as its cause', () => {
    expect(errorOf(withHeader(bytes, spec({ inputSize: 0 }))).cause).toHaveProperty('code', 'ERR_CHAINRULE_VALUE');
  });

  test.each([
    ['an empty file', new Uint8Array(), /is not a safetensors file: it has only 0 bytes/],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n and so on and on'), /is not a safetensors file: its header would have \d+ bytes/],
    ['a header longer than the file', Buffer.from([200, 0, 0, 0, 0, 0, 0, 0, 123, 125]), /is cut short, or not a safetensors file/],
    ['a header of 1 byte', Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 123]), /its header would have 1 bytes/],
  ])('%s', (_, file, message) => {
    expect(errorOf(file).message).toMatch(message);
  });

  test.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
  ])('%s among the weights', (text, value) => {
    const { sha256: _, ...others } = header.__metadata__;
    const file = withHeader(bytes, { ...header, __metadata__: others });
    const { length } = model.parameters;
    new DataView(file.buffer, file.byteOffset + file.length - 4 * length).setFloat32(4 * 25, value, true);
    expect(errorOf(file).message).toBe(`some.safetensors has ${text} in layers.2.weights at [2, 1], where a finite number is needed`);
  });
});

describe('save and load', () => {
  test.each(['f32', 'f64'] as const)('%s', async (precision) => {
    const file = path.join(folder, 'model.safetensors');
    const state = exampleModel({ precision });
    await save(file, state);
    expect(await load(file)).toEqual(state);
    expect(Buffer.compare(await readFile(file), encode(state))).toBe(0);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  test('a damaged file is named, and so is one cut short on the disk', async () => {
    const file = path.join(folder, 'model.safetensors');
    await save(file, model);
    await truncate(file, bytes.length - 1);
    await expect(load(file)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT', message: expect.stringContaining(file) });
    await truncate(file, 3);
    await expect(load(file)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT' });
  });

  test('a missing file is the system’s error', async () => {
    await expect(load(path.join(folder, 'nothing'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(save(path.join(folder, 'no', 'folder'), model)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('saves at the same time leave one whole file and nothing else', async () => {
    const file = path.join(folder, 'model.safetensors');
    const states = Array.from({ length: 20 }, (_, seed) => exampleModel({ seed }));
    const read = async () => {
      for (let i = 0; i < 40; i++) expect(states).toContainEqual(await load(file));
    };
    await save(file, states[0] as ModelState);
    await Promise.all([...states.map((state) => save(file, state)), read(), read()]);
    expect(states).toContainEqual(await load(file));
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  test('what cannot be replaced stays as it is, and no temporary file is left', async () => {
    const directory = path.join(folder, 'model.safetensors');
    await mkdir(directory);
    await expect(save(directory, model)).rejects.toThrow(/path must be a regular file/);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
    expect(await readdir(directory)).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')('a link is followed and the mode is kept', async () => {
    const file = path.join(folder, 'real.safetensors');
    const link = path.join(folder, 'link.safetensors');
    await writeFile(file, 'old');
    await chmod(file, 0o640);
    await symlink(file, link);
    await save(link, model);
    expect(await load(file)).toEqual(model);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await readdir(folder)).sort()).toEqual(['link.safetensors', 'real.safetensors']);
  });

  test.skipIf(process.platform === 'win32')('a disk that is full in the middle: the old file stays, nothing else is left', async () => {
    const file = path.join(folder, 'model.safetensors');
    await save(file, model);
    // A limit on the size of files fails a write exactly like a full disk does, in a process of its own.
    const script = path.join(folder, 'save.sh');
    await writeFile(script, 'trap "" XFSZ; ulimit -f 1; exec "$@"');
    const large = `
      const { NeuralNetwork, dense } = require(${JSON.stringify(path.join(__dirname, '../../dist'))});
      const nn = new NeuralNetwork({ inputSize: 500, layers: [dense(500)] });
      nn.save(process.argv[1]).catch((error) => console.log(error.code));`;
    const output = execFileSync('sh', [script, process.execPath, '-e', large, file], { encoding: 'utf8' });
    expect(output.trim()).toBe('EFBIG');
    expect(await load(file)).toEqual(model);
    expect((await readdir(folder)).sort()).toEqual(['model.safetensors', 'save.sh']);
  });
});
