import { padded, shortened, visible, widthOf } from './terminal-text';

/*
 * Lines of the command line's reports: a name, and what there is to say about it.
 */

const nameWidth = 15;

/** `target         species: 3 classes`; further lines have no name. */
export function entry(name: string, ...lines: readonly string[]): string {
  return lines.map((line, index) => `${(index === 0 ? name : '').padEnd(nameWidth)}${visible(line)}`.trimEnd()).join('\n');
}

export const count = (value: number): string => value.toLocaleString('en');

/** `1 row`, `2 rows`. */
export const counted = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? '' : noun.endsWith('s') ? 'es' : 's'}`;

/** The first texts, and how many more there are. */
export function some(texts: readonly string[], most: number): string {
  const first = texts
    .slice(0, most)
    .map((text) => shortened(text))
    .join(', ');
  return texts.length <= most ? first : `${first} and ${count(texts.length - most)} more`;
}

/** A number with four digits. */
export function short(value: number): string {
  const digits = 4;
  return Math.abs(value) >= 10 ** digits ? count(Math.round(value)) : String(Number(value.toPrecision(digits)));
}

/** Rows of cells as lines: the first column to the left, and the others to the right or the left. */
export function grid(rows: readonly (readonly string[])[], others: 'right' | 'left' = 'right'): string[] {
  const cells = rows.map((row) => row.map(visible));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ''))));
  return cells.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0, column === 0 || others === 'left' ? 'right' : 'left'))
      .join('   ')
      .trimEnd(),
  );
}

/** How this program was started, for lines that say what to run next. */
export const program = (): string => (process.env.npm_command !== undefined ? 'npx chainrule' : 'chainrule');

/** A word of a command line, in quotes where a shell needs them. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
