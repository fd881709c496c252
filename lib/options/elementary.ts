/*
 * Powers, logarithms and cosines by additions and multiplications alone: the same bits in every engine, where `**` and `Math.cos` may differ.
 * The error is at most about two units in the last place.
 */

/** A number as the unevaluated sum of two: about 106 bits. */
type Pair = readonly [high: number, low: number];

/** The product of two numbers, exactly (Dekker 1971), while nothing overflows or underflows. */
function product(a: number, b: number): Pair {
  const high = a * b;
  const [aHigh, aLow] = halves(a);
  const [bHigh, bLow] = halves(b);
  return [high, aHigh * bHigh - high + aHigh * bLow + aLow * bHigh + aLow * bLow];
}

/** A number as two of 26 bits each. */
function halves(a: number): Pair {
  const scaled = 134_217_729 * a;
  const high = scaled - (scaled - a);
  return [high, a - high];
}

function times([a, aLow]: Pair, [b, bLow]: Pair): Pair {
  const [high, low] = product(a, b);
  const rest = low + (a * bLow + aLow * b);
  const sum = high + rest;
  return [sum, rest - (sum - high)];
}

/** `base` to a whole power of 0 or more, by squaring in pairs: rounded once. */
function wholePower(base: number, exponent: number): number {
  let result: Pair = [1, 0];
  let square: Pair = [base, 0];
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = times(result, square);
    if (rest > 1) square = times(square, square);
  }
  return result[0] + result[1];
}

/** Powers beyond this are exact in no schedule: a pair's parts would underflow. */
const smallestPower = 1e-290;

/** `base ^ exponent` for a base of 0 or more and an exponent of 0 or more. */
export function power(base: number, exponent: number): number {
  if (exponent === 0 || base === 1) return 1;
  if (base === 0) return 0;
  const whole = Math.floor(exponent);
  const estimate = whole * log2(base);
  if (estimate < -960 || estimate > 1020) return estimate < 0 ? 0 : Infinity;
  const power = wholePower(base, whole);
  const fraction = exponent - whole;
  const result = fraction === 0 ? power : power * fractionalPower(base, fraction);
  return result < smallestPower ? 0 : result;
}

/** `base ^ fraction` for a fraction from 0 to below 1, as `2 ^ (fraction * log2(base))`; the whole part of the logarithm is exact. */
function fractionalPower(base: number, fraction: number): number {
  const { mantissa, exponent } = parts(base);
  const [high, low] = product(exponent, fraction);
  const whole = Math.floor(high + 0.5);
  return scaled(exp2(high - whole + (low + fraction * log2OfMantissa(mantissa))), whole);
}

/** The parts of a number above 0: `mantissa * 2 ^ exponent`, where the mantissa is from sqrt(1/2) to sqrt(2). */
function parts(value: number): { mantissa: number; exponent: number } {
  let mantissa = value;
  let exponent = 0;
  for (; mantissa > Math.SQRT2; exponent++) mantissa /= 2;
  for (; mantissa < Math.SQRT1_2; exponent--) mantissa *= 2;
  return { mantissa, exponent };
}

/** `value * 2 ^ exponent`. */
function scaled(value: number, exponent: number): number {
  let result = value;
  for (let i = exponent; i > 0; i--) result *= 2;
  for (let i = exponent; i < 0; i++) result /= 2;
  return result;
}

/** The binary logarithm of a number above 0. */
export function log2(value: number): number {
  const { mantissa, exponent } = parts(value);
  return exponent + log2OfMantissa(mantissa);
}

/** `2 / ln 2` times the series of the inverse hyperbolic tangent. */
function log2OfMantissa(mantissa: number): number {
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let odd = 25; odd >= 3; odd -= 2) sum = sum * square + 1 / odd;
  return (2 * (s + s * square * sum)) / Math.LN2;
}

/** `2 ^ x` for x from -1 to 1, by the series of the exponential function. */
function exp2(x: number): number {
  const y = x * Math.LN2;
  let sum = 1;
  for (let n = 18; n >= 1; n--) sum = 1 + (sum * y) / n;
  return sum;
}

/** `cos(pi * x)` for x of 0 or more; exact at every multiple of one half. */
export function cosPi(x: number): number {
  const turn = x - 2 * Math.floor(x / 2);
  const half = turn > 1 ? 2 - turn : turn;
  const [sign, angle] = half > 0.5 ? [-1, 1 - half] : [1, half];
  return sign * (angle > 0.25 ? sine(Math.PI * (0.5 - angle)) : cosine(Math.PI * angle));
}

/** For angles from 0 to pi / 4. */
function cosine(angle: number): number {
  const square = angle * angle;
  let sum = 1;
  for (let n = 18; n >= 2; n -= 2) sum = 1 - (sum * square) / (n * (n - 1));
  return sum;
}

function sine(angle: number): number {
  const square = angle * angle;
  let sum = 1;
  for (let n = 19; n >= 3; n -= 2) sum = 1 - (sum * square) / (n * (n - 1));
  return angle * sum;
}
