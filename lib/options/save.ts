import { wrongType, wrongValue } from '../errors';
import { type Check, object, record } from './check';

/** Texts of the user's that are kept with a model: names of classes and columns, a version, JSON. */
export type Metadata = Record<string, string>;

/** What `save` and `toBytes` may be told. */
export interface SaveOptions {
  /** Kept in the file in place of `nn.metadata`, which stays as it is. */
  metadata?: Metadata;
}

/** Limits of writers and readers alike. */
const mostEntries = 4096;
const mostCharacters = 2 ** 20;

/** A plain object whose own values are strings; returns a copy. */
export const checkMetadata: Check<Metadata> = (value, name) => {
  const given = object(value, name);
  const prototype: unknown = Object.getPrototypeOf(given);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw wrongType(name, 'a plain object of strings', value);
  const entries = Object.entries(given);
  if (entries.length > mostEntries) throw wrongValue(name, `an object of at most ${mostEntries} strings`, entries.length);
  let characters = 0;
  for (const [key, text] of entries) {
    if (typeof text !== 'string') {
      throw wrongType(`${name}[${JSON.stringify(key.slice(0, 60))}]`, 'a string (JSON.stringify makes one of other data)', text);
    }
    characters += key.length + text.length;
  }
  if (characters > mostCharacters) throw wrongValue(name, `of at most ${mostCharacters} characters, keys included`, characters);
  return Object.fromEntries(entries) as Metadata;
};

export const checkSave: Check<SaveOptions> = record<SaveOptions>(
  { metadata: (value, name) => (value === undefined ? undefined : checkMetadata(value, name)) },
  { bare: true },
);
