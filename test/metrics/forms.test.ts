import { expect, it } from 'vitest';
import { dense, metrics, NeuralNetwork, toClasses } from '../../lib';
import { atOnce } from '../../lib/event-loop';
import { exp, log } from '../../lib/metrics/elementary';
import { measuring } from '../../lib/metrics/formulas';
import { orderOf } from '../../lib/metrics/ordering';
import { metricNames } from '../../lib/options';
import { permuting } from '../../lib/splits/permutation';

it('every metric is a function', () => {
  expect(
    Object.keys(metrics)
      .filter((name) => name !== 'confusionMatrix')
      .sort(),
  ).toEqual([...metricNames].sort());
});

it('classes and numbers come as arrays, typed arrays and tensors', () => {
  const wanted = metrics.f1([0, 1, 1, 0], [0, 1, 0, 0]);
  expect(wanted).toBeCloseTo(2 / 3, 15);
  expect(metrics.f1(Uint8Array.of(0, 1, 1, 0), Int32Array.of(0, 1, 0, 0))).toBe(wanted);
  expect(metrics.f1({ data: Float32Array.of(0, 1, 1, 0), shape: [4] }, { data: [0, 1, 0, 0], shape: [4, 1] })).toBe(wanted);
  expect(metrics.f1([[0], [1], [1], [0]], [[0], [1], [0], [0]])).toBe(wanted);
  expect(metrics.mae([1, 2], Float32Array.of(1.5, 2))).toBe(0.25);
  expect(metrics.mae([[1], [2]], { data: Float64Array.of(1.5, 2), shape: [2, 1] })).toBe(0.25);
  expect(metrics.mse([[1, 2]], { data: [1, 4], shape: [1, 2] })).toBe(2);
});

it('classes may have names, and figures of each are in the order of the labels', () => {
  const [actual, predicted] = [
    ['b', 'a', 'b'],
    ['b', 'b', 'b'],
  ];
  expect(metrics.recall(actual, predicted, { average: 'none' })).toEqual([0, 1]);
  expect(metrics.recall(actual, predicted, { average: 'none', labels: ['b', 'a'] })).toEqual([1, 0]);
  expect(metrics.recall(actual, predicted, { positive: 'b' })).toBe(1);
});

it('predictions of a network are scores and probabilities', () => {
  const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'softmax')] });
  const out = nn.predict([
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  expect(metrics.logLoss([0, 1, 2], out)).toBeGreaterThan(0);
  expect(metrics.topKAccuracy([0, 1, 2], out, { k: 3 })).toBe(1);
  expect(metrics.topKAccuracy([0, 1, 2], out, { k: 1 })).toBe(metrics.accuracy([0, 1, 2], toClasses(out)));
});

it('with two columns, areas are of the second', () => {
  const actual = [0, 1, 1, 0, 1];
  const second = [0.2, 0.6, 0.4, 0.5, 0.9];
  const both = second.map((p) => [1 - p, p]);
  expect(metrics.rocAuc(actual, both)).toBe(metrics.rocAuc(actual, second));
  expect(metrics.prAuc(actual, both)).toBe(metrics.prAuc(actual, second));
  expect(metrics.brier(actual, both)).toBe(metrics.brier(actual, second));
});

it('orders numbers as a stable sort does', () => {
  const special = [0, -0, 1, -1, Infinity, -Infinity, 5e-324, -5e-324, 1e308, 0.1, 0.1];
  for (const length of [0, 1, 2, 3, 255, 256, 257, 70_000]) {
    const values = Array.from({ length }, (_, i) =>
      i < special.length ? (special[i] as number) : Math.sin(i * 7919) * 10 ** ((i * 31) % 9),
    );
    for (const list of [values, Float32Array.from(values), values.map((value) => (Number.isFinite(value) ? Math.round(value) % 7 : 0))]) {
      const wanted = Array.from(list.keys()).sort((a, b) => (list[a] as number) - (list[b] as number) || a - b);
      // Infinity - Infinity is NaN, which counts as equal: the index decides.
      const found = atOnce(orderOf(list));
      expect(wanted.findIndex((index, at) => found[at] !== index)).toBe(-1);
    }
  }
});

it('logarithm and exponential are within a unit in the last place of the engine', () => {
  for (let i = 1; i < 4000; i++) {
    const x = Math.sin(i * 12.9898) * 10 ** ((i % 16) - 13);
    expect(Math.abs(exp(x) - Math.exp(x))).toBeLessThanOrEqual(2 ** -52 * Math.exp(x));
    const wanted = Math.log(Math.abs(x));
    expect(Math.abs(log(Math.abs(x)) - wanted)).toBeLessThanOrEqual(2 ** -52 * Math.abs(wanted));
  }
  expect([log(0), log(1), log(Infinity), exp(-1000), exp(1000), exp(0)]).toEqual([-Infinity, 0, Infinity, 0, Infinity, 1]);
  expect(log(5e-324)).toBeCloseTo(Math.log(5e-324), 10);
  expect(exp(-745)).toBe(Math.exp(-745));
  expect(log(-1)).toBeNaN();
});

it('work on many rows is in pieces', () => {
  const rows = 200_000;
  const scores = Float64Array.from({ length: rows }, (_, i) => Math.sin(i));
  const pairs = { kind: 'scores', actual: scores.map((score) => Number(score > 0.1)), scores, rows, columns: 1 } as const;
  let pieces = 0;
  for (const _ of measuring('rocAuc', { ...pairs, independent: false, weights: undefined }, {})) pieces++;
  expect(pieces).toBeGreaterThan(rows / 2 ** 13);
  let places = 0;
  for (const _ of permuting(rows, 1, 2)) places++;
  expect(places).toBeGreaterThan(rows / 2 ** 13);
});
