import type { Coder } from './features';
import { type Scaling, scaled } from './scaling';

/*
 * Values of features become numbers in rows of a network's input. Tables have millions of cells, so nothing is looked up or allocated here.
 */

/** Writes what a value becomes into the row of `x` that begins at `start`. */
export type Write = (value: number, x: Float32Array, start: number) => void;

/** The writer of a feature. `columns` are those of its numbers, and the second one of its position last. */
export function writerOf(coder: Coder, scalings: readonly Scaling[], columns: readonly number[]): Write {
  if (coder.table !== undefined) return writingIndices(coder, columns[0] as number);
  return coder.values === undefined ? writingNumbers(coder, scalings, columns) : writingCategories(coder, coder.values, scalings, columns);
}

function writingIndices({ write }: Coder, column: number): Write {
  const raw = new Float64Array(1);
  return (value, x, start) => {
    write(value, raw);
    x[start + column] = raw[0] as number;
  };
}

function writingNumbers({ write, position }: Coder, scalings: readonly Scaling[], columns: readonly number[]): Write {
  const raw = new Float64Array(scalings.length);
  const last = columns.at(-1) as number;
  return (value, x, start) => {
    write(value, raw);
    let from = 0;
    if (position !== undefined) {
      const placed = position(scaled(raw[0] as number, scalings[0] as Scaling));
      x[start + (columns[0] as number)] = placed;
      x[start + last] = placed;
      from = 1;
    }
    for (let i = from; i < scalings.length; i++) x[start + (columns[i] as number)] = scaled(raw[i] as number, scalings[i] as Scaling);
  };
}

/** All that a few categories can become is known before: one row for missing ones, and one for each. */
function writingCategories({ write }: Coder, values: number, scalings: readonly Scaling[], columns: readonly number[]): Write {
  const width = scalings.length;
  const raw = new Float64Array(width);
  const rows = new Float32Array((values + 1) * width);
  for (let value = -1; value < values; value++) {
    write(value, raw);
    for (let i = 0; i < width; i++) rows[(value + 1) * width + i] = scaled(raw[i] as number, scalings[i] as Scaling);
  }
  return (value, x, start) => {
    const from = value >= 0 ? (value + 1) * width : 0;
    for (let i = 0; i < width; i++) x[start + (columns[i] as number)] = rows[from + i] as number;
  };
}
