import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, dropout, type NetworkOptions, NeuralNetwork } from '../lib';
import { type FloatArray, type NativeNetwork, native } from '../lib/native';
import { wire } from '../lib/native/wire';
import { checkNetwork, nativeSpec } from '../lib/options';

// All parameters as one block, into the addon and out of it.

const folder = mkdtempSync(path.join(os.tmpdir(), 'chainrule-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const shapes: [name: string, options: Partial<NetworkOptions>][] = [
  ['one layer', { layers: [dense(1)] }],
  ['layers of odd sizes', { layers: [dense(5, 'tanh'), dropout(0.5), dense(17, 'relu'), dense(33), dense(3, 'softmax')] }],
  ['many layers', { layers: Array.from({ length: 300 }, () => dense(2)) }],
];
const precisions = ['f32', 'f64'] as const;

const cases = shapes.flatMap(([name, options]) =>
  precisions.map((precision) => ({ name: `${name}, ${precision}`, options: { inputSize: 7, seed: 3, precision, ...options } })),
);
const made = (options: object, draw?: boolean): NativeNetwork => {
  const spec = checkNetwork(options);
  return new native.Network(wire.network(nativeSpec(spec)), spec.precision, draw);
};
const floats = (network: NativeNetwork, precision: string): FloatArray =>
  precision === 'f64' ? new Float64Array(network.parameterCount) : new Float32Array(network.parameterCount);

describe.each(cases)('$name', ({ options }) => {
  const network = made(options);
  const all = floats(network, options.precision);
  network.readParameters(all);

  test('the order is that of the layers, weights before bias', () => {
    const layers = new NeuralNetwork(options as NetworkOptions).layers.filter(({ type }) => type === 'dense');
    expect([...all]).toEqual(layers.flatMap(({ weights, bias }) => [...weights.data, ...bias.data]));
  });

  test('the same off the main thread', async () => {
    expect(await network.readParametersAsync()).toEqual(all);
  });

  test('what is written is what is read', async () => {
    const values = all.map((_, index) => Math.sin(index + 1)) as FloatArray;
    for (const write of [
      (into: NativeNetwork) => into.writeParameters(values),
      (into: NativeNetwork) => into.writeParametersAsync(values),
    ]) {
      for (const draw of [true, false]) {
        const target = made(options, draw);
        expect(await write(target)).toBe(true);
        const read = floats(target, options.precision);
        target.readParameters(read);
        expect(read).toEqual(values);
      }
    }
  });
});

const small = { inputSize: 3, layers: [dense(2)], seed: 1 };

test('a network that waits for its parameters refuses everything else, safely', () => {
  const network = made(small, false);
  const x = new Float32Array(3);
  const calls: (() => unknown)[] = [
    () => network.predict(x, 1, new Float32Array(2)),
    () => network.readParameters(new Float32Array(8)),
    () => network.readParametersAsync(),
    () => network.readParameter(1, new Float32Array(2)),
    () => network.writeParameter(1, new Float32Array(2)),
    () => network.snapshot(),
    () => network.evaluate({ x, y: new Float32Array(2), rows: 1 }),
    () => network.backward({ x, y: new Float32Array(2), rows: 1 }, new Float32Array(8), Float64Array.of(0)),
  ];
  for (const call of calls) expect(call).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_INTERNAL' }));
  network.writeParameters(new Float32Array(8).fill(1));
  const out = new Float32Array(2);
  network.predict(Float32Array.of(1, 2, 3), 1, out);
  expect([...out]).toEqual([7, 7]);
});

test('arrays that do not fit are refused', async () => {
  const network = made(small);
  for (const wrong of [new Float32Array(7), new Float64Array(8)]) {
    expect(() => network.readParameters(wrong)).toThrow(/out (has 7 elements instead of 8|is an array of the wrong type)/);
    expect(() => network.writeParameters(wrong)).toThrow(/values (has 7 elements instead of 8|is an array of the wrong type)/);
    expect(() => network.writeParametersAsync(wrong)).toThrow(/values/);
  }
});

test('values are copied before the call returns, so that their buffer may be transferred', async () => {
  const network = made({ inputSize: 300, layers: [dense(300)], seed: 1 }, false);
  const values = new Float32Array(network.parameterCount).fill(2);
  const written = network.writeParametersAsync(values);
  structuredClone(values.buffer, { transfer: [values.buffer] });
  await written;
  const read = new Float32Array(network.parameterCount);
  network.readParameters(read);
  expect(read.every((value) => value === 2)).toBe(true);
});

test('while a training lasts nothing is written', async () => {
  const network = made(small);
  const other = made({ ...small, seed: 2 });
  const before = new Float32Array(8);
  network.readParameters(before);
  network.beginTraining();
  expect(network.writeParameters(new Float32Array(8))).toBe(false);
  expect(await network.writeParametersAsync(new Float32Array(8))).toBe(false);
  expect(network.assign(other.snapshot())).toBe(false);
  const after = new Float32Array(8);
  network.readParameters(after);
  expect(after).toEqual(before);
  network.endTraining();
  expect(network.assign(other.snapshot())).toBe(true);
});

describe('each way is one call for all layers', () => {
  // Counts what the package asks of the addon.
  const { Network } = native;
  let calls: PropertyKey[] = [];
  beforeAll(() => {
    native.Network = class {
      constructor(...options: ConstructorParameters<typeof Network>) {
        // biome-ignore lint/correctness/noConstructorReturn: a proxy of the native object, which counts
        return new Proxy(new Network(...options), {
          get(target, key) {
            if (/^(read|write)Parameter/.test(String(key))) calls.push(key);
            const value: unknown = Reflect.get(target, key, target);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
      }
    } as typeof Network;
  });
  afterAll(() => {
    native.Network = Network;
  });

  test.each([
    ['few parameters', 4, 100, 'readParameters', 'writeParameters'],
    ['many parameters', 300, 2, 'readParametersAsync', 'writeParametersAsync'],
  ])('%s', async (_, width, layers, readsAsync, writesAsync) => {
    const nn = new NeuralNetwork({ inputSize: width, layers: Array.from({ length: layers }, () => dense(width)), seed: 1 });
    const file = path.join(folder, 'model.safetensors');
    const did = async (work: () => unknown): Promise<PropertyKey[]> => {
      calls = [];
      await work();
      return calls;
    };
    const bytes = nn.toBytes();
    expect(await did(() => nn.toBytes())).toEqual(['readParameters']);
    expect(await did(() => nn.save(file))).toEqual([readsAsync]);
    expect(await did(() => NeuralNetwork.load(file))).toEqual([writesAsync]);
    expect(await did(() => NeuralNetwork.load(bytes))).toEqual([writesAsync]);
    expect(await did(() => NeuralNetwork.fromBytes(bytes))).toEqual(['writeParameters']);
    expect(await did(() => NeuralNetwork.fromJSON(nn.toJSON()))).toEqual(['readParameters', 'writeParameters']);
  });
});
