import { parseNumber } from './numbers';

/** Texts beside the empty one that stand for a missing value in the files of other programs, in lower case. */
const usual = ['?', 'na', 'n/a', '#n/a', '#na', '<na>', 'nan', '-nan', 'nat', 'null', 'none', 'nil', '-', '--', '.'];

/** Texts that stand for a missing value: beside the usual ones, or alone. An empty cell always does. */
export type Missing = readonly string[] | { readonly only: readonly string[] };

/** Tells whether a text, without the spaces around it, stands for a missing value. Case makes no difference to the usual ones. */
export class MissingMarkers {
  readonly #usual: ReadonlySet<string>;
  readonly #asked: ReadonlySet<string>;
  /** The asked ones that are numbers, like -999. */
  readonly numbers: ReadonlySet<number>;
  /** The bytes of all markers, by their number. */
  readonly #bytes: { bytes: Uint8Array; anyCase: boolean }[][] = [];

  constructor(asked: Missing = []) {
    const isOnly = 'only' in asked;
    this.#usual = new Set(['', ...(isOnly ? [] : usual)]);
    this.#asked = new Set((isOnly ? asked.only : asked).map((text) => text.trim()));
    this.numbers = new Set([...this.#asked].map((text) => parseNumber(text, '.')).filter((value) => !Number.isNaN(value)));
    for (const text of this.#usual) this.#keep(text, true);
    for (const text of this.#asked) this.#keep(text, false);
  }

  has(text: string): boolean {
    return (text.length <= 4 && this.#usual.has(text.toLowerCase())) || this.#asked.has(text);
  }

  hasBytes(source: Uint8Array, start: number, end: number): boolean {
    const candidates = this.#bytes[end - start];
    if (candidates === undefined) return false;
    for (const { bytes, anyCase } of candidates) if (isEqual(source, start, bytes, anyCase)) return true;
    return false;
  }

  #keep(text: string, anyCase: boolean): void {
    const bytes = Buffer.from(text);
    const list = this.#bytes[bytes.length];
    if (list) list.push({ bytes, anyCase });
    else this.#bytes[bytes.length] = [{ bytes, anyCase }];
  }
}

function isEqual(source: Uint8Array, start: number, marker: Uint8Array, anyCase: boolean): boolean {
  for (let index = 0; index < marker.length; index++) {
    const byte = source[start + index] as number;
    const isUpper = byte >= 0x41 && byte <= 0x5a;
    if ((anyCase && isUpper ? byte + 0x20 : byte) !== marker[index]) return false;
  }
  return true;
}
