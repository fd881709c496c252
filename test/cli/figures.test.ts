import { expect, test } from 'vitest';
import { resultOfReport } from '../../lib/cli/page/from-report';
import { figureText, spreadNote } from '../../lib/cli/train/figures';
import { classesReport } from '../support/report';

const perfect = { value: 1, spread: null, bound: 0.9575 };

test.each([
  [{ value: 0.98551, spread: 0.01453 }, '0.9855 ± 0.015'],
  [perfect, '1 (≥ 0.9575)'],
  [{ value: 0, spread: null, bound: 0.0425 }, '0 (≤ 0.0425)'],
  [{ value: 0.5, spread: null }, '0.5'],
  [{ value: null, spread: null }, '-'],
  [undefined, '-'],
])('%j is read as %s', (figure, expected) => {
  expect(figureText(figure)).toBe(expected);
});

test('signs are explained where they occur', () => {
  const plain = { accuracy: { value: 0.9, spread: 0.1 } };
  expect(spreadNote(plain)).toBe('± is a standard error');
  expect(spreadNote(plain, { accuracy: perfect })).toBe('± is a standard error, ≥ a bound with 95 % confidence');
});

test('the page has the bound in the place of a spread', () => {
  const { metrics, from } = resultOfReport({ ...classesReport, metrics: { ...classesReport.metrics, accuracy: perfect } });
  expect(metrics?.[0]).toMatchObject({ name: 'accuracy', value: 1, bound: '≥ 0.9575' });
  expect(metrics?.[0]).not.toHaveProperty('spread');
  expect(from).toMatch(/≥ a bound with 95 % confidence\.$/);
});
