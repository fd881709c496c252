import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NeuralNetwork } from '../../../lib';
import { float, layer, model, node } from './models';

/*
 * ONNX files of a megabyte that would be a hundred in memory: fields of two bytes that become objects, numbers of one byte that become
 * eight. Each is read by a process of its own (`npm run compile` first), whose memory grows by at most four times the file and 16 MiB.
 */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-fields-'));
});
afterAll(() => rm(folder, { recursive: true }));

const mebibyte = 2 ** 20;
const format = 'ERR_CHAINRULE_FORMAT';
const unsupported = 'ERR_CHAINRULE_UNSUPPORTED';

/** A number as Protobuf writes it. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const field = (number: number, bytes: Uint8Array | string = ''): Buffer =>
  Buffer.concat([varint(number * 8 + 2), varint(bytes.length), Buffer.from(bytes as string)]);
const integer = (number: number, value: number): Buffer => Buffer.concat([varint(number * 8), varint(value)]);
/** The same fields again and again: a mebibyte of them. */
const again = (...fields: Buffer[]): Buffer => {
  const all = Buffer.concat(fields);
  return Buffer.alloc(Math.floor(mebibyte / all.length) * all.length, all);
};
const graph = (...fields: Buffer[]): Buffer => field(7, Buffer.concat(fields));
const ones = Buffer.alloc(mebibyte, 1);

const [nodes, initializers, inputs, metadata, dims, floats, ints, texts, longs] = [1, 5, 11, 14, 1, 4, 5, 6, 7];

test('the fields are those of a model', async () => {
  const weights = field(
    initializers,
    Buffer.concat([integer(dims, 2), integer(dims, 1), integer(2, 7), field(8, 'w'), field(longs, Buffer.from([3, 4]))]),
  );
  const product = field(nodes, Buffer.concat([field(1, 'x'), field(1, 'w'), field(2, 'y'), field(4, 'MatMul')]));
  const size = (value: number) => field(1, integer(1, value));
  const input = field(
    inputs,
    Buffer.concat([field(1, 'x'), field(2, field(1, Buffer.concat([integer(1, 1), field(2, Buffer.concat([field(1), size(2)]))])))]),
  );
  const bytes = graph(product, weights, input, field(12, field(1, 'y')));
  expect([...(await NeuralNetwork.fromONNX(bytes)).predict([10, 1]).data]).toEqual([34]);
});

const files: [name: string, code: string, bytes: () => Uint8Array][] = [
  ['empty nodes', format, () => graph(again(field(nodes)))],
  ['empty attributes', format, () => graph(field(nodes, again(field(5))))],
  ['attributes of one number', format, () => graph(field(nodes, again(field(5, integer(3, 1)))))],
  ['empty names', format, () => graph(field(nodes, again(field(1))))],
  ['short names', format, () => graph(field(nodes, again(field(1, 'ab'))))],
  ['names of wide letters', format, () => graph(field(nodes, again(field(1, 'Āā'))))],
  ['empty tensors', format, () => graph(again(field(initializers)))],
  ['empty texts', format, () => graph(field(initializers, again(field(texts))))],
  ['numbers one by one', format, () => graph(field(initializers, again(integer(longs, 1))))],
  ['sizes one by one', format, () => graph(field(initializers, again(integer(dims, 1))))],
  ['lists of two numbers', format, () => graph(field(initializers, again(field(longs, Buffer.from([1, 1])))))],
  ['lists in turn', format, () => graph(field(initializers, again(integer(ints, 1), integer(longs, 1), integer(11, 1), integer(dims, 1))))],
  ['small numbers', format, () => graph(field(initializers, field(longs, ones)))],
  ['small numbers and a negative one', format, () => graph(field(initializers, field(longs, Buffer.concat([ones, varint(-1)]))))],
  ['numbers of an attribute', format, () => graph(field(nodes, field(5, field(8, ones))))],
  [
    'small numbers as wide ones',
    unsupported,
    () => graph(field(initializers, Buffer.concat([integer(dims, mebibyte), integer(2, 7), field(longs, ones)]))),
  ],
  [
    'bytes as numbers',
    unsupported,
    () => graph(field(initializers, Buffer.concat([integer(dims, mebibyte), integer(2, 2), field(9, ones)]))),
  ],
  ['zeros', format, () => graph(field(initializers, field(floats, Buffer.alloc(mebibyte))))],
  ['dimensions of an input', format, () => graph(field(inputs, field(2, field(1, field(2, again(field(1)))))))],
  ['empty metadata', format, () => again(field(metadata))],
  ['messages in turn', format, () => graph(again(field(nodes), field(initializers), field(inputs), field(12)))],
  ['unknown fields', format, () => again(integer(100, 0))],
  [
    'a specification of small values',
    unsupported,
    () => {
      const text = `[${'[],'.repeat((4 * mebibyte) / 3)}[]]`;
      return Buffer.concat([field(2, 'chainrule'), graph(), field(metadata, Buffer.concat([field(1, 'chainrule'), field(2, text)]))]);
    },
  ],
  [
    'constants that are computed again and again',
    unsupported,
    () => {
      const sums = Array.from({ length: 5000 }, (_, i) => node('Add', ['row', 'column'], `s${i}`));
      const sizes = Array(512).fill(1);
      return model([...sums, layer()], [float('row', [1, 512], sizes), float('column', [512, 1], sizes)]);
    },
  ],
];

describe.runIf(process.platform === 'linux')('at most four times the file and 16 MiB', () => {
  test.each(files)('%s', { timeout: 60_000 }, async (name, code, make) => {
    const bytes = make();
    const file = path.join(folder, name.replaceAll(' ', '-'));
    await writeFile(file, bytes);
    const script = path.join(__dirname, '../../support/load-large.js');
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, 'ONNX of bytes', file]);
    const [growth, found] = stdout.trim().split('\n');
    expect(found).toBe(code);
    expect(Number(growth)).toBeLessThanOrEqual(4 * bytes.length + 16 * mebibyte);
  });
});
