import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './usage';

type Flags = NonNullable<ParseArgsConfig['options']>;

/** The flags of a command; anything else on its command line is a `UsageError`. */
export function readFlags(command: string, args: string[], flags: Flags): Record<string, unknown> {
  try {
    return parseArgs({ args, options: flags, allowPositionals: false }).values;
  } catch (error) {
    // Node goes on to explain how to pass positional arguments, of which there are none.
    throw new UsageError(`chainrule ${command}: ${(error as Error).message.split('. ')[0]}`);
  }
}

/** A flag's value as a whole number, 0 or more. */
export function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new UsageError(`${flag} must be a whole number, 0 or more, got "${text}"`);
  return value;
}
