import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, wrongOption, wrongType, wrongValue } from '../errors';
import { closest } from './closest';
import { type HabitPlace, optionHabit } from './habits';

/** Takes any value and the name it goes by in error messages; returns the checked value or throws. */
export type Check<T> = (value: unknown, name: string) => T;

/** One check for each option of an object. */
export type Checks<T> = { readonly [K in keyof T]-?: Check<T[K]> };

export interface NumberRange {
  /** Smallest allowed value. */
  min?: number;
  /** Largest allowed value. */
  max?: number;
  /** The value must be greater than this. */
  above?: number;
  /** The value must be less than this. */
  below?: number;
}

/** The largest count of anything: elements of a matrix, units, epochs. */
export const maxCount: number = 2 ** 31 - 1;

/** A finite number in a range. */
export function number(range: NumberRange = {}): Check<number> {
  return numeric('finite number', Number.isFinite, range);
}

/** A whole number in a range, at most `maxCount` unless said otherwise. */
export function integer(range: NumberRange = {}): Check<number> {
  return numeric('whole number', Number.isSafeInteger, { max: maxCount, ...range });
}

function numeric(noun: string, isKind: (value: unknown) => boolean, range: NumberRange): Check<number> {
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = range;
  const expected = `a ${noun}${wording(range)}`;
  return (value, name) => {
    if (typeof value !== 'number') throw wrongType(name, expected, value);
    if (!isKind(value) || value < min || value > max || value <= above || value >= below) throw wrongValue(name, expected, value);
    return value;
  };
}

function wording({ min, max, above, below }: NumberRange): string {
  const limits: string[] = [];
  if (above !== undefined) limits.push(`above ${above}`);
  if (min !== undefined) limits.push(max === undefined ? `of at least ${min}` : `from ${min} to ${max}`);
  if (below !== undefined) limits.push(`below ${below}`);
  return limits.length > 0 ? ` ${limits.join(' and ')}` : '';
}

export const boolean: Check<boolean> = (value, name) => {
  if (typeof value !== 'boolean') throw wrongType(name, 'true or false', value);
  return value;
};

/** One of a list of names; a misspelt one is told which it is close to. */
export function oneOf<T extends string>(names: readonly T[]): Check<T> {
  const list = names.map((name) => `"${name}"`);
  const expected = list.length === 1 ? `${list[0]}` : `one of ${list.slice(0, -1).join(', ')} or ${list.at(-1)}`;
  return (value, name) => {
    if (typeof value !== 'string') throw wrongType(name, expected, value);
    const found = names.find((known) => known === value);
    if (found !== undefined) return found;
    const suggestion = closest(value, names);
    const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
    const error = wrongValue(name, expected, value);
    error.message += hint;
    throw error;
  };
}

/** A file that the user has named. */
export interface FilePath {
  /** The argument that names it. */
  argument: string;
  /** As it was named: what errors call it. */
  given: string;
  /** Where it is, whatever becomes of the working directory. */
  absolute: string;
}

const fileName = 'the name of a file or a file: URL';

/** A file, from its name or a file: URL. */
export const checkPath: Check<FilePath> = (value, name) => {
  const href = hrefOf(value);
  const given = href === undefined ? value : pathOf(href, name);
  if (typeof given !== 'string' || given === '') throw wrongType(name, fileName, value);
  if (/^file:\/\//i.test(given)) {
    throw wrongValue(name, `${fileName}; for the URL in this string, pass new URL(${JSON.stringify(given.slice(0, 200))})`, given);
  }
  if (given.includes('\0')) throw wrongValue(name, 'the name of a file, without null characters', value);
  return { argument: name, given, absolute: path.resolve(given) };
};

/** The text of a URL, of whatever realm; undefined for anything else. */
function hrefOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || isRevoked(value) || !('href' in value && 'protocol' in value)) return undefined;
  return typeof value.href === 'string' ? value.href : undefined;
}

