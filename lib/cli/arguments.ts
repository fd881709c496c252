import { type ParseArgsConfig, parseArgs } from 'node:util';
import { closest } from '../options/closest';
import { UsageError } from './usage';

type Flags = NonNullable<ParseArgsConfig['options']>;

/** The flags of a command; anything else on its command line is a `UsageError`. */
export function readFlags(command: string, args: string[], flags: Flags): Record<string, unknown> {
  return parse(command, args, flags, false).values;
}

/** The flags of a command, and one word for each of `names`. */
export function readArguments(
  command: string,
  args: string[],
  names: readonly string[],
  flags: Flags,
): { flags: Record<string, unknown>; positionals: string[] } {
  const { values, positionals } = parse(command, args, flags, true);
  const missing = names[positionals.length];
  if (missing !== undefined) throw new UsageError(`chainrule ${command}: ${missing} is missing`);
  const excess = positionals[names.length];
  if (excess !== undefined) throw new UsageError(`chainrule ${command}: "${excess}" is one argument too many`);
  return { flags: values, positionals };
}

function parse(
  command: string,
  args: string[],
  flags: Flags,
  allowPositionals: boolean,
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({ args, options: flags, allowPositionals });
  } catch (error) {
    // Node goes on to explain how to pass positional arguments.
    const [message] = (error as Error).message.split('. ');
    const unknown = /^Unknown option '(-+[^']*)'/.exec(message ?? '')?.[1];
    const known = Object.keys(flags).map((flag) => `--${flag}`);
    throw new UsageError(`chainrule ${command}: ${message}${unknown === undefined ? '' : didYouMean(unknown, [...known, '--help'])}`);
  }
}

/** The end of a message about a word that is not one of `known`: the one that was probably meant, if there is one. */
export function didYouMean(word: string, known: readonly string[]): string {
  const suggestion = closest(word, known);
  return suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
}

/** A flag's value as one of a few words. */
export function oneOf<T extends string>(flag: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new UsageError(`${flag} must be ${words.join(' or ')}, got "${text}"${didYouMean(text, words)}`);
}

/** A flag's value as a whole number, 0 or more. */
export function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new UsageError(`${flag} must be a whole number, 0 or more, got "${text}"`);
  return value;
}

/** A flag's value as a TCP port; 0 is any that is free. */
export function portNumber(flag: string, text: string): number {
  const port = wholeNumber(flag, text);
  if (port > 65535) throw new UsageError(`${flag} must be at most 65535, got "${text}"`);
  return port;
}
