import { TextDecoder, TextEncoder } from 'node:util'; // jsdom has no global ones
import type { Pieces } from '../event-loop';

/*
 * Reads JSON from bytes of unknown origin, in pieces. Other than JSON.parse it has limits, which are checked before anything is allocated or
 * nested, and it refuses an object that has a key twice. It refuses all that JSON.parse does, and lone surrogates.
 */

export interface JsonLimits {
  /** How deep objects and arrays may be nested. */
  depth: number;
  /** The most values of all kinds. */
  values: number;
  /** The most entries of an object that is read as entries. */
  entries: number;
}

/** Why a text is refused: the end of a sentence that begins with its name. */
export class JsonError extends Error {}

/** The longest text, in bytes, which is handled as a whole in places. Writers keep to it. */
export const longestText: number = 2 ** 25;
/** Objects other than that grow as a whole. */
const mostKeys = 2 ** 13;
/** No key of ours is as long, and no number. */
const longestKey = 4096;
const longestNumber = 400;
const longestSpace = 2 ** 16;

/** The number of bytes of a text, or of values, that are checked at a time: less than a millisecond. */
const bytesAtOnce = 2 ** 17;
const valuesAtOnce = 2 ** 10;

type Container = unknown[] | Record<string, unknown> | Map<string, unknown>;

/** The value of a text. */
export function* parsingJson(bytes: Uint8Array, limits: JsonLimits): Pieces<unknown> {
  return yield* new JsonReader(bytes, limits).value();
}

