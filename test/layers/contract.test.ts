import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { type History, info, NeuralNetwork, type Precision } from '../../lib';
import { newNetwork } from '../../lib/model';
import { layerKinds, layersOf, tensorsOf } from '../../lib/options';
import { checkGradients, expectFewKinks, newTally } from '../support/gradient-check';
import { namedTensors } from '../support/named-tensors';
import type { Matrix } from '../support/plain-backprop';
import { RandomNumbers } from '../support/random-numbers';
import { dataOf, type Example, type ExampleData, exampleInputs, exampleKinds, examples, inputKinds, networkOf, rowsOf } from './examples';
import { plainInputs, plainKinds, plainPrediction } from './reference';

// The contract of every kind of layer, in the networks of examples.ts. Threads and instruction sets are in reproducible.test.ts.

const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-layers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

test('every kind of layer and of input has an example and a plain version', () => {
  expect([...exampleKinds(examples)].sort()).toEqual([...layerKinds].sort());
  expect([...exampleInputs(examples)].sort()).toEqual([...inputKinds].sort());
  expect(inputKinds.filter((kind) => !plainInputs.includes(kind))).toEqual([]);
  expect(layerKinds.filter((kind) => !plainKinds.includes(kind))).toEqual([]);
});

const settings = ({ optimizer }: Example) => ({
  epochs: 2,
  batchSize: 8,
  optimizer: optimizer ?? ({ type: 'adam', learningRate: 0.01 } as const),
});

/** Moves every trained tensor a little: scales that are still 1 and biases of 0 would hide mistakes. */
function shake(nn: NeuralNetwork, random: RandomNumbers): void {
  for (const tensor of namedTensors(nn).filter(({ trained }) => trained)) {
    tensor.values = tensor.values.map((value) => value + random.between(-0.2, 0.2));
  }
}

async function shaken(example: Example, data: ExampleData, precision: Precision): Promise<NeuralNetwork> {
  const nn = await networkOf(example, data, precision);
  shake(nn, new RandomNumbers(3));
  return nn;
}

async function trained(example: Example, data: ExampleData, precision: Precision): Promise<NeuralNetwork> {
  const nn = await shaken(example, data, precision);
  await nn.fit(data, settings(example));
  return nn;
}

const plainRows = ({ data, shape: [rows, columns] }: ExampleData['x']): Matrix =>
  Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * columns, (row + 1) * columns)));

/** SHA-256 of values: a difference of long arrays would be a long message. */
const bitsOf = ({ data }: { data: Float32Array | Float64Array }): string => createHash('sha256').update(data).digest('hex');
const fileOf = (nn: NeuralNetwork): string => createHash('sha256').update(nn.toBytes()).digest('hex');

