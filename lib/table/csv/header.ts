import { parseDate } from '../dates';
import { MissingMarkers } from '../missing';
import { parseNumber } from '../numbers';

const markers = new MissingMarkers();

const isValue = (text: string): boolean =>
  !Number.isNaN(parseNumber(text, '.')) || !Number.isNaN(parseNumber(text, ',')) || !Number.isNaN(parseDate(text));

/** Whether the first of some records has names of columns rather than values. */
export function looksLikeHeader([first, ...others]: readonly (readonly string[])[]): boolean {
  if (first === undefined || first.every((text) => markers.has(text))) return false;
  const rows = others.filter((row) => row.length === first.length);
  const cellsOf = (column: number) => rows.map((row) => row[column] as string).filter((text) => !markers.has(text));
  // A text over values names them.
  const isName = (title: string, column: number) => {
    if (isValue(title) || markers.has(title)) return false;
    const cells = cellsOf(column);
    return cells.length > 0 && cells.every(isValue);
  };
  if (first.some(isName)) return true;
  const values = first.filter(isValue);
  if (values.length > 0) return areCounted(values);
  // No value anywhere: names differ from each other and from the cells below them.
  if (new Set(first).size < first.length) return false;
  return !first.some((title, column) => cellsOf(column).includes(title));
}

/** Names like 0, 1, 2 … or 1990, 1991 … */
const areCounted = (texts: readonly string[]): boolean =>
  texts.length > 2 && texts.every((text, index) => Number.isInteger(Number(text)) && Number(text) === Number(texts[0]) + index);
