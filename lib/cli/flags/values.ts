import { closest } from '../../options/closest';
import { UsageError } from '../usage';

/*
 * Texts of the command line as values. Each reader gets the flag's name for its message.
 */

/** The end of a message about a word that is not one of `known`: the one that was probably meant, if there is one. */
export function didYouMean(word: string, known: readonly string[]): string {
  const suggestion = closest(word, known);
  return suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
}

/** A text as it was given. */
export const text = (_: string, given: string): string => given;

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): (flag: string, given: string) => T {
  return (flag, given) => {
    const found = words.find((word) => word === given);
    if (found !== undefined) return found;
    throw new UsageError(`${flag} must be ${words.join(' or ')}, got "${given}"${didYouMean(given, words)}`);
  };
}

/** A whole number, 0 or more. */
export function wholeNumber(flag: string, given: string): number {
  const value = Number(given);
  if (!/^\d+$/.test(given) || !Number.isSafeInteger(value))
    throw new UsageError(`${flag} must be a whole number, 0 or more, got "${given}"`);
  return value;
}

/** A whole number, 1 or more. */
export function countingNumber(flag: string, given: string): number {
  const value = wholeNumber(flag, given);
  if (value === 0) throw new UsageError(`${flag} must be at least 1`);
  return value;
}

/** A TCP port; 0 is any that is free. */
export function portNumber(flag: string, given: string): number {
  const port = wholeNumber(flag, given);
  if (port > 65535) throw new UsageError(`${flag} must be at most 65535, got "${given}"`);
  return port;
}

const unitSeconds: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, min: 60, h: 3600 };

/** A time in seconds: `90`, `90s`, `1.5m`, `2h`. */
export function seconds(flag: string, given: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(s|m|min|h)?$/.exec(given) ?? [];
  const value = Number(number) * (unitSeconds[unit] as number);
  if (!(value > 0)) throw new UsageError(`${flag} must be a time such as 90s, 5m or 1h, got "${given}"`);
  return value;
}

/** Texts between commas. */
export function list(flag: string, given: string): string[] {
  const items = given.split(',').map((item) => item.trim());
  if (items.includes('')) throw new UsageError(`${flag} must be names between commas, got "${given}"`);
  return items;
}

/** The same, and an empty text for none. */
export const listOrNone = (flag: string, given: string): string[] => (given === '' ? [] : list(flag, given));

/** Pairs such as `zip=category,when=date`. A comma inside a name is written `\,`. */
export function pairs<const T extends string>(words: readonly T[]): (flag: string, given: string) => Record<string, T> {
  const word = oneOf(words);
  return (flag, given) =>
    Object.fromEntries(
      given.split(/(?<!\\),/).map((pair) => {
        const at = pair.lastIndexOf('=');
        if (at < 1) throw new UsageError(`${flag} must be pairs such as zip=${words[1]}, got "${pair}"`);
        return [pair.slice(0, at).replaceAll('\\,', ',').trim(), word(`${flag} ${pair.slice(0, at)}`, pair.slice(at + 1).trim())];
      }),
    );
}

/** The character between cells; the tab has a name. */
export function delimiter(flag: string, given: string): string {
  const character = given === 'tab' || given === '\\t' ? '\t' : given;
  if (character.length !== 1) throw new UsageError(`${flag} must be one character, or "tab", got "${given}"`);
  return character;
}

/** A share of rows as a number, or the name of a file. */
export function shareOrFile(flag: string, given: string): number | string {
  if (!/^[\d.]+%?$/.test(given)) return given;
  const value = given.endsWith('%') ? Number(given.slice(0, -1)) / 100 : Number(given);
  if (!(value >= 0 && value < 1)) throw new UsageError(`${flag} must be a share from 0 to below 1, or a file, got "${given}"`);
  return value;
}

/** How rows are split. */
export type Split = 'random' | { group: string } | { time: string };

export function split(flag: string, given: string): Split {
  if (given === 'random') return given;
  const [, kind, column] = /^(group|time):(.+)$/.exec(given) ?? [];
  if (kind === undefined || column === undefined) {
    throw new UsageError(`${flag} must be random, group:COLUMN or time:COLUMN, got "${given}"`);
  }
  return kind === 'group' ? { group: column } : { time: column };
}
