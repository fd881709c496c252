/*
 * Numbers in warnings.
 */

/** With three digits. */
export const short = (value: number): string => String(Number(value.toPrecision(3)));

/** The first ten of them. */
export function list(values: readonly (number | string)[]): string {
  const shown = values.slice(0, 10).join(', ');
  return values.length > 10 ? `${shown} and ${values.length - 10} more` : shown;
}
