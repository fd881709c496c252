import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Activation, dense, type LossName, type LossOptions, members, NeuralNetwork } from '../../lib';
import { native } from '../../lib/native';
import { losses, lossNames } from '../../lib/options';
import { plainBackprop } from '../support/plain-backprop';
import { RandomNumbers } from '../support/random-numbers';
import { fitting, lastFor, makeTargets, needsTwoOutputs, targetsOf } from '../support/targets';

// Losses against PyTorch (goldens/make-losses.py), with and without weights of samples, and in ensembles.

interface Measured {
  loss: number;
  /** Weights and bias, row by row. */
  gradients: [number[], number[]];
}

interface Case {
  loss: LossOptions;
  activation: Activation;
  x: number[][];
  y: number[] | number[][];
  sampleWeight: number[];
  tensors: [number[], number[]];
  prediction: number[];
  plain: Measured;
  weighted: Measured;
}

const { cases } = JSON.parse(readFileSync(path.join(__dirname, '../goldens/losses.json'), 'utf8')) as { cases: Case[] };

test('every loss has a golden value', () => {
  expect(new Set(cases.map(({ loss }) => loss.type))).toEqual(new Set(lossNames));
  expect([...lossNames, 'custom'].sort()).toEqual([...native.names.losses].sort());
});

function expectClose(found: ArrayLike<number>, wanted: number[], tolerance: number, what: string): void {
  expect(found).toHaveLength(wanted.length);
  const scale = Math.max(...wanted.map(Math.abs));
  for (const [index, value] of wanted.entries()) {
    const got = found[index] as number;
    if (!(Math.abs(got - value) <= tolerance * scale)) expect.fail(`${what}[${index}] is ${got}, not ${value}`);
  }
}

describe.each([
  ['f64', 1e-12],
  ['f32', 2e-5],
] as const)('%s', (precision, tolerance) => {
  test.each(cases.map((golden) => ({ golden, name: `${JSON.stringify(golden.loss)} with ${golden.activation}` })))(
    '$name',
    async ({ golden }) => {
      const { loss, activation, x, y, sampleWeight, tensors, prediction } = golden;
      const [weights, bias] = tensors;
      const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(bias.length, activation)], loss, precision });
      Object.assign(nn.layers[0] as object, { weights: { data: weights, shape: [3, bias.length] }, bias });
      expectClose(nn.predict(x).data, prediction, tolerance, 'prediction');
      for (const [wanted, options] of [
        [golden.plain, {}],
        [golden.weighted, { sampleWeight }],
      ] as const) {
        const found = nn.backward(x, y, options);
        expectClose([found.loss], [wanted.loss], tolerance, 'loss');
        const [layer] = found.gradients;
        expectClose([...(layer?.weights.data ?? []), ...(layer?.bias.data ?? [])], wanted.gradients.flat(), tolerance, 'gradients');
        expectClose([(await nn.evaluate({ x, y, ...options })).loss], [wanted.loss], tolerance, 'loss of evaluate');
      }
    },
  );
});

type Matrix = number[][];

const rowsOf = ({ data, shape }: { data: ArrayLike<number>; shape: readonly number[] }): Matrix =>
  Array.from({ length: shape[0] as number }, (_, i) => Array.from(data).slice(i * (shape[1] as number), (i + 1) * (shape[1] as number)));

/** A prediction as a loss reads it: logits of probabilities and logarithms of rates, where the activation makes those. */
function read(row: number[], activation: Activation, loss: LossName): number[] {
  const { reads } = losses[loss];
  if (activation === 'sigmoid' && reads === 'logits') return row.map((p) => Math.log(p / (1 - p)));
  const isLogarithm = (activation === 'softmax' && reads === 'classLogits') || (activation === 'exp' && reads === 'logRates');
  return isLogarithm ? row.map(Math.log) : row;
}

/** The loss of what a loss reads. */
function plainLoss(outputs: Matrix, y: Matrix, loss: LossName): number {
  const width = (outputs[0] as number[]).length;
  const weights = Array.from({ length: width }, (_, i) => Array.from({ length: width }, (_, j) => (i === j ? 1 : 0)));
  return plainBackprop([{ weights, bias: new Array<number>(width).fill(0), activation: 'linear' }], outputs, y, loss).loss;
}

interface Tensors {
  parameters: Record<string, { data: Float64Array }>;
}

