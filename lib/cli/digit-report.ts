import type { Digit } from './digit-data';
import { side } from './drawn-digits';
import { halfBlocks } from './picture';

/** Rows are what the digits are, columns what the network says. */
export function confusionTable(matrix: readonly (readonly number[])[]): string {
  const row = (name: string, cells: readonly unknown[]): string => name + cells.map((cell) => String(cell).padStart(5)).join('');
  const rows = matrix.map((counts, digit) =>
    row(
      `is ${digit}:`,
      counts.map((count) => count || '·'),
    ),
  );
  return [row('says:', [...matrix.keys()]), ...rows].join('\n');
}

/** The outermost pixels that a picture leaves out, and the space between two pictures. */
const margin = 2;
const gap = '  ';
const width = side - 2 * margin;

/** Three digits that the network reads right, then three that it does not; as many of them as fit into `columns`. */
export function digitPictures(digits: readonly Digit[], says: ArrayLike<number>, columns: number): string {
  const count = Math.min(3, Math.max(1, Math.floor((columns + gap.length) / (width + gap.length))));
  const isRight = (index: number): boolean => says[index] === digits[index]?.label;
  const all = [...digits.keys()];
  const groups = [all.filter(isRight), all.filter((index) => !isRight(index))].map((group) => group.slice(0, count));
  return groups
    .filter((group) => group.length > 0)
    .map((group) => {
      const captions = group.map((index) => `says ${says[index]}${isRight(index) ? '' : `, is ${digits[index]?.label}`}`);
      const pictures = group.map((index) => picture(digits[index] as Digit));
      const lines = (pictures[0] as string[]).map((_, line) => pictures.map((lines) => lines[line]));
      const caption = captions.map((text) => text.padStart(15).padEnd(width));
      return [...lines, caption].map((parts) => parts.join(gap).trimEnd()).join('\n');
    })
    .join('\n\n');
}

function picture({ image }: Digit): string[] {
  return halfBlocks(width, width, (row, column) => (image[(row + margin) * side + column + margin] as number) > 0.4);
}