/** The entries of an object: there may be very many. */
export function* parsingEntries(bytes: Uint8Array, limits: JsonLimits): Pieces<Map<string, unknown>> {
  const entries = new Map<string, unknown>();
  yield* new JsonReader(bytes, limits, entries).value();
  return entries;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** The character after a backslash, and the byte that both stand for. */
const escapes = new Map([...'"\\/bfnrt'].map((letter, index) => [letter.charCodeAt(0), '"\\/\b\f\n\r\t'.charCodeAt(index)]));
const words: [word: string, value: unknown][] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** Loops are in plain methods that do a piece each: V8 does not optimise them in generators. */
class JsonReader {
  readonly #bytes: Uint8Array;
  readonly #limits: JsonLimits;
  readonly #entries: Map<string, unknown> | undefined;
  readonly #open: Container[] = [];
  #at = 0;
  #values = 0;
  #root: unknown;
  /** The keys of the objects that are open. */
  readonly #keys: number[] = [];
  /** The key of the value that comes next; undefined where a key is to be read first, and in arrays. */
  #key: string | undefined;
  /** A long text that has been read, and not been used yet. */
  #text: string | undefined;

  /** With `entries`, the text must be an object, whose entries go there. */
  constructor(bytes: Uint8Array, limits: JsonLimits, entries?: Map<string, unknown>) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#entries = entries;
  }

  /** The whole text's value. */
  *value(): Pieces<unknown> {
    if (this.#entries !== undefined && this.#bytes[0] !== openBrace) throw new JsonError('is not an object');
    for (;;) {
      const stop = this.#advance();
      if (stop === 'end') return this.#root;
      if (stop === 'text') this.#text = yield* this.#longText(this.#wantsKey ? longestKey : longestText);
      yield;
    }
  }

  /** Reads some values: until the end, or to where a long text begins. */
  #advance(): 'end' | 'text' | 'pause' {
    const pause = this.#at + bytesAtOnce;
    for (let values = 0; values < valuesAtOnce && this.#at < pause; values++) {
      if (this.#wantsKey && !this.#readKey()) return 'text';
      const first = this.#text === undefined ? this.#next() : quote;
      if (first === openBrace || first === openBracket) {
        if (this.#begin(first)) continue;
      } else {
        const value = first === quote ? this.#shortText() : this.#scalar();
        if (value === undefined) return 'text';
        this.#put(value);
      }
      while (this.#open.length > 0 && !this.#continues()) this.#open.pop();
      if (this.#open.length > 0) continue;
      if (this.#next() !== undefined) this.#fail();
      return 'end';
    }
    return 'pause';
  }

  get #wantsKey(): boolean {
    const within = this.#open.at(-1);
    return this.#key === undefined && within !== undefined && !Array.isArray(within);
  }

  /** The next byte that is not white space. */
  #next(): number | undefined {
    const bytes = this.#bytes;
    const end = this.#at + longestSpace;
    let byte = bytes[this.#at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      if (this.#at === end) throw new JsonError(`has more than ${longestSpace} bytes of white space between two values`);
      byte = bytes[++this.#at];
    }
    return byte;
  }

  #fail(): never {
    throw new JsonError('is not JSON');
  }

  /** Begins an object or array; false if it ends at once. */
  #begin(first: number): boolean {
    if (this.#open.length === this.#limits.depth) throw new JsonError(`is nested deeper than ${this.#limits.depth} levels`);
    this.#at++;
    const container: Container = first === openBracket ? [] : this.#open.length === 0 && this.#entries ? this.#entries : {};
    this.#put(container);
    if (this.#next() !== (first === openBracket ? closeBracket : closeBrace)) {
      this.#open.push(container);
      this.#keys[this.#open.length] = 0;
      return true;
    }
    this.#at++;
    return false;
  }

  /** Whether another value follows in the innermost container, or else its end. */
  #continues(): boolean {
    const next = this.#next();
    this.#at++;
    if (next === comma) return true;
    if (next !== (Array.isArray(this.#open.at(-1)) ? closeBracket : closeBrace)) this.#fail();
    return false;
  }

  /** Puts a value where it belongs. */
  #put(value: unknown): void {
    if (++this.#values > this.#limits.values) throw new JsonError(`has more than ${this.#limits.values} values`);
    const within = this.#open.at(-1);
    const key = this.#key as string;
    this.#key = undefined;
    if (within === undefined) this.#root = value;
    else if (Array.isArray(within)) within.push(value);
    else if (within instanceof Map) within.set(key, value);
    else if (key !== '__proto__') within[key] = value;
    else Object.defineProperty(within, key, { value, writable: true, enumerable: true, configurable: true });
  }

  /** Reads an object's next key, up to its colon; false if it is long and must be read first. */
  #readKey(): boolean {
    if (this.#text === undefined && this.#next() !== quote) this.#fail();
    const key = this.#shortText();
    if (key === undefined) return false;
    const within = this.#open.at(-1) as Record<string, unknown> | Map<string, unknown>;
    const most = within instanceof Map ? this.#limits.entries : mostKeys;
    const count = (this.#keys[this.#open.length] as number) + 1;
    this.#keys[this.#open.length] = count;
    if (count > most) throw new JsonError(`has an object of more than ${most} entries`);
    if (within instanceof Map ? within.has(key) : Object.hasOwn(within, key)) throw new JsonError('has the same key twice');
    if (this.#next() !== colon) this.#fail();
    this.#at++;
    this.#key = key;
    return true;
  }

  #scalar(): unknown {
    const bytes = this.#bytes;
    const begin = this.#at;
    let end = begin;
    for (let byte = bytes[end]; isScalar(byte); byte = bytes[++end]) if (end - begin > longestNumber) this.#fail();
    const text = short.decode(bytes.subarray(begin, end));
    this.#at = end;
    const word = words.find(([known]) => known === text);
    if (word !== undefined) return word[1];
    if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) this.#fail();
    return Number(text);
  }

  /** A text; most are short, and plain ASCII. Undefined if it is another, which has to be read first. */
  #shortText(): string | undefined {
    const read = this.#text;
    this.#text = undefined;
    if (read !== undefined) return read;
    const bytes = this.#bytes;
    const begin = this.#at + 1;
    for (let end = begin; end < begin + 256; end++) {
      const byte = bytes[end];
      if (byte === quote) {
        this.#at = end + 1;
        return short.decode(bytes.subarray(begin, end));
      }
      if (byte === undefined || byte < 0x20 || byte >= 0x80 || byte === backslash) return undefined;
    }
    return undefined;
  }

  *#longText(longest: number): Pieces<string> {
    const begin = this.#at + 1;
    let end = begin;
    while (this.#bytes[end] !== quote) {
      end = this.#endOfText(end, end + bytesAtOnce);
      if (end - begin > longest) throw new JsonError(`has a text or key of more than ${longest} bytes`);
      yield;
    }
    // Without escapes there are never more bytes than with them.
    const plain = new Uint8Array(end - begin);
    let length = 0;
    for (this.#at = begin; this.#at < end; ) {
      length = this.#unescape(Math.min(this.#at + bytesAtOnce, end), end, plain, length);
      yield;
    }
    this.#at = end + 1;
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    let text = '';
    try {
      for (let at = 0; at < length; at += bytesAtOnce) {
        text += decoder.decode(plain.subarray(at, Math.min(at + bytesAtOnce, length)), { stream: true });
        yield;
      }
      return text + decoder.decode();
    } catch {
      this.#fail();
    }
  }

  /** Where the quote is that ends a text, or a place at or behind `to` that is still in the text. */
  #endOfText(from: number, to: number): number {
    const bytes = this.#bytes;
    let at = from;
    while (at < to) {
      const byte = bytes[at];
      if (byte === quote) return at;
      if (byte === undefined || byte < 0x20) this.#fail();
      at += byte === backslash ? 2 : 1;
    }
    return at;
  }

  /** Copies the bytes of a text up to `to`, or a little more, with escapes as the UTF-8 that they stand for; returns the new length. */
  #unescape(to: number, end: number, plain: Uint8Array, filled: number): number {
    const bytes = this.#bytes;
    let length = filled;
    let at = this.#at;
    while (at < to) {
      const byte = bytes[at] as number;
      if (byte !== backslash) {
        plain[length++] = byte;
        at++;
      } else if (bytes[at + 1] === 0x75) {
        const { code, next } = this.#codePoint(at, end);
        length += encoder.encodeInto(String.fromCodePoint(code), plain.subarray(length, length + 4)).written;
        at = next;
      } else {
        plain[length++] = escapes.get(bytes[at + 1] as number) ?? this.#fail();
        at += 2;
      }
    }
    this.#at = at;
    return length;
  }

  /** A character that is written as `\uXXXX`, or as two of them. */
  #codePoint(at: number, end: number): { code: number; next: number } {
    const unit = (from: number): number => {
      const text = from + 6 <= end ? short.decode(this.#bytes.subarray(from, from + 6)) : '';
      return /^\\u[\da-fA-F]{4}$/.test(text) ? Number.parseInt(text.slice(2), 16) : this.#fail();
    };
    const high = unit(at);
    if (high < 0xd800 || high > 0xdfff) return { code: high, next: at + 6 };
    const low = unit(at + 6);
    if (high > 0xdbff || low < 0xdc00 || low > 0xdfff) this.#fail();
    return { code: 0x10000 + (high - 0xd800) * 0x400 + (low - 0xdc00), next: at + 12 };
  }
}

const encoder = new TextEncoder();
/** Of a few bytes of ASCII, where it is as fast as a Buffer of Node.js. */
const short = new TextDecoder();

/** Whether a byte may be part of a number or word. */
function isScalar(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const isLetter = byte >= 0x61 && byte <= 0x7a;
  return isLetter || (byte >= 0x30 && byte <= 0x39) || byte === 0x2b || byte === 0x2d || byte === 0x2e || byte === 0x45;
}
