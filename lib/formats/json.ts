import { describe } from '../errors';
import type { FloatArray } from '../native';
import type { NetworkSpec } from '../options';
import { badModel, checkValues, floats, type LayerParameters, layerSizes, type ModelState, readSpec } from './state';

/** A model as plain JSON. */
export interface JsonModel {
  format: 'chainrule';
  version: 1;
  spec: NetworkSpec;
  /** One entry for each dense layer, in order: a row of weights for each input, and the biases. */
  parameters: { weights: number[][]; bias: number[] }[];
}

/** A model as plain JSON. Numbers are written in as few digits as give the same value again. */
export function toJSON({ spec, parameters }: ModelState): JsonModel {
  return {
    format: 'chainrule',
    version: 1,
    spec,
    parameters: parameters.map(({ weights, bias }) => {
      const units = bias.length;
      const rows = weights.length / units;
      return { weights: Array.from({ length: rows }, (_, row) => numbers(weights, row * units, units)), bias: numbers(bias, 0, units) };
    }),
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
  const { format, version, spec: givenSpec, parameters: given } = members(json, name, 'must be an object');
  if (format !== 'chainrule') throw badModel(name, 'is not one of Chainrule: it does not have "format": "chainrule"');
  if (version !== 1) throw badModel(name, `has the format version ${describe(version)}; this version of Chainrule reads 1`);
  const spec = readSpec(givenSpec, name);
  const sizes = layerSizes(spec);
  const layers = array(given, sizes.length, 'parameters', name);
  const parameters = sizes.map(({ inputs, units }, index): LayerParameters => {
    const at = `parameters[${index}]`;
    const layer = members(layers[index], name, `must have an object in ${at}`);
    const rows = array(layer.weights, inputs, `${at}.weights`, name);
    array(rows[0], units, `${at}.weights[0]`, name); // A document of this size, before memory of that size.
    const weights = floats(spec.precision, inputs * units);
    for (const [row, values] of rows.entries()) {
      copy(values, weights.subarray(row * units, (row + 1) * units), `${at}.weights[${row}]`, name);
    }
    const bias = floats(spec.precision, units);
    copy(layer.bias, bias, `${at}.bias`, name);
    checkValues(weights, units, `${at}.weights`, name);
    checkValues(bias, units, `${at}.bias`, name);
    return { weights, bias };
  });
  return { spec, parameters };
}

function copy(values: unknown, into: FloatArray, at: string, name: string): void {
  for (const [index, value] of array(values, into.length, at, name).entries()) {
    if (typeof value !== 'number') throw badModel(name, `must have a number in ${at}[${index}], got ${describe(value)}`);
    into[index] = value;
  }
}

function array(value: unknown, length: number, at: string, name: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== length) {
    throw badModel(name, `must have an array of ${length} in ${at}, got ${describe(value)}`);
  }
  return value;
}

function members(value: unknown, name: string, rule: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badModel(name, `${rule}, got ${describe(value)}`);
  return value as Record<string, unknown>;
}
