import { parseArgs } from 'node:util';
import { UsageError } from '../usage';
import { didYouMean } from './values';

/** A flag of a command: parsing, help and documents go by it. */
export interface Flag<T = unknown> {
  /** A word for its value in the help; absent: it has none. */
  readonly value?: string;
  readonly help: string;
  readonly read: (flag: string, text: string) => T;
}

export type Flags = Readonly<Record<string, Flag>>;

/** The values of flags by their names; those that were not given are absent. */
export type Values<F extends Flags> = { readonly [K in keyof F]?: F[K] extends Flag<infer T> ? T : never };

/** A flag without a value. */
export const toggle = (help: string): Flag<true> => ({ help, read: () => true });

/** A flag with a value. */
export const flag = <T>(value: string, help: string, read: (flag: string, text: string) => T): Flag<T> => ({ value, help, read });

/** The flags and the words behind a command. */
export interface Arguments<F extends Flags> {
  readonly flags: Values<F>;
  readonly words: readonly string[];
}

/**
 * Reads a command line. `words` names what else there is: `['MODEL', 'FILE']` are two words, `['FILE...']` is one or more.
 *
 * @throws UsageError
 */
export function readArguments<F extends Flags>(command: string, args: readonly string[], names: readonly string[], flags: F): Arguments<F> {
  const { values, positionals } = parse(command, args, flags);
  const missing = names[positionals.length];
  if (missing !== undefined && !missing.startsWith('['))
    throw new UsageError(`chainrule ${command}: ${missing.replace('...', '')} is missing`);
  const excess = names.at(-1)?.includes('...') ? undefined : positionals[names.length];
  if (excess !== undefined) throw new UsageError(`chainrule ${command}: "${excess}" is one argument too many`);
  const entries = Object.entries(values).map(([name, value]) => [name, flags[name]?.read(`--${name}`, String(value))]);
  return { flags: Object.fromEntries(entries) as Values<F>, words: positionals };
}

function parse(command: string, args: readonly string[], flags: Flags) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value }]) => [name, { type: value === undefined ? ('boolean' as const) : ('string' as const) }]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // Node goes on to explain how to pass positional arguments.
    const [message = ''] = (error as Error).message.split(/\. |\n/);
    const ambiguous = /^Option '(?:-\w, )?(--[\w-]+).*' argument is ambiguous/.exec(message)?.[1];
    if (ambiguous !== undefined) {
      throw new UsageError(`chainrule ${command}: ${ambiguous} must have a value; one that begins with a dash is written ${ambiguous}=-9`);
    }
    const incomplete = /^Option '(?:-\w, )?(--[\w-]+) <value>' argument missing/.exec(message)?.[1];
    if (incomplete !== undefined) throw new UsageError(`chainrule ${command}: ${incomplete} must have a value`);
    const unknown = /^Unknown option '(-+[^']*)'/.exec(message)?.[1];
    const known = Object.keys(flags).map((name) => `--${name}`);
    throw new UsageError(`chainrule ${command}: ${message}${unknown === undefined ? '' : didYouMean(unknown, [...known, '--help'])}`);
  }
}
