import { expect, test } from 'vitest';
import { activation, dense, type NetworkOptions, NeuralNetwork } from '../../lib';
import { activationNames, inputKinds, layerKinds } from '../../lib/options';
import { dataOf, type Example, exampleInputs, exampleKinds, examples, networkOf } from '../layers/examples';
import { examples as ensembles } from '../layers/members.examples';
import { farRows, ownError, type Rows, runOnnx } from './runtime';

// Exported models run in onnxruntime: their outputs are ours. Every kind of layer and input is in examples.ts, whose own tests see to that.

/** Of the row's largest output, in single precision. */
const tolerance = 1e-5;

const single = ({ data, shape }: { data: Float64Array; shape: [number, number] }): Rows => ({ data: Float32Array.from(data), shape });

/** Exponentials of exponentials are infinite soon. */
const smaller = { layers: [7, 6, 8].map((units) => dense(units, 'exp', { weightsInitializer: { type: 'normal', stddev: 0.1 } })) };

/** Every activation: inside, as a layer of its own, and last. */
const activations: Example[] = activationNames.map((name) => {
  const last: NetworkOptions = { inputSize: 5, layers: [dense(7, name), dense(6), activation(name), dense(8, name)], loss: 'mse' };
  return { name: `activation ${name}`, options: { ...last, seed: 11, ...(name === 'exp' && smaller) } };
});

const all: Example[] = [...examples, ...ensembles];

test('there are examples of every kind', () => {
  expect([...exampleKinds(all)].sort()).toEqual([...layerKinds].sort());
  expect([...exampleInputs(all)].sort()).toEqual([...inputKinds].sort());
  expect(activations).toHaveLength(activationNames.length);
});

test.each(all)('$name', async (example) => {
  const data = dataOf(example, 37);
  const nn = await networkOf(example, data, 'f32');
  await nn.fit(data, { epochs: 2, batchSize: 8, optimizer: { type: 'adam', learningRate: 0.01 } });
  await expectSame(nn, single(data.x));
});

test.each(activations)('$name', async (example) => {
  await expectSame(new NeuralNetwork(example.options), single(dataOf(example, 37).x));
});

async function expectSame(nn: NeuralNetwork, x: Rows): Promise<void> {
  for (const opset of [17, 21]) {
    const model = nn.toONNX({ opset });
    const { y } = await runOnnx(model, x);
    expect(y?.dims).toEqual([x.shape[0], nn.outputSize]);
    expectNear(nn, x, y as never);
  }
}

/** All rows that have been compared, and those beyond the tolerance for a reason that is known. */
const rows = { all: 0, far: 0 };

/** The most of those, of all. */
const mostFar = 0.002;

/** Half of the tolerance: where our own outputs are as far from those of double precision, single precision has lost the digits. */
const lostDigits = tolerance / 2;

/** onnxruntime's Sigmoid is right to half a unit in the last place of 1, and no more where it is close to 0. */
const sigmoid = { below: 0.02, error: 2 ** -24 };

function expectNear(nn: NeuralNetwork, x: Rows, y: Parameters<typeof farRows>[2]): void {
  const far = farRows(nn, x, y, tolerance);
  rows.all += x.shape[0];
  rows.far += far.length;
  for (const one of far) {
    const isSmallSigmoid = nn.layers.at(-1)?.activation === 'sigmoid' && one.largest < sigmoid.below && one.difference <= sigmoid.error;
    if (!isSmallSigmoid)
      expect(ownError(nn, x, one), `row ${one.row} differs by ${one.difference} of ${one.largest}`).toBeGreaterThan(lostDigits);
  }
}

test('f64 networks are written in single precision', async () => {
  const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(9, 'tanh'), dense(4)], precision: 'f64' });
  const x: Rows = { data: Float32Array.of(1, 2, 3, -1, 0, 1), shape: [2, 3] };
  const { y } = await runOnnx(nn.toONNX(), x);
  expectNear(nn, x, y as never);
});

test.each([1, 3])('names of classes come as a second output, of %i outputs', async (units) => {
  const classNames = units === 1 ? ['no', 'yes'] : ['cat', 'dog', 'bird'];
  const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(units, units === 1 ? 'sigmoid' : 'softmax')], classNames });
  const x: Rows = { data: Float32Array.from({ length: 40 }, (_, i) => Math.sin(i) * 3), shape: [20, 2] };
  const outputs = await runOnnx(nn.toONNX({ inputName: 'features', outputName: 'scores' }), x, 'features');
  const output = nn.predict({ data: x.data, shape: [20, 2] });
  const expected = Array.from({ length: 20 }, (_, row) => {
    const values = [...output.data.subarray(row * units, (row + 1) * units)];
    return classNames[units === 1 ? Number((values[0] as number) > 0.5) : values.indexOf(Math.max(...values))];
  });
  expect(new Set(expected).size).toBeGreaterThan(1);
  expect(Object.keys(outputs)).toEqual(['scores', 'label']);
  expect(outputs.scores?.dims).toEqual([20, units]);
  expect(outputs.label?.dims).toEqual([20]);
  expect([...(outputs.label as { data: Iterable<unknown> }).data]).toEqual(expected);
  expect(await runOnnx(nn.toONNX({ labels: false }), x)).not.toHaveProperty('label');
});

test('nearly all rows are as near as they should be', () => {
  expect(rows.all).toBeGreaterThan(15_000);
  expect(rows.far / rows.all).toBeLessThan(mostFar);
});
