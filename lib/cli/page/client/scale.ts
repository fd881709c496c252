/** Maps values of an axis to a length, and says where its ticks are. */
export interface Scale {
  at(value: number): number;
  ticks: number[];
  log: boolean;
}

interface Span {
  low: number;
  high: number;
  /** Where on the screen `low` and `high` are. */
  from: number;
  to: number;
}

const nice = [1, 2, 2.5, 5, 10];

/** An axis with about `wanted` ticks at round numbers. */
export function linearScale({ low, high, from, to }: Span, wanted: number): Scale {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (nice.find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  const digits = Math.max(0, Math.ceil(-Math.log10(step)) + 1);
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index++)
    ticks.push(Number((index * step).toFixed(digits)));
  return { at: (value) => from + ((value - low) / span) * (to - from), ticks, log: false };
}

/** An axis of powers of ten; `low` is above 0. */
export function logScale({ low, high, from, to }: Span, wanted: number): Scale {
  const [bottom, top] = [Math.log10(low), Math.log10(high)];
  const span = top - bottom || 1;
  const factors = span <= 1.2 ? [1, 2, 3, 5, 7] : span <= 3 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(span / wanted));
  const ticks: number[] = [];
  for (let power = Math.floor(bottom); power <= Math.ceil(top); power++) {
    if (factors.length === 1 && power % every !== 0) continue;
    for (const factor of factors) {
      const value = Number(`${factor}e${power}`);
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push(value);
    }
  }
  return { at: (value) => from + ((Math.log10(value) - bottom) / span) * (to - from), ticks, log: true };
}

/** The least and the greatest number; undefined if there is none. With `log` only those above 0 count. */
export function extent(
  lists: readonly (readonly (number | null)[] | undefined)[],
  log: boolean,
): { low: number; high: number } | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of lists) {
    for (const value of values ?? []) {
      if (value === null || (log && value <= 0)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low <= high ? { low, high } : undefined;
}