describe.each(examples)('$name', (example) => {
  const data = dataOf(example, 37);

  test('it has the tensors that the addon has, and each can be set', async () => {
    const nn = await networkOf(example, data, 'f32');
    const { spec } = nn.toJSON();
    const all = Array.from(tensorsOf(spec));
    const inAddon = all.map(({ name, shape, length, trained }) => {
      const columns = shape.at(-1) as number;
      return { name, rows: length / columns, columns, trained };
    });
    const network = newNetwork(spec);
    expect(network.tensors()).toEqual(inAddon);
    expect(network.parameterCount).toBe(nn.parameterCount);
    expect(all.reduce((sum, { length }) => sum + length, 0)).toBe(nn.parameterCount);
    for (const [index, tensor] of namedTensors(nn).entries()) {
      const { owner, key } = tensor;
      const { shape, length } = all[index] as (typeof all)[0];
      const values = Float32Array.from({ length }, (_, i) => i + 1);
      Object.assign(owner.parameters, { [key]: { data: values, shape } });
      expect(owner.parameters[key]).toEqual({ data: values, shape });
      owner.parameters[key]?.data.fill(0);
      expect(owner.parameters[key]?.data).toEqual(values);
    }
    expect(NeuralNetwork.fromBytes(nn.toBytes()).toJSON()).toEqual(nn.toJSON());
  });

  test('gradients are differences of the loss', async () => {
    const tally = newTally();
    for (const rows of [3, 18]) {
      const nn = await shaken(example, data, 'f64');
      const random = new RandomNumbers(rows);
      checkGradients(nn, { x: rowsOf(data.x, rows), y: data.y.slice(0, rows) }, random, tally, 4);
    }
    expectFewKinks(tally);
  });

  test.each(['f64', 'f32'] as const)('%s: predictions are those of plain loops', async (precision) => {
    const nn = await trained(example, data, precision);
    const { data: found, shape } = nn.predict(data.x);
    const single = precision === 'f32';
    const x = single ? { ...data.x, data: Float64Array.from(Float32Array.from(data.x.data)) } : data.x;
    const expected = plainPrediction(nn, plainRows(x));
    expect(shape).toEqual([expected.length, nn.outputSize]);
    const values = expected.flat();
    const tolerance = (single ? 2e-5 : 1e-12) * Math.max(1, ...values.map(Math.abs));
    for (const [index, value] of values.entries()) {
      if (!(Math.abs((found[index] as number) - value) <= tolerance)) expect.fail(`output ${index} is ${found[index]}, not ${value}`);
    }
  });

  test.each(['f64', 'f32'] as const)('%s: a row has the same bits alone and in any batch', async (precision) => {
    const nn = await trained(example, data, precision);
    const { x } = dataOf(example, 257);
    const whole = nn.predict(x);
    const outputs = nn.outputSize;
    const session = nn.session();
    for (const row of [0, 1, 16, 130, 256]) {
      const wanted = bitsOf({ data: whole.data.slice(row * outputs, (row + 1) * outputs) });
      expect(bitsOf(nn.predict(rowsOf(x, row + 1, row)))).toEqual(wanted);
      session.input.set(rowsOf(x, row + 1, row).data);
      expect(bitsOf({ data: session.run() })).toEqual(wanted);
    }
    for (const rows of [1, 2, 17]) {
      expect(bitsOf(nn.predict(rowsOf(x, rows)))).toEqual(bitsOf({ data: whole.data.slice(0, rows * outputs) }));
    }
    expect(bitsOf(await nn.predictAsync(x))).toEqual(bitsOf(whole));
    const shown = nn.forward(x, { layers: true });
    expect(bitsOf(shown)).toEqual(bitsOf(whole));
    expect(shown.layers.map(({ layer }) => layer)).toEqual([...nn.layers.keys()]);
  });

  test('a step of fit is backward and update, and backward changes nothing', async () => {
    const optimizer = { type: 'sgd', learningRate: 0.05 } as const;
    const [whole, bySteps] = [await shaken(example, data, 'f64'), await shaken(example, data, 'f64')];
    const history = await whole.fit(data, { epochs: 1, batchSize: 37, shuffle: false, optimizer });
    const before = fileOf(bySteps);
    const { loss, gradients } = bySteps.backward(data.x, data.y);
    expect(bySteps.backward(data.x, data.y, { layers: true }).loss).toBe(loss);
    expect(fileOf(bySteps)).toBe(before);
    bySteps.update(gradients, optimizer);
    expect(history.loss).toEqual([loss]);
    expect(fileOf(bySteps)).toBe(fileOf(whole));
  });

  test('files, documents and other threads have all of it', async () => {
    const nn = await trained(example, data, 'f32');
    const wanted = bitsOf(nn.predict(data.x));
    const file = path.join(folder, 'model');
    await nn.save(file);
    const copies = [
      NeuralNetwork.fromBytes(nn.toBytes()),
      await NeuralNetwork.load(file),
      NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn))),
      NeuralNetwork.fromShared(structuredClone(nn.share())),
    ];
    const assigned = new NeuralNetwork(example.options);
    assigned.assign(nn);
    for (const copy of [...copies, assigned]) {
      expect(bitsOf(copy.predict(data.x))).toEqual(wanted);
      expect(fileOf(copy)).toBe(fileOf(nn));
      expect(copy.toJSON()).toEqual(nn.toJSON());
    }
    // Another fit of a copy goes on as the first one does.
    for (const again of [nn, copies[0] as NeuralNetwork]) await again.fit(data, settings(example));
    expect(copies[0]?.toJSON().parameters).not.toEqual(copies[1]?.toJSON().parameters);
  });

  test.each(['f64', 'f32'] as const)('%s: a training that is resumed ends with the same bits', async (precision) => {
    const options = { ...settings(example), epochs: 3, validation: data, earlyStopping: { patience: 9, restoreBest: true } };
    const losses = ({ seconds, ...history }: History) => history;
    const whole = await shaken(example, data, precision);
    const expected = losses(await whole.fit(data, options));
    const checkpoint = { path: path.join(folder, `checkpoint-${precision}`), resume: true };
    const stopped = await shaken(example, data, precision);
    await stopped.fit(data, { ...options, checkpoint, onEpoch: ({ epoch }) => epoch < 2 });
    const resumed = new NeuralNetwork({ ...example.options, precision });
    expect(losses(await resumed.fit(data, { ...options, checkpoint }))).toEqual(expected);
    expect(fileOf(resumed)).toBe(fileOf(whole));
    rmSync(checkpoint.path, { force: true });
  });

  test.runIf(info().precisions.includes('bf16'))('bf16 trains nearly as f32 does', async () => {
    const losses = async (precision: Precision) => (await (await shaken(example, data, precision)).fit(data, settings(example))).loss;
    const [half, single] = [await losses('bf16'), await losses('f32')];
    for (const [epoch, loss] of half.entries()) expect(loss / (single[epoch] as number)).toBeCloseTo(1, 1);
  });

  test('it is printed in a line a layer, and everything can be read', async () => {
    const nn = await networkOf(example, data, 'f32');
    const text = inspect(nn);
    for (const { spec } of layersOf(nn.toJSON().spec)) expect(text).toContain(spec.type);
    for (const [index, layer] of nn.layers.entries()) {
      expect(nn.summary()).toMatch(new RegExp(`^${index} +(frozen )?${layer.type}`, 'm'));
      expect(inspect(layer)).toMatch(new RegExp(`^Layer (frozen )?${layer.type}[^\n]*$`));
      const { weights, bias } = layer.parameters;
      expect([layer.weights, layer.bias]).toEqual([weights, bias]);
      for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(layer))) Reflect.get(layer, name);
    }
  });
});
