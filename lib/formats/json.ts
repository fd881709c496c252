import { describe } from '../errors';
import { atOnce } from '../event-loop';
import type { FloatArray } from '../native';
import type { Metadata, NetworkSpec } from '../options';
import { isArray, isRevoked } from '../options/check';
import { readMetadata } from './metadata';
import {
  badModel,
  findingNotFinite,
  floats,
  type LayerSize,
  layerSizes,
  type ModelState,
  notFinite,
  parameterCount,
  placeOf,
  readSpec,
  refusingNotFinite,
} from './state';

/** A model as plain JSON. */
export interface JsonModel {
  format: 'chainrule';
  version: 1;
  spec: NetworkSpec;
  /** The network's `metadata`, if it has any. */
  metadata?: Metadata;
  /** One entry for each dense layer, in order: a row of weights for each input, and the biases. */
  parameters: { weights: number[][]; bias: number[] }[];
}

/** A model as plain JSON. Numbers are written in as few digits as give the same value again. Refuses what `fromJSON` would refuse. */
export function toJSON({ spec, metadata, parameters }: ModelState): JsonModel {
  atOnce(refusingNotFinite({ spec, parameters }));
  let first = 0;
  const next = (count: number): number[] => {
    first += count;
    return numbers(parameters, first - count, count);
  };
  return {
    format: 'chainrule',
    version: 1,
    spec: JSON.parse(JSON.stringify(spec)) as NetworkSpec,
    ...(Object.keys(metadata).length > 0 && { metadata: { ...metadata } }),
    parameters: layerSizes(spec).map(({ inputs, units }) => ({
      weights: Array.from({ length: inputs }, () => next(units)),
      bias: next(units),
    })),
  };
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
  if (version !== 1) throw badModel(name, `has the format version ${describe(version)}; this version of Chainrule reads 1`);
  const spec = readSpec(givenSpec, name);
  const sizes = layerSizes(spec);
  const layers = array(given, sizes.length, 'parameters', name);
  const blocks = sizes.map((size, index) => checkLayer(layers[index], size, `parameters[${index}]`, name));
  const parameters = floats(spec.precision, parameterCount(spec)); // A document of this size was there before memory of that size.
  let filled = 0;
  const append = (values: unknown, units: number, at: () => string): void => {
    copy(array(values, units, at, name), units, parameters, filled, at, name);
    filled += units;
  };
  for (const [index, { inputs, units }] of sizes.entries()) {
    const { weights, bias } = blocks[index] as LayerRows;
    for (let row = 0; row < inputs; row++) append(weights[row], units, () => `parameters[${index}].weights[${row}]`);
    append(bias, units, () => `parameters[${index}].bias`);
  }
  const index = atOnce(findingNotFinite(parameters));
  if (index >= 0) {
    const { dense, kind, row, column } = placeOf(index, spec);
    throw notFinite(parameters[index], `parameters[${dense}].${kind}`, [row, column], name);
  }
  return { spec, metadata: metadata === undefined ? {} : readMetadata(metadata, name), parameters };
}

/** A layer's rows of weights and its bias: what is in them is not looked at yet. */
interface LayerRows {
  weights: readonly unknown[];
  bias: unknown;
}

/** The arrays are there, and as long as they should be. */
function checkLayer(layer: unknown, { inputs, units }: LayerSize, at: string, name: string): LayerRows {
  const { weights: given, bias } = members(layer, name, `must have an object in ${at}`);
  const weights = array(given, inputs, `${at}.weights`, name);
  for (let row = 0; row < inputs; row++) array(weights[row], units, () => `${at}.weights[${row}]`, name);
  array(bias, units, `${at}.bias`, name);
  return { weights, bias };
}

function copy(values: readonly unknown[], count: number, into: FloatArray, offset: number, at: () => string, name: string): void {
  for (let index = 0; index < count; index++) {
    const value = values[index];
    if (typeof value !== 'number') throw badModel(name, `must have a number in ${at()}[${index}], got ${describe(value)}`);
    into[offset + index] = value;
  }
}

function array(value: unknown, length: number, at: string | (() => string), name: string): readonly unknown[] {
  if (!isArray(value) || value.length !== length) {
    const place = typeof at === 'string' ? at : at();
    throw badModel(name, `must have an array of ${length} in ${place}, got ${describe(value)}`);
  }
  return value;
}

function members(value: unknown, name: string, rule: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || isRevoked(value) || isArray(value))
    throw badModel(name, `${rule}, got ${describe(value)}`);
  return value as Record<string, unknown>;
}
