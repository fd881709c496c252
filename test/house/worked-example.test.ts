import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { dense, NeuralNetwork, type Tensor } from '../../lib';

// Every number of "All of it in numbers" in docs/backprop.md, computed twice: by the library, and by a few lines of plain JavaScript.

type Matrix = number[][];

const document = readFileSync(path.join(__dirname, '../../docs/backprop.md'), 'utf8');
const section = /^## 9\. All of it in numbers\n(.*?)^## 10/ms.exec(document)?.[1] ?? '';

/** The quantities of the section: lines like `Z₁ = [[0.1, 0.2]]` or `E = 0.3` inside its blocks, with or without a formula before the numbers. */
const written = [...section.matchAll(/^```\n(.*?)^```/gms)].flatMap(([, block]) =>
  (block as string)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, name, text] = /^(\S+) +=(?: .* =)? +(\[.*\]|-?[\d.]+)$/.exec(line) ?? [];
      if (name === undefined || text === undefined) throw new Error(`not a quantity: ${line}`);
      return { name, value: JSON.parse(text) as Matrix | number };
    }),
);

const given = {
  x: [
    [1, 0.5],
    [-1, 1],
  ],
  y: [[1], [0]],
  W1: [
    [0.5, -0.3],
    [0.2, 0.4],
  ],
  b1: [[0.1, -0.1]],
  W2: [[0.7], [-0.6]],
  b2: [[0.2]],
  rate: 0.5,
};

type Quantities = Record<string, Matrix | number>;

const rows = ({ data, shape: [count, columns] }: Tensor<[number, number]>): Matrix =>
  Array.from({ length: count }, (_, row) => Array.from(data.subarray(row * columns, (row + 1) * columns)));
const row = ({ data }: Tensor<[number]>): Matrix => [Array.from(data)];

function byTheLibrary(): Quantities {
  const { x, y, W1, b1, W2, b2, rate } = given;
  const nn = new NeuralNetwork({
    inputSize: 2,
    layers: [dense(2, 'tanh'), dense(1, 'sigmoid')],
    loss: 'binaryCrossEntropy',
    precision: 'f64',
  });
  const [first, second] = nn.layers as [(typeof nn.layers)[0], (typeof nn.layers)[0]];
  const set = (w: number): void => {
    first.weights = [[w, -0.3], W1[1] as number[]];
    first.bias = b1.flat();
    second.weights = W2;
    second.bias = b2.flat();
  };
  const h = 1e-4;
  const lossAt = (w: number): number => {
    set(w);
    return nn.backward(x, y).loss;
  };
  const difference = (lossAt(0.5 + h) - lossAt(0.5 - h)) / (2 * h);
  set(0.5);
  const [hidden, output] = nn.forward(x, { layers: true }).layers as [never, never];
  const { z: z1, output: a1 } = hidden as Record<string, Tensor<[number, number]>>;
  const { z: z2, output: a2 } = output as Record<string, Tensor<[number, number]>>;
  const { loss, gradients } = nn.backward(x, y, { layers: true });
  const [g1, g2] = gradients as [(typeof gradients)[0], (typeof gradients)[0]];
  expect(rows(g1.input)).toEqual(x);
  expect(g2.input).toEqual(a1);
  nn.update(gradients, { type: 'sgd', learningRate: rate });
  const A1 = rows(a1 as Tensor<[number, number]>);
  return {
    'Z₁': rows(z1 as Tensor<[number, number]>),
    'A₁': A1,
    'Z₂': rows(z2 as Tensor<[number, number]>),
    'A₂': rows(a2 as Tensor<[number, number]>),
    E: loss,
    'δ₂': rows(g2.delta),
    '∂E/∂W₂': rows(g2.weights),
    '∂E/∂b₂': row(g2.bias),
    '∂E/∂A₁': rows(g2.delta).map(([d]) => W2.map(([w]) => (d as number) * (w as number))),
    'f′(Z₁)': A1.map((values) => values.map((a) => 1 - a * a)),
    'δ₁': rows(g1.delta),
    '∂E/∂W₁': rows(g1.weights),
    '∂E/∂b₁': row(g1.bias),
    'ΔE/Δw': difference,
    'W₁′': rows(first.weights),
    'b₁′': row(first.bias),
    'W₂′': rows(second.weights),
    'b₂′': row(second.bias),
    'E′': nn.backward(x, y).loss,
  };
}

