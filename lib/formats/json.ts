import { describe } from '../errors';
import { atOnce } from '../event-loop';
import type { FloatArray } from '../native';
import { indicesOf, type Metadata, type NetworkSpec, type Precision, type TensorPlace, tensorsOf } from '../options';
import { isArray, isRevoked, oneOf, record, withDefault } from '../options/check';
import { base64Length, fromBase64, toBase64 } from './base64';
import { readMetadata } from './metadata';
import { asBytes } from './safetensors';
import {
  badModel,
  checkLeast,
  elementAt,
  findingNotFinite,
  floats,
  type ModelState,
  notFinite,
  readSpec,
  refusingNotFinite,
  wrongVersion,
} from './state';

/** How JSON has the weights: as numbers in arrays, or as a text for each tensor. */
export type JsonWeights = 'plain' | 'base64';

/** The options of `toJSON`. */
export interface JsonOptions<W extends JsonWeights = JsonWeights> {
  /**
   * `'base64'`: each tensor is one text: its values row by row, little endian, in single precision, or in double precision for `'f64'`. It is
   * half as large, and keeps every bit. Default `'plain'`.
   */
  weights?: W;
}

const checkOptions = record<Required<JsonOptions>>({ weights: withDefault(oneOf(['plain', 'base64']), 'plain') }, { bare: true });

/** A model as plain JSON. */
export interface JsonModel<W extends JsonWeights = 'plain'> {
  format: 'chainrule';
  version: 2;
  spec: NetworkSpec;
  /** The network's `metadata`, if it has any. */
  metadata?: Metadata;
  /** Every tensor by its name, such as `layers.0.weights`: values in arrays, nested as deep as its shape is long; or a text. */
  parameters: Record<string, W extends 'base64' ? string : JsonTensor>;
}

/** The values of a tensor: a number for each unit of a bias, a row for each input of weights. */
export type JsonTensor = number[] | JsonTensor[];

/**
 * A model as plain JSON. Numbers are written in as few digits as give the same value again. Refuses what `fromJSON` would refuse.
 * `JSON.stringify` passes the name of a property in place of options.
 */
export function toJSON<W extends JsonWeights = 'plain'>(
  { spec, metadata, parameters }: ModelState,
  options: JsonOptions<W> | string = {},
): JsonModel<W> {
  const { weights } = checkOptions(typeof options === 'string' ? {} : options, 'options');
  atOnce(refusingNotFinite({ spec, parameters }));
  const asText = ({ offset, length }: TensorPlace): string => toBase64(asBytes(parameters.subarray(offset, offset + length)));
  const asNumbers = ({ offset, shape }: TensorPlace): JsonTensor => nested(parameters, offset, shape);
  const tensors = Array.from(tensorsOf(spec), (tensor) => [tensor.name, weights === 'base64' ? asText(tensor) : asNumbers(tensor)]);
  return {
    format: 'chainrule',
    version: 2,
    spec: JSON.parse(JSON.stringify(spec)) as NetworkSpec,
    ...(Object.keys(metadata).length > 0 && { metadata: { ...metadata } }),
    parameters: Object.fromEntries(tensors) as JsonModel<W>['parameters'],
  };
}

/** The values of a tensor from `from` on, row by row. */
function nested(array: FloatArray, from: number, [size = 0, ...inner]: readonly number[]): JsonTensor {
  if (inner.length === 0) return numbers(array, from, size);
  const length = inner.reduce((product, count) => product * count, 1);
  return Array.from({ length: size }, (_, index) => nested(array, from + index * length, inner));
}

function numbers(array: FloatArray, from: number, count: number): number[] {
  const shortest = array instanceof Float32Array ? shortestSingle : (value: number) => value;
  return Array.from({ length: count }, (_, index) => shortest(array[from + index] as number));
}

/** A float32 as the number with few digits that rounds to it: 0.1 rather than 0.10000000149011612. Nine digits are always enough. */
function shortestSingle(value: number): number {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 24) return value;
  const isEnough = (digits: number) => Math.fround(Number(value.toPrecision(digits))) === value;
  let digits = 7;
  if (isEnough(digits)) while (digits > 1 && isEnough(digits - 1)) digits--;
  else while (digits < 9 && !isEnough(digits)) digits++;
  return Number(value.toPrecision(digits));
}

