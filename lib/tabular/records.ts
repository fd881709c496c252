import { describe, wrongOption, wrongType } from '../errors';
import { isArray, lengthOf, object } from '../options/check';
import { parseDate } from '../table/dates';
import { didYouMean } from '../table/readings';
import { indexOfCategory } from './align';
import type { CategoryState } from './category-feature';
import type { Feature } from './encoder';
import { wrongData } from './wrong-data';

/** One row to predict for: the values of columns by their names. */
export type RecordLike = Readonly<Record<string, unknown>>;

type Read = (value: unknown, name: string) => number;

/** Reads records as the values of features. */
export class RecordReader {
  readonly #features: readonly { feature: Feature; read: Read }[];
  readonly #names: readonly string[];
  readonly #known: ReadonlySet<string>;

  /** `ignored`: names that a record may have, and that nothing is read from: the target, and columns that the model does not use. */
  constructor(features: readonly Feature[], ignored: readonly string[]) {
    this.#features = features.map((feature) => ({ feature, read: readerOf(feature) }));
    this.#names = features.map(({ name }) => name);
    this.#known = new Set([...this.#names, ...ignored]);
  }

  /** A number for each feature: a category's is its index. */
  read(value: unknown, name: string): number[] {
    const record = object(value, name);
    for (const key of Object.keys(record)) {
      if (!this.#known.has(key))
        throw wrongOption(`${name} has ${describe(key)}, which is not a column of the model${didYouMean(key, this.#names)}`);
    }
    return this.#features.map(({ feature, read }) => {
      const given = Object.hasOwn(record, feature.name) ? record[feature.name] : undefined;
      if (!isMissing(given)) return read(given, `${name}[${JSON.stringify(feature.name)}]`);
      if (feature.missing === 0) {
        throw wrongData(
          `${name} has no ${describe(feature.name)}${given === undefined ? '' : ` but ${describe(given)}`}: training had no missing value there`,
        );
      }
      return missingOf(feature);
    });
  }

  /** The records of an array. */
  readAll(records: readonly unknown[], name: string): number[][] {
    const length = lengthOf(records, name);
    return Array.from({ length }, (_, index) => this.read(records[index], `${name}[${index}]`));
  }
}

/** Whether a value is a list of records. */
export const isList = (value: unknown): value is readonly unknown[] => isArray(value);

const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (typeof value === 'number' && Number.isNaN(value));

const missingOf = ({ type }: Feature): number => (type === 'number' || type === 'date' ? Number.NaN : -1);

function readerOf(feature: Feature): Read {
  if (feature.type === 'number') return readNumber;
  return feature.type === 'date' ? readDate : readerOfCategory(feature);
}

const readNumber: Read = (value, name) => {
  if (typeof value !== 'number') throw wrongType(name, 'a number', value);
  return value;
};

const readDate: Read = (value, name) => {
  const time = typeof value === 'string' ? parseDate(value) : timeOf(value);
  if (time === undefined || Number.isNaN(time))
    throw wrongType(name, 'a Date, or a text such as 2026-01-31 or 2026-01-31T12:00:00Z', value);
  return time;
};

/** Of a Date of whatever realm. */
function timeOf(value: unknown): number | undefined {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return undefined;
  }
}

/** Texts as they stood in the data; of numbers that were taken for categories also the numbers, and of booleans true and false. */
function readerOfCategory(feature: CategoryState): Read {
  const indexOf = indexOfCategory(feature);
  const { type, categories } = feature;
  const areNumbers = categories.every((category) => category.trim() !== '' && Number.isFinite(Number(category)));
  return (value, name) => {
    if (typeof value === 'string') return indexOf(value);
    if (typeof value === 'boolean' && type === 'boolean') return indexOfBoolean(value, feature, indexOf);
    if (typeof value === 'number' && areNumbers) return indexOf(String(value));
    throw wrongType(
      name,
      type === 'boolean' ? `true, false or a text such as ${describe(categories[0])}` : `a text such as ${describe(categories[0])}`,
      value,
    );
  };
}

/** Booleans have two categories in the data, of which the first in the alphabet is the negative one: False, no, f, n. */
export function indexOfBoolean(value: boolean, { categories }: CategoryState, indexOf: (text: string) => number): number {
  const exact = indexOf(String(value));
  if (exact >= 0) return exact;
  const pattern = value ? /^[ty]/i : /^[fn]/i;
  return categories.findIndex((category) => pattern.test(category));
}