function byHand(): Quantities {
  const { x, y, W1, b1, W2, b2, rate } = given;
  const transpose = (m: Matrix): Matrix => (m[0] as number[]).map((_, j) => m.map((values) => values[j] as number));
  const zip = (a: Matrix, b: Matrix, f: (a: number, b: number) => number): Matrix =>
    a.map((values, i) => values.map((value, j) => f(value, b[i % b.length]?.[j] as number)));
  const times = (a: Matrix, b: Matrix): Matrix =>
    a.map((values) => transpose(b).map((column) => values.reduce((sum, value, k) => sum + value * (column[k] as number), 0)));
  const plus = (a: number, b: number): number => a + b;
  const step = (w: Matrix, g: Matrix): Matrix => zip(w, g, (value, slope) => value - rate * slope);
  const forward = (w1: Matrix, c1: Matrix, w2: Matrix, c2: Matrix) => {
    const Z1 = zip(times(x, w1), c1, plus);
    const A1 = Z1.map((values) => values.map(Math.tanh));
    const Z2 = zip(times(A1, w2), c2, plus);
    const A2 = Z2.map((values) => values.map((z) => 1 / (1 + Math.exp(-z))));
    const terms = zip(A2, y, (p, t) => -t * Math.log(p) - (1 - t) * Math.log(1 - p)).flat();
    return { Z1, A1, Z2, A2, E: terms.reduce(plus, 0) / terms.length };
  };
  const { Z1, A1, Z2, A2, E } = forward(W1, b1, W2, b2);
  const d2 = zip(A2, y, (p, t) => (p - t) / 2);
  const dA1 = times(d2, transpose(W2));
  const slopes = A1.map((values) => values.map((a) => 1 - a * a));
  const d1 = zip(dA1, slopes, (d, slope) => d * slope);
  const ones = [[1, 1]];
  const [dW1, db1, dW2, db2] = [times(transpose(x), d1), times(ones, d1), times(transpose(A1), d2), times(ones, d2)];
  const moved = [step(W1, dW1), step(b1, db1), step(W2, dW2), step(b2, db2)] as const;
  const at = (w: number): number => forward([[w, -0.3], W1[1] as number[]], b1, W2, b2).E;
  return {
    'Z₁': Z1,
    'A₁': A1,
    'Z₂': Z2,
    'A₂': A2,
    E,
    'δ₂': d2,
    '∂E/∂W₂': dW2,
    '∂E/∂b₂': db2,
    '∂E/∂A₁': dA1,
    'f′(Z₁)': slopes,
    'δ₁': d1,
    '∂E/∂W₁': dW1,
    '∂E/∂b₁': db1,
    'ΔE/Δw': (at(0.5 + 1e-4) - at(0.5 - 1e-4)) / 2e-4,
    'W₁′': moved[0],
    'b₁′': moved[1],
    'W₂′': moved[2],
    'b₂′': moved[3],
    'E′': forward(...moved).E,
  };
}

const rounded = (value: Matrix | number): Matrix | number =>
  typeof value === 'number' ? Number(value.toFixed(6)) + 0 : value.map((values) => values.map((number) => Number(number.toFixed(6)) + 0));

describe.each([
  ['the library', byTheLibrary],
  ['a few lines of JavaScript', byHand],
])('%s', (_, compute) => {
  const { x, y, W1, b1, W2, b2 } = given;
  const known: Quantities = { x, y, 'W₁': W1, 'b₁': b1, 'W₂': W2, 'b₂': b2 };

  test('computes every number of the section, in its order', () => {
    const expected = Object.entries({ ...known, ...compute() }).map(([name, value]) => ({ name, value: rounded(value) }));
    expect(written).toEqual(expected);
  });
});
