import { Table, type TableOptions } from '../../lib/tabular';
import { RandomNumbers } from '../support/random-numbers';

/** Houses: numbers, a category, a boolean and a date; the price follows from them, but for noise. */
export function houses(rows: number, seed = 1): Table {
  const random = new RandomNumbers(seed);
  const records = Array.from({ length: rows }, () => {
    const area = Math.round(random.between(30, 200));
    const rooms = 1 + random.below(6);
    const town = random.pick(['Bonn', 'Kiel', 'Ulm']);
    const garden = random.below(2) === 1;
    const sold = new Date(Date.UTC(2020 + random.below(4), random.below(12), 1 + random.below(28)));
    const price = 1000 * area + 5000 * rooms + (town === 'Bonn' ? 30000 : 0) + (garden ? 20000 : 0) + random.between(-3000, 3000);
    return { area, rooms, town, garden, sold, price: price + 0.5 };
  });
  return Table.from(records);
}

/** Flowers: three kinds by two numbers, of which one is missing now and then. */
export function flowers(rows: number, seed = 1): Table {
  const random = new RandomNumbers(seed);
  const records = Array.from({ length: rows }, (_, row) => {
    const kind = row % 3;
    const length = 2 * kind + random.between(-1.2, 1.2);
    const width = kind === 1 ? random.between(2, 4) : random.between(0, 2.2);
    return {
      length: row % 11 === 5 ? null : length,
      width,
      colour: random.pick(['blue', 'red']),
      kind: ['lily', 'orchid', 'rose'][kind] as string,
    };
  });
  return Table.from(records);
}

/** A table of text cells, read as those of a file are. */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
  options: TableOptions = {},
): Table {
  const records = rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? null])));
  return Table.from(records, options);
}

/** Options that make a training quick. */
export const quick = { recipe: 'fast', epochs: 8, importance: false } as const;
