import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Activation, type DenseSettings, dense, type LossOptions, NeuralNetwork, type Optimizer, type Precision } from '../../lib';
import { native } from '../../lib/native';

/*
 * Training, step by step, against PyTorch (goldens/make-trajectories.py, make-optimizers.py). Each case runs twice: through `fit`, and by
 * hand through `backward` and `update`.
 */

interface Case {
  name: string;
  layers: [units: number, activation: Activation][];
  loss: LossOptions;
  optimizer: Exclude<Optimizer, string>;
  /** Options of each layer that are about training. */
  settings?: DenseSettings[];
  batchSize: number;
  /** After how many steps the weights were written down: whole epochs. */
  steps: number[];
  x: number[][];
  y: number[] | number[][];
  /** Weights and bias of each layer. */
  initial: [weights: number[], bias: number[]][];
  /** For each of `steps`: weights and bias of each layer in turn. */
  f64: number[][][];
  f32: number[][][];
}

const read = (file: string) =>
  JSON.parse(readFileSync(path.join(__dirname, '../goldens', file), 'utf8')) as { inputSize: number; cases: Case[] };
const { inputSize, cases: plain } = read('trajectories.json');
const cases = [...plain, ...read('optimizers.json').cases];

const tolerance = { f64: 1e-10, f32: 1e-4 };

function makeNetwork({ layers, loss, initial, settings }: Case, precision: Precision): NeuralNetwork {
  const nn = new NeuralNetwork({
    inputSize,
    layers: layers.map(([units, activation], index) => dense(units, activation, settings?.[index])),
    loss,
    precision,
  });
  for (const [index, [weights, bias]] of initial.entries()) {
    const layer = nn.layers[index];
    if (layer === undefined) throw new Error('the golden has more layers than the network');
    layer.weights = new Float64Array(weights);
    layer.bias = new Float64Array(bias);
  }
  return nn;
}

const parameters = (nn: NeuralNetwork): number[][] => nn.layers.flatMap((layer) => [[...layer.weights.data], [...layer.bias.data]]);

/** The largest difference relative to max(1, |wanted|). */
function distance(got: number[][], wanted: number[][]): number {
  expect(got.map((array) => array.length)).toEqual(wanted.map((array) => array.length));
  const differences = wanted.flatMap((array, i) => array.map((w, j) => Math.abs((got[i]?.[j] as number) - w) / Math.max(1, Math.abs(w))));
  return differences.some(Number.isNaN) ? Number.NaN : Math.max(...differences);
}

/** They come with losses, and are in goldens/losses.json. */
const links = ['exp', 'meanVariance'];

test('every optimizer has a trajectory, and every activation', () => {
  expect(new Set(cases.map(({ optimizer }) => optimizer.type))).toEqual(new Set(native.names.optimizers));
  const activations = native.names.activations.filter((name) => !links.includes(name));
  expect(new Set(cases.flatMap(({ layers }) => layers.map(([, activation]) => activation)))).toEqual(new Set(activations));
});

describe.each(['f64', 'f32'] as const)('%s', (precision) => {
  test.each(cases)('fit: $name', async (golden) => {
    const { x, y, steps, batchSize, optimizer } = golden;
    for (const [index, step] of steps.entries()) {
      const nn = makeNetwork(golden, precision);
      const stepsPerEpoch = Math.ceil(x.length / batchSize);
      const history = await nn.fit({ x, y }, { epochs: step / stepsPerEpoch, batchSize, optimizer, shuffle: false });
      expect(history.loss).toHaveLength(step / stepsPerEpoch);
      expect(distance(parameters(nn), golden[precision][index] ?? []), `after ${step} steps`).toBeLessThanOrEqual(tolerance[precision]);
    }
  });

  test.each(cases)('backward and update: $name', (golden) => {
    const { x, y, steps, batchSize, optimizer } = golden;
    const nn = makeNetwork(golden, precision);
    let first = 0;
    for (let step = 1; step <= (steps.at(-1) ?? 0); step++) {
      const { gradients } = nn.backward(x.slice(first, first + batchSize), y.slice(first, first + batchSize) as number[]);
      nn.update(gradients, optimizer);
      first = first + batchSize >= x.length ? 0 : first + batchSize;
      const index = steps.indexOf(step);
      if (index < 0) continue;
      expect(distance(parameters(nn), golden[precision][index] ?? []), `after ${step} steps`).toBeLessThanOrEqual(tolerance[precision]);
    }
  });
});

test('the weights seen by onEpoch are those of its epoch', async () => {
  for (const golden of cases.filter(({ batchSize }) => batchSize < 14)) {
    const { x, y, steps, batchSize, optimizer } = golden;
    const nn = makeNetwork(golden, 'f64');
    const stepsPerEpoch = Math.ceil(x.length / batchSize);
    let checked = 0;
    await nn.fit(
      { x, y },
      {
        epochs: (steps.at(-1) ?? 0) / stepsPerEpoch,
        batchSize,
        optimizer,
        shuffle: false,
        onEpoch: ({ epoch }) => {
          const index = steps.indexOf(epoch * stepsPerEpoch);
          if (index < 0) return;
          expect(distance(parameters(nn), golden.f64[index] ?? [])).toBeLessThanOrEqual(tolerance.f64);
          checked++;
        },
      },
    );
    expect(checked).toBe(steps.length);
  }
});

test.each<[string, Exclude<Optimizer, string>, Exclude<Optimizer, string>]>([
  ['momentum', { type: 'rmsprop', momentum: 0.9 }, { type: 'rmsprop', centered: true }],
  ['the moments of another optimizer', { type: 'adam' }, { type: 'radam' }],
  ['a missing array', { type: 'adam' }, { type: 'adam', amsgrad: true }],
])("update keeps an optimizer's state, but never takes %s for something else", (_, before, after) => {
  const [golden] = cases as [Case];
  const { x, y } = golden;
  const update = (nn: NeuralNetwork, optimizer: Optimizer): void => nn.update(nn.backward(x, y as number[][]).gradients, optimizer);
  const changed = makeNetwork(golden, 'f64');
  for (let step = 0; step < 5; step++) update(changed, { ...before, learningRate: 0.001 });
  const fresh = makeNetwork(golden, 'f64');
  for (const [index, layer] of changed.layers.entries())
    Object.assign(fresh.layers[index] as object, { weights: layer.weights, bias: layer.bias });
  for (let step = 0; step < 3; step++) {
    update(changed, { ...after, learningRate: 0.001 / (step + 1) }); // another rate is no other state
    update(fresh, { ...after, learningRate: 0.001 / (step + 1) });
    expect(parameters(changed)).toEqual(parameters(fresh));
  }
});
