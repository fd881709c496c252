import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest';
import { metrics } from '../../lib';

// A metric that is not defined on the data is NaN, with one warning that says why.

let emit: MockInstance<typeof process.emitWarning>;
beforeEach(() => {
  emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => emit.mockRestore());

const scores = [0.1, 0.4, 0.9];
const three = [
  [0.8, 0.1, 0.1],
  [0.1, 0.8, 0.1],
  [0.3, 0.6, 0.1],
];

it.each<[string, () => number, string]>([
  ['rocAuc', () => metrics.rocAuc([1, 1, 1], scores), 'there are no other classes than class 1'],
  ['rocAuc', () => metrics.rocAuc([0, 1, 1], three), 'there are no samples of class 2'],
  ['prAuc', () => metrics.prAuc([0, 0, 0], scores), 'there are no samples of class 1'],
  ['mcc', () => metrics.mcc([1, 1], [1, 1]), 'there is one class only'],
  ['mcc', () => metrics.mcc([0, 1], [1, 1]), 'one class only is predicted'],
  ['cohenKappa', () => metrics.cohenKappa([1, 1], [1, 1]), 'one class only occurs and is predicted'],
  ['balancedAccuracy', () => metrics.balancedAccuracy([1, 1], [1, 1], { adjusted: true }), 'there is one class only'],
  ['precision', () => metrics.precision([0, 1], [0, 0]), 'class 1 is never predicted'],
  ['recall', () => metrics.recall([0, 0], [0, 1]), 'class 1 does not occur'],
  ['f1', () => metrics.f1([0, 0], [0, 0]), 'class 1 neither occurs nor is predicted'],
  ['r2', () => metrics.r2([0.1, 0.1, 0.1], [0.1, 0.2, 0.3]), 'the targets are constant'],
  ['r2', () => metrics.r2([1], [1]), 'there is one sample only'],
  ['poissonDeviance', () => metrics.poissonDeviance([1, 0], [1, 0]), 'it needs targets of 0 or more and predictions above 0'],
  ['gammaDeviance', () => metrics.gammaDeviance([1, 0], [1, 1]), 'it needs targets and predictions above 0'],
])('%s, case %#', (name, call, reason) => {
  expect(call()).toBeNaN();
  expect(emit.mock.calls).toEqual([
    [`the metric ${name} is not defined on these data: ${reason}`, { type: 'ChainruleWarning', code: 'WARN_CHAINRULE_METRIC' }],
  ]);
});

it('an average counts a class that is never predicted as 0, and says so', () => {
  expect(metrics.precision([0, 1, 2], [0, 1, 1], { average: 'macro' })).toBeCloseTo(0.5, 15);
  expect(emit.mock.calls.map(([message]) => message)).toEqual([
    'the metric precision is not defined on these data: class 2 is never predicted, and counts as 0',
  ]);
  expect(metrics.precision([0, 1, 2], [0, 1, 1], { average: 'none' })).toEqual([1, 0.5, Number.NaN]);
});

it('zeroDivision says what it is, without a warning', () => {
  expect(metrics.precision([0, 1], [0, 0], { zeroDivision: 1 })).toBe(1);
  expect(metrics.precision([0, 1, 2], [0, 1, 1], { average: 'macro', zeroDivision: Number.NaN })).toBe(0.75);
  expect(metrics.recall([0, 0], [0, 0], { zeroDivision: Number.NaN })).toBeNaN();
  expect(emit).not.toHaveBeenCalled();
});

it('what is defined with one class only is a number', () => {
  expect(metrics.accuracy([1, 1], [1, 0])).toBe(0.5);
  expect(metrics.logLoss([1, 1], [0.5, 0.5])).toBeCloseTo(Math.LN2, 15);
  expect(metrics.logLoss([0, 0, 0], three)).toBeGreaterThan(0);
  expect(metrics.balancedAccuracy([1, 1], [1, 0])).toBe(0.5);
  expect(emit).not.toHaveBeenCalled();
});
