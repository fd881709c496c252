import { describe, expect, test } from 'vitest';
import { cosPi, log2, power } from '../../lib/options/elementary';
import { RandomNumbers } from '../support/random-numbers';

// Against the engine's own functions, which are good to about one unit in the last place themselves.

const random = new RandomNumbers(5);
const many = <T>(make: () => T): T[] => Array.from({ length: 4000 }, make);
const epsilon = 2 ** -52;
const relative = (value: number, wanted: number): number => (value === wanted ? 0 : Math.abs(value - wanted) / Math.abs(wanted));

describe('power', () => {
  test('whole exponents are those of the engine, but for the last bit of few', () => {
    let others = 0;
    for (let i = 0; i < 4000; i++) {
      const [base, exponent] = [random.next() * 1.5, Math.floor(random.next() * 60)];
      const error = relative(power(base, exponent), base ** exponent);
      expect(error, `${base} ** ${exponent}`).toBeLessThanOrEqual(base ** exponent < 1e-290 ? 1 : epsilon);
      others += Number(error > 0);
    }
    expect(others).toBeLessThan(400);
  });

  test('other exponents are good to four units', () => {
    for (const [base, exponent] of many(() => [random.next(), random.next() * 9] as const)) {
      expect(relative(power(base, exponent), base ** exponent), `${base} ** ${exponent}`).toBeLessThan(4 * epsilon);
    }
    for (const base of [1e-300, 3e-7, 1e9, 1e300]) expect(relative(power(base, 0.37), base ** 0.37)).toBeLessThan(4 * epsilon);
  });

  test.each([
    [0, 0, 1],
    [0, 2, 0],
    [1, 1e9, 1],
    [0.1, 1, 0.1],
    [0.25, 0.5, 0.5],
    [0.5, 5000, 0],
    [2, 5000, Infinity],
    [0.1, 2 ** 31, 0],
  ])('%f ^ %f is %f', (base, exponent, wanted) => expect(power(base, exponent)).toBe(wanted));
});

test('cosPi', () => {
  for (const x of many(() => random.next() * 12)) expect(Math.abs(cosPi(x) - Math.cos(Math.PI * x))).toBeLessThan(12 * epsilon * (1 + x));
  for (const x of many(() => random.next() / 2)) expect(Math.abs(cosPi(x) - Math.cos(Math.PI * x))).toBeLessThan(2 * epsilon);
  expect([0, 0.5, 1, 1.5, 2, 2.5, 3, 7.5].map(cosPi)).toEqual([1, 0, -1, -0, 1, 0, -1, 0].map((value) => expect.closeTo(value, 30)));
});

test('log2', () => {
  for (const value of many(() => 2 ** (random.next() * 40 - 20))) {
    expect(Math.abs(log2(value) - Math.log2(value))).toBeLessThanOrEqual(2 * epsilon * Math.max(Math.abs(Math.log2(value)), 1e-3));
  }
  expect([1, 2, 8, 0.25, 2 ** -1074].map(log2)).toEqual([0, 1, 3, -2, -1074]);
});
