/** Powers of ten that doubles hold exactly. */
export const powersOfTen: Float64Array = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** 2^27 + 1 splits a double into two halves whose products are exact (Dekker). */
const splitter = 134_217_729;

/** The rounding error of the product `a * b`. */
function productError(a: number, b: number, product: number): number {
  const aScaled = splitter * a;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = splitter * b;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/**
 * `(high * 10^lowDigits + low) * 10^exponent` for an exponent from -22 to 0, correctly rounded. NaN where twice the precision of a double does
 * not tell how to round, and for other exponents.
 */
export function quotient(high: number, low: number, lowDigits: number, exponent: number): number {
  if (exponent > 0 || exponent < -22) return Number.NaN;
  const shift = powersOfTen[lowDigits] as number;
  const shifted = high * shift;
  const sum = shifted + low;
  // The part of `low` that the sum lost: the larger of the two is `shifted`.
  const rest = low - (sum - shifted) + productError(high, shift, shifted);
  const divisor = powersOfTen[-exponent] as number;
  const first = sum / divisor;
  const back = first * divisor;
  const second = (sum - back - productError(first, divisor, back) + rest) / divisor;
  // The error of `second` is far below this; if it makes no difference to the rounding, the rounding is correct.
  const doubt = Math.abs(second) * 2 ** -40;
  const value = first + (second + doubt);
  return value === first + (second - doubt) ? value : Number.NaN;
}
