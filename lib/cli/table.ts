/** Rows of cells as lines, each column as wide as its widest cell, aligned to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('   ')).join('\n');
}

/** Four digits, as in the published table. */
export function fixed(value: number): string {
  return value.toFixed(4);
}

/** The same with a sign; nothing that rounds to zero has one. */
export function signed(value: number): string {
  const text = fixed(value);
  if (Number(text) === 0) return fixed(0);
  return value > 0 ? `+${text}` : text;
}
