import { powersOfTen, quotient } from './wide-numbers';

/** The value of bytes that do not make a number. */
const none = Number.NaN;
const zero = 0x30;
const nine = 0x39;

/** Digits that a double holds exactly, whatever they are. */
const exactDigits = 15;

/**
 * The number in a cell, exactly as `Number` reads its text; NaN for anything that `parseNumber` refuses. `mark` is the byte of the decimal mark.
 *
 * Up to 15 digits are a whole number without rounding, and powers of ten up to 22 are exact: their product or quotient is rounded once,
 * which is correct (Clinger, How to read floating point numbers accurately). Up to 30 digits are computed in twice the precision.
 */
export function parseNumberBytes(bytes: Uint8Array, start: number, end: number, mark: number): number {
  const first = bytes[start] as number;
  const begin = first === 0x2d || first === 0x2b ? start + 1 : start;
  // Most cells are digits with a point at most: this loop is the general one below without what they do not need.
  if (end - begin <= exactDigits) {
    let whole = 0;
    let point = -1;
    let at = begin;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= zero && byte <= nine) whole = 10 * whole + (byte - zero);
      else if (byte === mark && point < 0) point = at;
      else break;
    }
    if (at === end && end - begin > (point < 0 ? 0 : 1)) {
      const magnitude = point < 0 ? whole : whole / (powersOfTen[end - 1 - point] as number);
      return first === 0x2d ? -magnitude : magnitude;
    }
  }
  return parseLong(bytes, begin, end, mark, first === 0x2d);
}

function parseLong(bytes: Uint8Array, begin: number, end: number, mark: number, isNegative: boolean): number {
  let at = begin;
  let high = 0;
  let low = 0;
  let digits = 0;
  let seen = 0;
  let fraction = 0;
  let inFraction = false;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    const digit = byte - zero;
    if (digit >= 0 && digit <= 9) {
      seen++;
      if (inFraction) fraction++;
      if (digits < exactDigits) high = 10 * high + digit;
      else low = 10 * low + digit;
      if (digits > 0 || digit > 0) digits++;
    } else if (byte === mark && !inFraction) inFraction = true;
    else break;
  }
  if (seen === 0) return none;
  let exponent = -fraction;
  if (at < end) {
    const byte = bytes[at] as number;
    if (byte !== 0x65 && byte !== 0x45) return none;
    at++;
    const sign = bytes[at] as number;
    if (at < end && (sign === 0x2d || sign === 0x2b)) at++;
    if (at >= end) return none;
    let value = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] as number) - zero;
      if (digit < 0 || digit > 9) return none;
      if (value < 10_000) value = 10 * value + digit;
    }
    exponent += sign === 0x2d ? -value : value;
  }
  const magnitude =
    digits <= exactDigits ? scaled(high, exponent) : digits <= 30 ? quotient(high, low, digits - exactDigits, exponent) : none;
  if (Number.isNaN(magnitude)) return slowly(bytes, begin, end, mark, isNegative);
  return isNegative ? -magnitude : magnitude;
}

/** `whole * 10^exponent`, or NaN if that takes more than one rounding. */
function scaled(whole: number, exponent: number): number {
  if (exponent === 0) return whole;
  if (exponent < 0) return exponent >= -22 ? whole / (powersOfTen[-exponent] as number) : none;
  return exponent <= 22 ? whole * (powersOfTen[exponent] as number) : none;
}

function slowly(bytes: Uint8Array, begin: number, end: number, mark: number, isNegative: boolean): number {
  let text = isNegative ? '-' : '';
  for (let at = begin; at < end; at++) text += bytes[at] === mark ? '.' : String.fromCharCode(bytes[at] as number);
  const value = Number(text);
  return Number.isFinite(value) ? value : none;
}
