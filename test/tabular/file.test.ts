import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChainruleError, dense, NeuralNetwork } from '../../lib';
import { type Table, TabularModel } from '../../lib/tabular';
import { flowers, houses, quick } from './tables';

const folder = mkdtempSync(path.join(os.tmpdir(), 'chainrule-tabular-'));
afterAll(() => rmSync(folder, { recursive: true }));

const models: { model: TabularModel; table: Table }[] = [];
beforeAll(async () => {
  for (const [table, target] of [
    [houses(60), 'price'],
    [flowers(60), 'kind'],
  ] as const) {
    models.push({ table, model: await TabularModel.train(table, { target, ...quick, importance: true }) });
  }
});

it('a saved model is the same one', async () => {
  for (const [index, { model, table }] of models.entries()) {
    const file = path.join(folder, `${index}.safetensors`);
    await model.save(file);
    for (const again of [await TabularModel.load(file), await TabularModel.load(model.toBytes())]) {
      expect(again.predict(table)).toEqual(model.predict(table));
      expect(again.report).toEqual(model.report);
      expect(again.schema).toEqual(model.schema);
      expect(again.summary()).toBe(model.summary());
      expect(again.toBytes()).toEqual(model.toBytes());
    }
    expect(new Uint8Array(readFileSync(file))).toEqual(model.toBytes());
  }
  expect(readdirSync(folder)).toEqual(['0.safetensors', '1.safetensors']);
});

const refused = async (bytes: Uint8Array): Promise<Error & { code: string }> => {
  const error = await TabularModel.load(bytes).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ChainruleError);
  return error as Error & { code: string };
};

interface Parsed {
  header: Record<string, { __metadata__: object; data_offsets: number[] }>;
  data: Buffer;
}

const parse = (bytes: Uint8Array): Parsed => {
  const file = Buffer.from(bytes);
  const length = Number(file.readBigUInt64LE());
  return { header: JSON.parse(file.toString('utf8', 8, 8 + length)) as Parsed['header'], data: file.subarray(8 + length) };
};

const build = (header: unknown, data: Uint8Array): Uint8Array => {
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return new Uint8Array(Buffer.concat([prefix, text, data]));
};

describe('a hostile file is an error with a code', () => {
  it('cut short, empty, something else', async () => {
    const bytes = models[0]?.model.toBytes() as Uint8Array;
    for (const length of [0, 1, 7, 8, 9, 100, 1000, bytes.length >> 1, bytes.length - 1]) {
      expect((await refused(bytes.subarray(0, length))).code).toBe('ERR_CHAINRULE_FORMAT');
    }
    for (const text of ['{}', 'PAR1', '\0'.repeat(64), '\xff'.repeat(64)])
      expect((await refused(Buffer.from(text))).code).toBe('ERR_CHAINRULE_FORMAT');
  });

  it('one byte that differs, anywhere', async () => {
    const bytes = models[1]?.model.toBytes() as Uint8Array;
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 150)) {
      const copy = bytes.slice();
      copy[at] = (copy[at] as number) ^ 0x11;
      const error = await TabularModel.load(copy).then(
        () => undefined,
        (reason: { code: string }) => reason,
      );
      // Only a tensor's name in the header may hide a change, and spaces behind it.
      if (error !== undefined) expect(error.code, String(at)).toMatch(/^ERR_CHAINRULE_FORMAT$/);
    }
  });

  it('a network alone, and a model for NeuralNetwork', async () => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)] });
    expect((await refused(nn.toBytes())).message).toContain('NeuralNetwork.load reads the files of networks');
    await expect(NeuralNetwork.load(models[0]?.model.toBytes() as Uint8Array)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT' });
  });

  it('a document of its own making, with a right digest', async () => {
    const { createHash } = await import('node:crypto');
    const { header, data } = parse(models[1]?.model.toBytes() as Uint8Array);
    const begin = header.tabular?.data_offsets[0] as number;
    const original = data.toString('utf8', begin);
    const forge = (text: string): Uint8Array => {
      const document = Buffer.from(text);
      const tabular = { dtype: 'U8', shape: [document.length], data_offsets: [begin, begin + document.length] };
      const digest = createHash('sha256').update(document).digest('hex');
      const metadata = { ...(header.__metadata__ as object), tabular_sha256: digest };
      return build({ ...header, __metadata__: metadata, tabular }, Buffer.concat([data.subarray(0, begin), document]));
    };
    expect((await TabularModel.load(forge(original))).report).toEqual(models[1]?.model.report);
    type Doc = Record<string, never> & {
      features: Record<string, unknown>[];
      target: Record<string, unknown>;
      report: Record<string, unknown>;
    };
    const change = (edit: (document: Doc) => void): string => {
      const document = JSON.parse(original) as Doc;
      edit(document);
      return JSON.stringify(document);
    };
    const forged = [
      'null',
      '[]',
      '{}',
      '{"features":[]}',
      change((document) => document.features.pop()),
      change((document) => document.features.push(document.features[0] as never)),
      change(({ features }) => Object.assign(features[0] as object, { type: 'other' })),
      change(({ features }) => Object.assign(features[0] as object, { scalings: [] })),
      change(({ features }) => Object.assign(features[0] as object, { scalings: [[0, 'x']] })),
      change(({ features }) => Object.assign(features[0] as object, { missing: -1 })),
      change(({ features }) => Object.assign(features[0] as object, { quantiles: [0] })),
      change(({ features }) => Object.assign(features[0] as object, { quantiles: [0, 1, 1] })),
      change(({ features }) => Object.assign(features[0] as object, { quantiles: [0, 1, 4] })),
      change(({ features }) => Object.assign(features[0] as object, { quantiles: undefined })),
      change(({ features }) => Object.assign(features[2] as object, { form: 'embedding', scalings: [] })),
      change(({ features }) => Object.assign(features[2] as object, { categories: ['a', 'a'] })),
      change(({ target }) => Object.assign(target, { classes: ['a'] })),
      change(({ target }) => Object.assign(target, { classes: [1, 2, 3] })),
      change(({ target }) => Object.assign(target, { kind: 'regression' })),
      change(({ report }) => Object.assign(report, { metrics: 3 })),
      change(({ report }) => Object.assign(report, { recipe: 'other' })),
      change(({ report }) => Object.assign(report, { warnings: [{ code: 1 }] })),
      change((document) => Object.assign(document, { dropped: [{}] })),
    ];
    for (const text of forged) expect((await refused(forge(text))).code, text.slice(0, 60)).toBe('ERR_CHAINRULE_FORMAT');
  });

  it('and what is no file has the error of a wrong argument', async () => {
    for (const source of [undefined, 3, {}, new Float32Array(4)]) {
      await expect(TabularModel.load(source as never)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_TYPE' });
    }
    await expect(TabularModel.load(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(() => new (TabularModel as unknown as new (parts: object) => TabularModel)({})).toThrow(/TabularModel.train/);
  });
});
