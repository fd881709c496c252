import type { Cell } from '../data';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A whole number with its thousands apart. */
export function count(value: number): string {
  return whole.format(value);
}

/** A number with four digits or so, without an exponent where it can be helped. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(2).replace('e+', 'e').replace('-', '−');
  const text = size >= 1000 ? whole.format(value) : String(Number(value.toPrecision(4)));
  return text.replace('-', '−');
}

/** A standard error: two digits of it say all. */
export function standardError(value: number): string {
  return short(Number(value.toPrecision(2)));
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** A number beside an axis, where there is little room. */
export function tick(value: number): string {
  return Math.abs(value) >= 10_000 ? compact.format(value).replace('-', '−') : short(value);
}

export function percent(share: number): string {
  const value = 100 * share;
  return `${value !== 0 && Math.abs(value) < 0.1 ? short(Number(value.toPrecision(2))) : value === 100 ? '100' : value.toFixed(value < 10 ? 2 : 1)} %`;
}

export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`
    : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

export function cell(value: Cell): string {
  if (value === null) return '';
  // A year has no comma.
  return typeof value === 'number' && !(Number.isInteger(value) && Math.abs(value) < 10_000) ? short(value) : String(value);
}

/** A metric's name as a heading: words apart, abbreviations in capitals. */
export function titleOf(name: string): string {
  if (/^(mse|mae|rmse|mape|r2|auc|f1)$/i.test(name)) return name.toUpperCase().replace('R2', 'R²');
  if (name === 'rocAuc') return 'ROC AUC';
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
