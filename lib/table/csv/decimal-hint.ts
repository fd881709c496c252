import type { Column } from '../column';

const number = /^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+$/;

/** A note about columns whose texts would be numbers with a decimal comma. */
export function decimalHint(columns: readonly Column[], decimal: '.' | ',' | undefined): string[] {
  if (decimal === ',') return [];
  const names = columns.filter(hasCommas).map(({ name }) => JSON.stringify(name));
  if (names.length === 0) return [];
  const [shown, more] = [names.slice(0, 5).join(', '), names.length > 5 ? ` and ${names.length - 5} more` : ''];
  return [`${shown}${more}: numbers with a decimal comma, with the option decimal: ','`];
}

function hasCommas(column: Column): boolean {
  if (column.type === 'category') {
    const { categories } = column;
    return categories.some((text) => number.test(text)) && categories.every((text) => number.test(text) || /^[+-]?\d+$/.test(text));
  }
  return (column.type === 'text' || column.type === 'id') && column.values === undefined && number.test(column.example);
}
