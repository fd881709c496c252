import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type NetworkOptions, NeuralNetwork, type Optimizer } from '../../lib';
import { namedTensors } from '../support/named-tensors';
import { isKnown } from './examples';

// Layers against PyTorch (goldens/make-layers.py), in f64: losses, gradients, running statistics and trainings.

interface Case {
  name: string;
  options: NetworkOptions;
  x: number[][];
  y: number[] | number[][];
  /** Initial values, by the tensors' names. */
  tensors: Record<string, number[]>;
  /** By the initial values, row by row. */
  prediction: number[];
  /** As in training. */
  loss: number;
  /** Of the trained tensors. */
  gradients: Record<string, number[]>;
  trainings: { optimizer: Optimizer; steps: number; tensors: Record<string, number[]>; prediction: number[] }[];
}

const file = readFileSync(path.join(__dirname, '../goldens/layers.json'), 'utf8');
const { cases } = JSON.parse(file) as { cases: Case[] };

function makeNetwork({ options, tensors }: Case): NeuralNetwork {
  const nn = new NeuralNetwork({ ...options, precision: 'f64' });
  for (const tensor of namedTensors(nn)) tensor.values = Float64Array.from(tensors[tensor.name] as number[]);
  return nn;
}

const valuesOf = (nn: NeuralNetwork) => Object.fromEntries(namedTensors(nn).map(({ name, values }) => [name, values]));

/** Equal but for rounding, relative to max(1, |wanted|). */
function expectClose(found: Record<string, ArrayLike<number>>, wanted: Record<string, number[]>): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, values] of Object.entries(wanted)) {
    expect(found[name], name).toHaveLength(values.length);
    for (const [index, value] of values.entries()) {
      const got = found[name]?.[index] as number;
      if (!(Math.abs(got - value) <= 1e-10 * Math.max(1, Math.abs(value)))) expect.fail(`${name}[${index}] is ${got}, not ${value}`);
    }
  }
}

describe.each(cases.filter(isKnown))('$name', (golden) => {
  const { x, y, prediction, loss, gradients, trainings } = golden;

  test('prediction, loss and gradients', () => {
    const nn = makeNetwork(golden);
    const step = nn.backward(x, y);
    const trained = namedTensors(nn).filter((tensor) => tensor.trained);
    // A gradient of a layer without trained tensors does not exist; the others are in the order of the tensors.
    const found = step.gradients.flatMap(({ parameters }) => Object.entries(parameters)).filter(([key]) => !key.startsWith('running'));
    const byName = Object.fromEntries(found.map(([, { data }], index) => [trained[index]?.name, data]));
    expectClose(byName, gradients);
    expectClose({ loss: [step.loss], prediction: nn.predict(x).data }, { loss: [loss], prediction });
  });

  test.each(trainings)('fit by $optimizer.type', async ({ optimizer, steps, tensors, prediction: after }) => {
    const nn = makeNetwork(golden);
    await nn.fit({ x, y }, { epochs: steps, batchSize: x.length, shuffle: false, optimizer });
    expectClose(valuesOf(nn), tensors);
    expectClose({ prediction: nn.predict(x).data }, { prediction: after });
  });

  test.each(trainings)('backward and update by $optimizer.type', ({ optimizer, steps, tensors }) => {
    const nn = makeNetwork(golden);
    for (let step = 0; step < steps; step++) nn.update(nn.backward(x, y).gradients, optimizer);
    expectClose(valuesOf(nn), tensors);
  });
});

test('there are goldens', () => expect(cases.length).toBeGreaterThan(10));
