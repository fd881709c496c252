import type { Pieces } from '../event-loop';
import type { Table } from '../table/table';
import { type CategoryState, categoryCoder, fittingCategory } from './category-feature';
import { type DateState, dateCoder, fittingDate } from './date-feature';
import type { Coder, EmbeddingTable, Fitted } from './features';
import { rowsAtOnce } from './features';
import { fittingNumber, type NumberState, numberCoder } from './number-feature';
import { type Write, writerOf } from './writing';

/** A feature of any type. */
export type Feature = NumberState | DateState | CategoryState;

/** A column that a network does not use, and the reason. */
export interface DroppedColumn {
  readonly column: string;
  readonly why: string;
}

const coderOf = (feature: Feature): Coder => {
  if (feature.type === 'number') return numberCoder(feature);
  return feature.type === 'date' ? dateCoder(feature) : categoryCoder(feature);
};

/** Numbers of a feature that periodic embeddings are made of: of dates the parts, and of numbers the number, unless they have its position. */
function scalesOf(feature: Feature, { position }: Coder): number {
  if (position !== undefined) return 0;
  return feature.type === 'number' ? 1 : feature.type === 'date' ? feature.parts.length : 0;
}

/** Rows of features as rows of the network's input: numbers for periodic embeddings, then other numbers, then the indices of embeddings. */
export class Encoder {
  readonly features: readonly Feature[];
  /** The tables that the last columns of the input are indices of. */
  readonly tables: readonly EmbeddingTable[];
  /** The first columns of the input, for periodic embeddings: positions, and other numbers on a scale. */
  readonly scales: number;
  /** Columns of the input that are numbers, those first ones included; at least one where there are no tables. */
  readonly numbers: number;
  /** The column of the input for each number or index of each feature. A number that is a position has a second one, the last: for embeddings. */
  readonly #columns: readonly (readonly number[])[];
  readonly #writers: readonly Write[];

  constructor(features: readonly Feature[]) {
    this.features = features;
    const coders = features.map(coderOf);
    this.tables = coders.flatMap(({ table }) => table ?? []);
    const scales = features.map((feature, index) => scalesOf(feature, coders[index] as Coder));
    const positions = coders.filter(({ position }) => position !== undefined).length;
    this.scales = scales.reduce((sum, count) => sum + count, positions);
    const numbers = features.reduce((sum, { scalings }) => sum + scalings.length, positions);
    this.numbers = numbers + this.tables.length === 0 ? 1 : numbers;
    let [scale, other, index] = [0, this.scales, this.numbers];
    this.#columns = features.map(({ scalings }, at) => {
      if (scalings.length === 0) return [index++];
      const columns = scalings.map((_, place) => (place < (scales[at] as number) ? scale++ : other++));
      return coders[at]?.position === undefined ? columns : [...columns, scale++];
    });
    this.#writers = coders.map((coder, at) => writerOf(coder, (features[at] as Feature).scalings, this.columnsOf(at)));
  }

  /** Columns of the input. */
  get width(): number {
    return this.numbers + this.tables.length;
  }

  /** The columns of the input that a feature becomes. */
  columnsOf(index: number): readonly number[] {
    return this.#columns[index] as readonly number[];
  }

  /** The input for `rows` rows. `values` has a number for each row of each feature: a category's is its index in the feature's list. */
  *encoding(values: readonly ArrayLike<number>[], rows: number): Pieces<Float32Array> {
    const { width } = this;
    const x = new Float32Array(new SharedArrayBuffer(rows * width * 4));
    for (const [index, column] of values.entries()) {
      const write = this.#writers[index] as Write;
      for (let row = 0; row < rows; row++) {
        write(column[row] as number, x, row * width);
        if (row % rowsAtOnce === 0) yield;
      }
    }
    return x;
  }

  /** The input for one row. */
  encode(values: readonly number[]): Float32Array {
    const x = new Float32Array(this.width);
    for (const [index, value] of values.entries()) (this.#writers[index] as Write)(value, x, 0);
    return x;
  }
}

/** The inputs that a network can have are 4096. */
const mostTables = 4000;

const hasTable = (feature: Feature): boolean => 'form' in feature && feature.form === 'embedding';

/** Fits an encoder to rows of a table: of the columns with these names, in their order. */
export function* fittingEncoder(
  table: Table,
  names: readonly string[],
  rows: ArrayLike<number>,
): Pieces<{ encoder: Encoder; dropped: DroppedColumn[] }> {
  const features: Feature[] = [];
  let tables = 0;
  const dropped: DroppedColumn[] = [];
  for (const name of names) {
    const fitted = yield* fittingColumn(table, name, rows);
    if ('dropped' in fitted) dropped.push({ column: name, why: fitted.dropped });
    else if (hasTable(fitted) && ++tables > mostTables)
      dropped.push({ column: name, why: `one of more than ${mostTables} columns of many categories` });
    else features.push(fitted);
  }
  return { encoder: new Encoder(features), dropped };
}

function* fittingColumn(table: Table, name: string, rows: ArrayLike<number>): Pieces<Fitted<Feature>> {
  const column = table.column(name);
  yield;
  switch (column.type) {
    case 'number':
      return yield* fittingNumber(name, column.values, rows);
    case 'date':
      return yield* fittingDate(name, column.values, rows);
    case 'category':
    case 'boolean':
      return yield* fittingCategory(name, column.type, column, rows);
    default:
      return { dropped: column.why };
  }
}
