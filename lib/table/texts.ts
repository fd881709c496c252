import type { Pieces } from '../event-loop';
import { Int32List } from './lists';
import type { Places } from './places';

/** The cells of a column as texts: each distinct text once, in the order of its first cell. */
export interface Texts {
  readonly name: string;
  /** Indices of `distinct`, one a row. -1: missing. */
  readonly codes: Int32Array;
  readonly distinct: readonly string[];
  /** How many cells have each text. */
  readonly counts: ArrayLike<number>;
  /** The place of the first cell with each text. */
  readonly first: ArrayLike<number>;
  readonly missing: number;
  readonly places: Places;
}

/** How many cells are not missing. */
export const present = ({ codes, missing }: Texts): number => codes.length - missing;

/** Collects the texts of a column, cell by cell. */
export class TextBuilder {
  readonly #index = new Map<string, number>();
  readonly #distinct: string[] = [];
  readonly #counts: number[] = [];
  readonly #first: number[] = [];
  readonly #codes = new Int32List();
  #missing = 0;

  add(text: string | undefined, place: number): void {
    if (text === undefined) {
      this.#missing++;
      this.#codes.push(-1);
      return;
    }
    let code = this.#index.get(text);
    if (code === undefined) {
      code = this.#distinct.length;
      this.#distinct.push(text);
      this.#index.set(text, code);
      this.#counts.push(0);
      this.#first.push(place);
    }
    this.#counts[code] = (this.#counts[code] as number) + 1;
    this.#codes.push(code);
  }

  *finish(name: string, places: Places): Pieces<Texts> {
    const codes = yield* this.#codes.finish();
    const distinct = this.#distinct;
    return { name, codes, distinct, counts: this.#counts, first: this.#first, missing: this.#missing, places };
  }
}
