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
  const target: Target = { kind: 'classes', name: 'y', classes: Array.from({ length: count }, (_, label) => `c${label}`) };
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
  const { accuracy } = figures(judged, { kind: 'classes', name: 'y', classes: ['a', 'b'] });
  const value = accuracy?.value as number;
  const error = Math.sqrt((value * (1 - value)) / rows);
  expect((accuracy?.spread as number) / error).toBeGreaterThan(0.75);
  expect((accuracy?.spread as number) / error).toBeLessThan(1.25);
});

it('weights count', () => {
  const judged = classes(100, 2);
  const weights = Float64Array.from({ length: 100 }, (_, row) => (judged.truth[row] === judged.predicted[row] ? 3 : 1));
  const target: Target = { kind: 'classes', name: 'y', classes: ['a', 'b'] };
  expect(figures({ ...judged, weights }, target).accuracy?.value).toBeGreaterThan(figures(judged, target).accuracy?.value as number);
});
