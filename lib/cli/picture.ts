/*
 * Pictures of characters: no colours and no control sequences, so that they are the same on a terminal, in a file and where NO_COLOR is set.
 */

/** The columns that a line may have: the terminal's, or 80 where the output goes elsewhere. */
export function columns(): number {
  return process.stdout.columns || 80;
}

/** Ink as half blocks: one character is two pixels above each other. `isInk` is asked for each row and column. */
export function halfBlocks(rows: number, width: number, isInk: (row: number, column: number) => boolean): string[] {
  return Array.from({ length: Math.ceil(rows / 2) }, (_, line) =>
    Array.from({ length: width }, (_, column) => {
      const [upper, lower] = [isInk(2 * line, column), 2 * line + 1 < rows && isInk(2 * line + 1, column)];
      return upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    }).join(''),
  );
}

const shades = ' ░▒▓█';

/** The shade of a value from 0, blank, to 1, full. */
export function shade(value: number): string {
  return shades[Math.min(shades.length - 1, Math.max(0, Math.floor(value * shades.length)))] as string;
}