describe.each(lossNames)('an ensemble with %s', (loss) => {
  const random = new RandomNumbers(7);
  const outputs = fitting(needsTwoOutputs(loss) ? 3 : 2, loss);
  const rows = 5;
  const x = { data: random.array(rows * 3), shape: [rows, 3] };
  const y = { data: makeTargets(random, rows, outputs, loss), shape: [rows, targetsOf(outputs, loss)] };
  const sampleWeight = random.array(rows, 0, 2);

  /** One member's network. */
  function memberOf(nn: NeuralNetwork, member: number, activation: Activation): NeuralNetwork {
    const [before, last] = nn.layers as unknown as [Tensors, Tensors];
    const scale = Object.values(before.parameters)[0]?.data as Float64Array;
    const part = (name: string): Float64Array => {
      const { data } = last.parameters[name] as { data: Float64Array };
      return data.subarray((member * data.length) / 2, ((member + 1) * data.length) / 2);
    };
    const single = new NeuralNetwork({ inputSize: 3, layers: [dense(outputs, activation)], loss, precision: 'f64' });
    const weights = part('weights').map((value, i) => value * (scale[member * 3 + Math.floor(i / outputs)] as number));
    Object.assign(single.layers[0] as object, { weights: { data: weights, shape: [3, outputs] }, bias: part('bias') });
    return single;
  }

  test.each(['linear', 'sigmoid', 'softmax', 'exp'] as const)(
    'trains by the mean of the losses, and evaluates the mean prediction: %s',
    async (wanted) => {
      const activation = lastFor(wanted, loss);
      const layers = [members(2), dense(outputs, activation, { perMember: 'weights' })];
      const nn = new NeuralNetwork({ inputSize: 3, layers, loss, precision: 'f64', seed: 3 });
      const [one, two] = [memberOf(nn, 0, activation), memberOf(nn, 1, activation)];
      for (const options of [{}, { sampleWeight }]) {
        const mean = (one.backward(x, y, options).loss + two.backward(x, y, options).loss) / 2;
        expect(nn.backward(x, y, options).loss).toBeCloseTo(mean, 12);
      }
      const predicted = rowsOf(nn.predict(x));
      const asRead = predicted.map((row) => read(row, activation, loss));
      expect((await nn.evaluate({ x, y })).loss).toBeCloseTo(plainLoss(asRead, rowsOf(y), loss), 10);
    },
  );
});

describe('metrics compare the point of each target with it', () => {
  const x = [[0], [1]];
  const y = [[1], [3]];
  const measure = async (loss: LossName | LossOptions, bias: number[]) => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(bias.length)], loss, precision: 'f64' });
    Object.assign(nn.layers[0] as object, { weights: [new Array<number>(bias.length).fill(0)], bias });
    const { mae, mse } = await nn.evaluate({ x, y }, { metrics: ['mae', 'mse'] });
    return [mae, mse];
  };

  test('the mean of gaussianNLL', async () => expect(await measure('gaussianNLL', [2, 9])).toEqual([1, 1]));
  test('the quantile next to the median', async () => {
    expect(await measure('quantile', [7, 2, 9])).toEqual([1, 1]);
    expect(await measure({ type: 'quantile', quantiles: [0.2, 0.9] }, [2, 9])).toEqual([1, 1]);
  });
  test('and of several targets, each its own', async () => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(4)], loss: 'gaussianNLL', precision: 'f64' });
    Object.assign(nn.layers[0] as object, { weights: [[0, 0, 0, 0]], bias: [1, 5, 2, 7] });
    const { mae } = await nn.evaluate({ x: [[0]], y: [[1, 5]] }, { metrics: ['mae'] });
    expect(mae).toBe(1.5);
  });
});

test('several independent labels: accuracy counts each, with weights and smoothing', async () => {
  const loss = { type: 'binaryCrossEntropy', labelSmoothing: 0.1, posWeight: [1, 2, 3] } as const;
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(3, 'sigmoid')], loss });
  Object.assign(nn.layers[0] as object, { weights: [[0, 0, 0]], bias: [1, -1, 1] });
  const data = {
    x: [[0], [0]],
    y: [
      [1, 0, 0],
      [1, 1, 1],
    ],
    sampleWeight: [3, 1],
  };
  const { accuracy } = await nn.evaluate(data, { metrics: ['accuracy'] });
  expect(accuracy).toBeCloseTo(2 / 3, 12);
});

test('hinge takes 0 and 1 for -1 and 1, and counts what is on the right side of 0', async () => {
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)], loss: 'hinge', precision: 'f64' });
  Object.assign(nn.layers[0] as object, { weights: [[1]], bias: [0] });
  const x = [[0.25], [-3], [0.5]];
  const first = await nn.evaluate({ x, y: [1, 0, 0] });
  expect(first).toEqual(await nn.evaluate({ x, y: [1, -1, -1] }));
  expect(first).toEqual({ loss: (0.75 + 0 + 1.5) / 3, accuracy: 2 / 3 });
});

test('settings and their numbers survive files and handles', async () => {
  const x = [[1], [2]];
  for (const [loss, units, y] of [
    [
      { type: 'binaryCrossEntropy', labelSmoothing: 0.1, posWeight: [1, 2] },
      2,
      [
        [0, 1],
        [1, 1],
      ],
    ],
    [{ type: 'quantile', quantiles: [0.2, 0.9] }, 2, [[1], [0]]],
    [{ type: 'focal', alpha: 'none' }, 1, [[1], [0]]],
  ] as [LossOptions, number, number[][]][]) {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(units)], loss, seed: 3 });
    const wanted = await nn.evaluate({ x, y });
    for (const copy of [
      NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn))),
      NeuralNetwork.fromBytes(nn.toBytes()),
      NeuralNetwork.fromShared(nn.share()),
    ]) {
      expect(copy.loss).toEqual(nn.loss);
      expect(await copy.evaluate({ x, y })).toEqual(wanted);
    }
  }
});