/** The model in a parsed JSON document; `name` is what it is called in errors. */
export function fromJSON(json: unknown, name = 'the JSON model'): ModelState {
  const { format, version, spec: givenSpec, metadata, parameters: given } = members(json, name, 'must be an object');
  if (format !== 'chainrule') throw badModel(name, 'is not one of Chainrule: it does not have "format": "chainrule"');
  if (version !== 2) throw wrongVersion(name, version, 2);
  const spec = readSpec(givenSpec, name);
  const tensors = Array.from(tensorsOf(spec));
  const values = members(given, name, 'must have an object in parameters');
  const at = (tensor: string): string => `parameters[${JSON.stringify(tensor)}]`;
  // Each array is read once, and its length is checked before there is memory for the values.
  const found = tensors.map(({ name: tensor, shape, length }) => {
    const value = values[tensor];
    return typeof value === 'string'
      ? textOf(value, length * bytesOf[spec.precision], at(tensor), name)
      : rowsOf(value, shape, at(tensor), name);
  });
  const known = new Set(tensors.map((tensor) => tensor.name));
  const extra = Object.keys(values).find((key) => !known.has(key));
  if (extra !== undefined) throw badModel(name, `has a tensor ${describe(extra)} that its network does not`);
  const parameters = floats(
    spec.precision,
    tensors.reduce((sum, { length }) => sum + length, 0),
  );
  let filled = 0;
  for (const [index, rows] of found.entries()) {
    const { name: tensor, shape, length } = tensors[index] as TensorPlace;
    if (typeof rows === 'string') {
      if (!fromBase64(rows, asBytes(parameters.subarray(filled, filled + length))))
        throw badModel(name, `must have base64 in ${at(tensor)}`);
      filled += length;
      continue;
    }
    const count = shape.at(-1) as number;
    for (const [row, given] of rows.entries()) {
      copy(given, count, parameters, filled, () => `${at(tensor)}${indexing(row, shape.slice(0, -1))}`, name);
      filled += count;
    }
  }
  const index = atOnce(findingNotFinite(parameters));
  if (index >= 0) {
    const { tensor, indices } = elementAt(index, spec);
    throw notFinite(parameters[index], at(tensor.name), indices, name);
  }
  checkLeast(parameters, spec, name);
  return { spec, metadata: metadata === undefined ? {} : readMetadata(metadata, name), parameters };
}

const bytesOf: Record<Precision, number> = { f32: 4, f64: 8, bf16: 4 };

/** A tensor in base64, which is as long as it should be. */
function textOf(text: string, bytes: number, at: string, name: string): string {
  if (text.length === base64Length(bytes)) return text;
  throw badModel(name, `must have ${base64Length(bytes)} characters of base64 in ${at}, got ${text.length}`);
}

/** The innermost arrays of a tensor, which are as long as they should be. */
function rowsOf(value: unknown, [size = 0, ...inner]: readonly number[], at: string, name: string): (readonly unknown[])[] {
  const given = array(value, size, at, name);
  if (inner.length === 0) return [given];
  const rows: (readonly unknown[])[] = [];
  for (let index = 0; index < size; index++) for (const row of rowsOf(given[index], inner, `${at}[${index}]`, name)) rows.push(row);
  return rows;
}

/** `[3]` for a row of a matrix, nothing for a vector. */
const indexing = (row: number, shape: readonly number[]): string =>
  indicesOf(row, shape)
    .map((index) => `[${index}]`)
    .join('');

function copy(values: readonly unknown[], count: number, into: FloatArray, offset: number, at: () => string, name: string): void {
  for (let index = 0; index < count; index++) {
    const value = values[index];
    if (typeof value !== 'number') throw badModel(name, `must have a number in ${at()}[${index}], got ${describe(value)}`);
    into[offset + index] = value;
  }
}

function array(value: unknown, length: number, at: string, name: string): readonly unknown[] {
  if (!isArray(value) || value.length !== length) throw badModel(name, `must have an array of ${length} in ${at}, got ${describe(value)}`);
  return value;
}

function members(value: unknown, name: string, rule: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || isRevoked(value) || isArray(value))
    throw badModel(name, `${rule}, got ${describe(value)}`);
  return value as Record<string, unknown>;
}
