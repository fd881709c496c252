import { wrongType, wrongValue } from '../errors';
import { type Check, object, record } from './check';

/** Texts of the user's that are kept with a model: names of classes and columns, a version, JSON. */
export type Metadata = Record<string, string>;

/** The options of `save` and `toBytes`. */
export interface SaveOptions {
  /** Kept in the file in place of `nn.metadata`, which does not change. */
  metadata?: Metadata;
}

/** Limits of writers and readers alike. */
const mostEntries = 4096;
const longestKey = 512;
const mostCharacters = 2 ** 20;

/** Half of a character: no file can hold it, as text is UTF-8 there. */
export const loneSurrogate: RegExp = /\p{Surrogate}/u;

/** A plain object whose own values are strings; returns a copy. */
export const checkMetadata: Check<Metadata> = (value, name) => {
  const given = object(value, name);
  const prototype: unknown = Object.getPrototypeOf(given);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw wrongType(name, 'a plain object of strings', value);
  const entries = Object.entries(given);
  if (entries.length > mostEntries) throw wrongValue(name, `an object of at most ${mostEntries} strings`, entries.length);
  let characters = 0;
  for (const [key, text] of entries) {
    if (key.length > longestKey) throw wrongValue(name, `an object with keys of at most ${longestKey} characters`, key);
    const at = `${name}[${JSON.stringify(key)}]`;
    if (typeof text !== 'string') throw wrongType(at, 'a string (JSON.stringify makes one of other data)', text);
    if (loneSurrogate.test(key) || loneSurrogate.test(text)) throw wrongValue(at, 'text without lone surrogates, as is its key', text);
    characters += key.length + text.length;
  }
  if (characters > mostCharacters) throw wrongValue(name, `of at most ${mostCharacters} characters, keys included`, characters);
  return Object.fromEntries(entries) as Metadata;
};

export const checkSave: Check<SaveOptions> = record<SaveOptions>(
  { metadata: (value, name) => (value === undefined ? undefined : checkMetadata(value, name)) },
  { bare: true },
);