function pathOf(href: string, name: string): string | undefined {
  if (!/^file:/i.test(href)) return undefined;
  try {
    return fileURLToPath(href);
  } catch {
    throw wrongValue(name, 'the file: URL of a file on this computer', href);
  }
}

export function withDefault<T>(check: Check<T>, value: T): Check<T> {
  return (given, name) => (given === undefined ? value : check(given, name));
}

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, name) => (value === undefined ? undefined : check(value, name));
}

/** Anything at all: it is checked elsewhere, where more is known. */
export const anything: Check<unknown> = (value) => value;

/** Whether `value` is a revoked proxy: every operation on one throws an uncoded error of the engine. `Array.isArray` asks no trap. */
export function isRevoked(value: unknown): boolean {
  try {
    return typeof Array.isArray(value) !== 'boolean'; // its result is used, or a bundler would leave the call out
  } catch {
    return true;
  }
}

/** `Array.isArray`, and false for a revoked proxy. */
export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** The length of an array, read once: a proxy of an array may claim any. */
export function lengthOf(array: ArrayLike<unknown>, name: string): number {
  const length: unknown = array.length;
  if (!Number.isSafeInteger(length) || (length as number) < 0) throw wrongType(`${name}.length`, 'a whole number', length);
  return length as number;
}

/** The elements of an array, each read once and checked. */
export function elements<T>(value: unknown, name: string, expected: string, check: Check<T>, most: number = maxCount): T[] {
  if (!isArray(value)) throw wrongType(name, expected, value);
  const length = lengthOf(value, name);
  if (length > most) throw wrongValue(name, `${expected}, at most ${most}`, value);
  const checked: T[] = [];
  for (let index = 0; index < length; index++) checked.push(check(value[index], `${name}[${index}]`));
  return checked;
}

/** A function that can be called: neither a class nor a revoked proxy. */
export function isCallable(value: unknown): value is (...values: never[]) => unknown {
  return typeof value === 'function' && !isRevoked(value) && !/^class\b/.test(sourceOf(value));
}

/** A function; its types are the caller's word. */
export function callback<T extends (...values: never[]) => unknown>(value: unknown, name: string): T {
  if (!isCallable(value)) throw wrongType(name, 'a function', value);
  return value as T;
}

const sourceOf = (value: unknown): string => Function.prototype.toString.call(value);

/** Any object but an array. */
export function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || isRevoked(value) || Array.isArray(value)) throw wrongType(name, 'an object', value);
  return value as Record<string, unknown>;
}

interface RecordWording {
  /** Whether an option is called by its name alone: `epochs` rather than `options.epochs`. Default false. */
  bare?: boolean;
  /** The word for the object's properties in messages. Default `'option'`. */
  noun?: string;
  /** Where the table of habits has what to write in the place of options that do not exist. */
  habits?: HabitPlace;
}

/** An object with these options and no others. Each option is read once, so what was checked is what is used. */
export function record<T extends object>(checks: Checks<T>, { bare = false, noun = 'option', habits }: RecordWording = {}): Check<T> {
  const known = Object.keys(checks) as (keyof T & string)[];
  return (value, name) => {
    const given = object(value, name);
    for (const key of Object.keys(given)) {
      if (!known.includes(key as keyof T & string)) throw wrongOption(unknownOption(name, noun, key, known, habits));
    }
    const checked: Partial<T> = {};
    for (const key of known) {
      const result = checks[key](given[key], bare ? key : `${name}.${key}`);
      if (result !== undefined) checked[key] = result;
    }
    return checked as T;
  };
}

function unknownOption(owner: string, noun: string, key: string, known: readonly string[], habits: HabitPlace | undefined): string {
  const write = habits && optionHabit(habits, key);
  const suggestion = closest(key, known);
  const others = suggestion === undefined ? `it has ${known.join(', ')}` : `did you mean "${suggestion}"?`;
  const hint = write === undefined ? others : `write ${write}`;
  return `${owner} has no ${noun} ${describe(key)}; ${hint}`;
}
