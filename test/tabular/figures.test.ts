import { expect, it } from 'vitest';
import { metrics } from '../../lib';
import { atOnce } from '../../lib/event-loop';
import { figureNames, type Judged, measuringFigures } from '../../lib/tabular/figures';
import type { Target } from '../../lib/tabular/target';
import { RandomNumbers } from '../support/random-numbers';

const random = new RandomNumbers(7);
const figures = (judged: Judged, target: Target) => atOnce(measuringFigures(judged, target, figureNames[target.kind], 3));

function classes(rows: number, count: number): Judged {
  const truth = Int32Array.from({ length: rows }, () => random.below(count));
  const probabilities = new Float64Array(rows * count);
  const predicted = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const values = Array.from({ length: count }, (_, label) => random.between(0.01, 1) + (label === truth[row] ? 0.3 : 0));
    const sum = values.reduce((total, value) => total + value);
    probabilities.set(
      values.map((value) => value / sum),
      row * count,
    );
    predicted[row] = values.indexOf(Math.max(...values));
  }
  return { truth, predicted, probabilities };
}

it.each([2, 3, 5])("values of %i classes are those of the library's metrics", (count) => {
  const judged = classes(400, count);
  const target: Target = { kind: 'classes', name: 'y', classes: Array.from({ length: count }, (_, label) => `c${label}`), counts: [] };
  const found = figures(judged, target);
  const [truth, predicted] = [[...judged.truth], [...judged.predicted]];
  const scores = { data: judged.probabilities as Float64Array, shape: [400, count] };
  const second = truth.map((_, row) => judged.probabilities?.[row * count + 1] as number);
  expect(found.accuracy?.value).toBeCloseTo(metrics.accuracy(truth, predicted), 12);
  expect(found.balancedAccuracy?.value).toBeCloseTo(metrics.balancedAccuracy(truth, predicted), 12);
  expect(found.f1?.value).toBeCloseTo(metrics.f1(truth, predicted), 12);
  expect(found.rocAuc?.value).toBeCloseTo(count === 2 ? metrics.rocAuc(truth, second) : metrics.rocAuc(truth, scores), 12);
  expect(found.logLoss?.value).toBeCloseTo(metrics.logLoss(truth, scores), 12);
});

it('values of numbers, too', () => {
  const truth = Float64Array.from({ length: 300 }, () => random.between(-5, 5));
  const predicted = truth.map((value) => value + random.between(-1, 1));
  const found = figures({ truth, predicted }, { kind: 'regression', name: 'y', mean: 0, deviation: 1, min: -9, max: 9 });
  for (const name of ['rmse', 'mae', 'r2'] as const) expect(found[name]?.value).toBeCloseTo(metrics[name](truth, predicted), 12);
});

it.each([200, 1500, 9000])('the spread of accuracy over %i rows is its standard error', (rows) => {
  const judged = classes(rows, 2);
  const { accuracy } = figures(judged, { kind: 'classes', name: 'y', classes: ['a', 'b'], counts: [] });
  const value = accuracy?.value as number;
  const error = Math.sqrt((value * (1 - value)) / rows);
  expect((accuracy?.spread as number) / error).toBeGreaterThan(0.75);
  expect((accuracy?.spread as number) / error).toBeLessThan(1.25);
});

it('weights count', () => {
  const judged = classes(100, 2);
  const weights = Float64Array.from({ length: 100 }, (_, row) => (judged.truth[row] === judged.predicted[row] ? 3 : 1));
  const target: Target = { kind: 'classes', name: 'y', classes: ['a', 'b'], counts: [] };
  expect(figures({ ...judged, weights }, target).accuracy?.value).toBeGreaterThan(figures(judged, target).accuracy?.value as number);
});

const twoClasses: Target = { kind: 'classes', name: 'y', classes: ['a', 'b'], counts: [] };
/** Predictions of the true class, but for the first few rows. */
function nearly(rows: number, wrong: number): Judged {
  const truth = Int32Array.from({ length: rows }, (_, row) => row % 2);
  const predicted = truth.map((label, row) => (row < wrong ? 1 - label : label));
  const probabilities = new Float64Array(2 * rows);
  for (const [row, label] of predicted.entries()) probabilities.set(label === 1 ? [0.1, 0.9] : [0.9, 0.1], 2 * row);
  return { truth, predicted, probabilities };
}

it('where all rows are right or all are wrong, accuracy has a bound in the place of a spread', () => {
  const found = figures(nearly(60, 0), twoClasses);
  expect(found.accuracy).toEqual({ value: 1, spread: null, bound: 0.05 ** (1 / 60) });
  expect(found.accuracy?.bound, 'about the rule of three').toBeCloseTo(1 - 3 / 60, 2);
  expect(found).toMatchObject({ f1: { value: 1, spread: null }, balancedAccuracy: { value: 1, spread: null } });
  expect(figures(nearly(60, 60), twoClasses).accuracy).toEqual({ value: 0, spread: null, bound: 1 - 0.05 ** (1 / 60) });
  const almost = figures(nearly(60, 1), twoClasses).accuracy;
  expect(almost?.bound).toBeUndefined();
  expect(almost?.spread).toBeGreaterThan(0.01);
  expect(figures(nearly(1, 0), twoClasses).accuracy).toEqual({ value: 1, spread: null, bound: 0.05 });
});

it('rows that hardly count make a bound no closer', () => {
  const weights = Float64Array.from({ length: 60 }, (_, row) => (row < 20 ? 1 : 1e-9));
  const { accuracy } = figures({ ...nearly(60, 0), weights }, twoClasses);
  expect(accuracy?.bound).toBeCloseTo(0.05 ** (1 / 20), 6);
});
