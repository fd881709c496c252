import { expect, test } from 'vitest';
import { parseNumberBytes } from '../../lib/table/csv/number-bytes';
import { parseNumber } from '../../lib/table/numbers';
import { RandomNumbers } from '../support/random-numbers';

const point = '.'.charCodeAt(0);
const fromBytes = (text: string) => {
  const bytes = Buffer.from(`;${text};`);
  return parseNumberBytes(bytes, 1, bytes.length - 1, point);
};

/** Bit for bit, -0 and 0 are two numbers. */
function check(text: string): void {
  const value = Number(text);
  const expected = Number.isFinite(value) ? value : NaN;
  if (!Object.is(fromBytes(text), expected)) expect.fail(`${text}: ${fromBytes(text)}, not ${expected}`);
  if (!Object.is(parseNumber(text, '.'), expected)) expect.fail(`${text}: ${parseNumber(text, '.')}, not ${expected}`);
}

test('numbers are what Number makes of their text', () => {
  const random = new RandomNumbers(1);
  for (let trial = 0; trial < 60_000; trial++) {
    const value = random.next() * random.next();
    check(String(value));
    check(String(-value * 10 ** (random.below(60) - 30)));
    check((value * 1e5).toFixed(random.below(20)));
    check((value * 10 ** random.below(300)).toExponential(random.below(20)));
  }
});

test('digits of any number, with the point anywhere', () => {
  const random = new RandomNumbers(2);
  for (let trial = 0; trial < 60_000; trial++) {
    const digits = Array.from({ length: 1 + random.below(34) }, () => random.below(10)).join('');
    const at = random.below(digits.length);
    check(digits);
    check(`${digits.slice(0, at)}.${digits.slice(at)}`);
    check(`+${digits}e${random.below(700) - 350}`);
  }
});

test('halves between two doubles', () => {
  const random = new RandomNumbers(3);
  for (let trial = 0; trial < 20_000; trial++) {
    const odd = 2n * BigInt(2 ** 52 + random.below(2 ** 30) * 2 ** 20) + 1n;
    check(String(odd));
    check(`${odd}.0000`);
    check(`${odd}000e-3`);
    check(`${odd}.00000001`);
  }
});

test.each([
  '0',
  '-0',
  '-0.0',
  '5.',
  '.5',
  '-.5',
  '1e5',
  '1E-5',
  '1e+5',
  '007',
  '9007199254740993',
  '5e-324',
  '2e-324',
  '1e309',
  '1e99999999999',
])('%s', check);

test.each(['', '.', '-', '+', 'e5', '1e', '1e+', '1.2.3', '1,5', '0x10', '1_000', 'Infinity', 'NaN', '1 2', '--1', '1-', '١', '1f', '.e1'])(
  '%j is not a number',
  (text) => {
    expect(fromBytes(text)).toBeNaN();
    expect(parseNumber(text, '.')).toBeNaN();
  },
);

test('with a decimal comma', () => {
  const bytes = Buffer.from('-1234567890123456,25e-3');
  expect(parseNumberBytes(bytes, 0, bytes.length, ','.charCodeAt(0))).toBe(Number('-1234567890123456.25e-3'));
  expect(parseNumber('-1234567890123456,25e-3', ',')).toBe(Number('-1234567890123456.25e-3'));
  expect(parseNumber('1.5', ',')).toBeNaN();
});
