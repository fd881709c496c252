/** A decimal number as files have it. `Number` takes more, among it hexadecimal numbers, spaces and `Infinity`. */
const point = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const comma = /^[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?$/;

/** The number that a text stands for; NaN for anything else, also for one beyond the largest number. */
export function parseNumber(text: string, decimal: '.' | ','): number {
  if (!(decimal === ',' ? comma : point).test(text)) return NaN;
  const value = Number(decimal === ',' ? text.replace(',', '.') : text);
  return Number.isFinite(value) ? value : NaN;
}

/** Whether a text is a whole number with a zero in front, as codes have it: `01234`. */
export const isPadded = (text: string): boolean => /^0\d+$/.test(text);
