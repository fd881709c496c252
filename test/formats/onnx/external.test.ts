import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NeuralNetwork } from '../../../lib';
import { layer, model } from './models';

// Weights in a file beside the model, as PyTorch writes them.

const folder = mkdtempSync(path.join(os.tmpdir(), 'chainrule-onnx-'));
const inside = path.join(folder, 'models');
const weights = Float32Array.of(9, 9, 1, 2, 3, 4);
const data = new Uint8Array(weights.buffer);

const withWeights = (location: string, offset = '8', length = '16') =>
  model(
    [layer()],
    [
      {
        ...{ name: 'w', dims: [2, 2], type: 1, location: 1 },
        external: [
          { key: 'location', value: location },
          { key: 'offset', value: offset },
          { key: 'length', value: length },
        ],
      },
    ],
  );

beforeAll(() => {
  mkdirSync(path.join(inside, 'sub'), { recursive: true });
  for (const name of ['outside.data', 'models/model.onnx.data', 'models/sub/part.data']) writeFileSync(path.join(folder, name), data);
  symlinkSync(path.join(folder, 'outside.data'), path.join(inside, 'link.data'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

function saved(bytes: Uint8Array): string {
  const file = path.join(inside, 'model.onnx');
  writeFileSync(file, bytes);
  return file;
}

test.each(['model.onnx.data', 'sub/part.data'])('%s', async (location) => {
  const nn = await NeuralNetwork.fromONNX(saved(withWeights(location)));
  expect([...nn.predict([1, 10]).data]).toEqual([31.5, 41.5]);
});

test('the bytes of the file are an option', async () => {
  const nn = await NeuralNetwork.fromONNX(withWeights('model.onnx.data'), { externalData: { 'model.onnx.data': data } });
  expect([...nn.predict([1, 10]).data]).toEqual([31.5, 41.5]);
});

test.each(['../outside.data', 'sub/../../outside.data', '/etc/passwd', 'C:\\data', '', 'link.data', 'a\0b'])(
  '%j is not read',
  async (location) => {
    const load = NeuralNetwork.fromONNX(saved(withWeights(location)));
    await expect(load).rejects.toMatchObject({
      code: 'ERR_CHAINRULE_FORMAT',
      message: expect.stringMatching(/which is not in its folder$/),
    });
  },
);

test('a file that is not there', async () => {
  await expect(NeuralNetwork.fromONNX(saved(withWeights('none.data')))).rejects.toMatchObject({ code: 'ENOENT' });
  const message = 'bytes has a tensor "w" in the file "none.data", which is not there: give its bytes as the option externalData';
  await expect(NeuralNetwork.fromONNX(withWeights('none.data'))).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT', message });
  await expect(NeuralNetwork.fromONNX(withWeights('toString'), { externalData: {} })).rejects.toMatchObject({
    code: 'ERR_CHAINRULE_FORMAT',
  });
});

test.each([
  ['-4', '16'],
  ['9', '16'],
  ['8', '1e9'],
  ['x', '16'],
  ['8', '-1'],
])('from %s, %s bytes long', async (offset, length) => {
  const load = NeuralNetwork.fromONNX(saved(withWeights('model.onnx.data', offset, length)));
  await expect(load).rejects.toMatchObject({ code: 'ERR_CHAINRULE_FORMAT', message: expect.stringMatching(/outside the 24 bytes of/) });
});

test('options are checked', async () => {
  const bytes = withWeights('model.onnx.data');
  const load = (options: unknown) => NeuralNetwork.fromONNX(bytes, options as never);
  await expect(load({ externalData: { 'model.onnx.data': [1] } })).rejects.toMatchObject({ code: 'ERR_CHAINRULE_TYPE' });
  await expect(load({ output: 1 })).rejects.toMatchObject({ code: 'ERR_CHAINRULE_TYPE' });
  await expect(load({ outputs: 'y' })).rejects.toMatchObject({ code: 'ERR_CHAINRULE_OPTION' });
});

test('several tensors of several files', async () => {
  const tensor = (name: string, dims: number[], location: string, offset: number) => ({
    ...{ name, dims, type: 1, location: 1 },
    external: [
      { key: 'location', value: location },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(4 * dims.reduce((size, dim) => size * dim, 1)) },
    ],
  });
  const tensors = [tensor('w', [2, 2], 'sub/part.data', 8), tensor('b', [2], 'model.onnx.data', 0)];
  const bytes = model([layer()], tensors);
  const files = { 'sub/part.data': data, 'model.onnx.data': data.buffer };
  for (const nn of [await NeuralNetwork.fromONNX(saved(bytes)), await NeuralNetwork.fromONNX(bytes, { externalData: files })]) {
    expect([...nn.predict([1, 10]).data]).toEqual([40, 51]);
  }
});
