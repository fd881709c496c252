import { describe } from '../errors';
import { atOnce } from '../event-loop';
import { tensorsOf } from '../options';
import { isArray, isRevoked } from '../options/check';
import { badModel, elementAt, findingNotFinite, floats, type ModelState, notFinite, readSpec } from './state';

/*
 * The document of brain.js's `NeuralNetwork.toJSON()`, in version 1 and in version 2. All layers have one activation. A network of hashes has
 * names for its inputs and outputs, which become metadata.
 */

const name = 'the brain.js model';

/** By their names in brain.js. Version 1.0 saved none where it was sigmoid. */
const activationNames: Readonly<Record<string, string>> = { sigmoid: 'sigmoid', relu: 'relu', 'leaky-relu': 'leakyRelu', tanh: 'tanh' };
const leakyAlpha = 0.01;

/** One layer: a bias for each unit, and a weight for each unit and input. */
interface Layer {
  biases: readonly unknown[];
  weights: readonly (readonly unknown[])[];
}

interface Parts {
  inputs: number;
  layers: Layer[];
  inputNames: readonly string[] | undefined;
  outputNames: readonly string[] | undefined;
}

export function fromBrain(json: unknown): ModelState {
  const model = object(json, 'must be the object of toJSON()');
  const { type } = model;
  if (type !== undefined && type !== 'NeuralNetwork' && type !== 'NeuralNetworkGPU') {
    throw badModel(name, `is of the type ${describe(type)}: NeuralNetwork is read`);
  }
  const layers = array(model.layers, 'layers');
  const first = object(layers[0], 'must have at least two objects in layers');
  if (layers.length < 2) throw badModel(name, `must have at least two objects in layers, got ${layers.length}`);
  const isSecond = isArray(first.weights);
  const parts = isSecond ? secondVersion(model, layers) : firstVersion(model, layers);
  const { activation, factor } = activationOf(model, isSecond);
  const spec = readSpec(
    {
      inputSize: parts.inputs,
      layers: parts.layers.map(({ biases }) => ({ type: 'dense', units: biases.length, activation })),
      loss: 'mse',
    },
    name,
  );
  const parameters = floats(
    'f32',
    Array.from(tensorsOf(spec)).reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const [index, { weights, biases }] of parts.layers.entries()) {
    const inputs = index === 0 ? parts.inputs : (parts.layers[index - 1] as Layer).biases.length;
    for (const [unit, row] of weights.entries()) {
      for (let input = 0; input < inputs; input++)
        parameters[at + input * weights.length + unit] = factor * numeric(row[input], index, unit);
    }
    at += inputs * weights.length;
    for (const [unit, bias] of biases.entries()) parameters[at + unit] = factor * numeric(bias, index, unit);
    at += biases.length;
  }
  const wrong = atOnce(findingNotFinite(parameters));
  if (wrong >= 0) {
    const { tensor, indices } = elementAt(wrong, spec);
    throw notFinite(parameters[wrong], tensor.name, indices, name);
  }
  const { inputNames, outputNames } = parts;
  const metadata = {
    ...(inputNames && { inputs: JSON.stringify(inputNames) }),
    ...(outputNames && { outputs: JSON.stringify(outputNames) }),
  };
  return { spec, metadata, parameters };
}

/** The leaky-relu of version 1 is 0.01 * relu(z), which is relu(0.01 * z): its weights get the factor. */
function activationOf(
  { activation: own, options, trainOpts }: Record<string, unknown>,
  isSecond: boolean,
): { activation: string; factor: number } {
  const [of, trained] = [options, trainOpts].map((value) => (isObject(value) ? value : {})) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  const activation = own ?? of.activation ?? trained.activation ?? 'sigmoid';
  if (typeof activation !== 'string' || !Object.hasOwn(activationNames, activation)) {
    throw badModel(name, `has the activation ${describe(activation)}: ${Object.keys(activationNames).join(', ')} are read`);
  }
  const alpha = of.leakyReluAlpha ?? trained.leakyReluAlpha ?? leakyAlpha;
  if (activation === 'leaky-relu' && alpha !== leakyAlpha) {
    throw badModel(name, `has the leakyReluAlpha ${describe(alpha)}: ${leakyAlpha} is read, which leakyRelu has`);
  }
  if (activation === 'leaky-relu' && !isSecond) return { activation: 'relu', factor: leakyAlpha };
  return { activation: activationNames[activation] as string, factor: 1 };
}

/** `weights` has an array for each unit; the names are in tables. */
function secondVersion({ sizes, inputLookup, outputLookup }: Record<string, unknown>, all: readonly unknown[]): Parts {
  const counts = array(sizes, 'sizes');
  const inputs = counts[0];
  if (counts.length !== all.length || typeof inputs !== 'number') throw badModel(name, `must have ${all.length} numbers in sizes`);
  let before: unknown = inputs;
  const layers = all.slice(1).map((value, index): Layer => {
    const at = `layers[${index + 1}]`;
    const { weights, biases } = object(value, `must have an object in ${at}`);
    const rows = array(weights, `${at}.weights`).map((row, unit) => array(row, `${at}.weights[${unit}]`, before));
    before = rows.length;
    return { weights: rows, biases: array(biases, `${at}.biases`, rows.length) };
  });
  const outputs = (layers.at(-1) as Layer).biases.length;
  return {
    inputs,
    layers,
    inputNames: lookup(inputLookup, inputs, 'inputLookup'),
    outputNames: lookup(outputLookup, outputs, 'outputLookup'),
  };
}

/** Names with the indices that they stand for. */
function lookup(value: unknown, count: number, at: string): string[] | undefined {
  if (value === null || value === undefined || value === false) return undefined;
  const names: string[] = [];
  const entries = Object.entries(object(value, `must have an object in ${at}`));
  for (const [key, index] of entries) {
    if (!Number.isSafeInteger(index) || (index as number) < 0 || (index as number) >= count || names[index as number] !== undefined) {
      throw badModel(name, `must have a number below ${count} for each name in ${at}, each once, got ${describe(index)}`);
    }
    names[index as number] = key;
  }
  if (entries.length !== count) throw badModel(name, `must have ${count} names in ${at}, got ${entries.length}`);
  return names;
}

/** A layer is an object of units, and the weights of a unit an object by the names of the layer before. */
function firstVersion({ inputLookup, outputLookup }: Record<string, unknown>, all: readonly unknown[]): Parts {
  const keysOf = all.map((layer, index) => Object.keys(object(layer, `must have an object in layers[${index}]`)));
  const layers = all.slice(1).map((layer, index): Layer => {
    const units = layer as Record<string, unknown>;
    const before = keysOf[index] as string[];
    const found = (keysOf[index + 1] as string[]).map((key) => {
      const at = `layers[${index + 1}][${JSON.stringify(key)}]`;
      const { bias, weights: given } = object(units[key], `must have an object in ${at}`);
      const weights = object(given, `must have an object in ${at}.weights`);
      const count = Object.keys(weights).length;
      if (count !== before.length || !before.every((input) => Object.hasOwn(weights, input))) {
        throw badModel(name, `must have ${before.length} weights by the names of layers[${index}] in ${at}.weights, got ${count}`);
      }
      return { bias, weights: before.map((input) => weights[input]) };
    });
    return { biases: found.map(({ bias }) => bias), weights: found.map(({ weights }) => weights) };
  });
  const [inputs, outputs] = [keysOf[0] as string[], keysOf.at(-1) as string[]];
  return { inputs: inputs.length, layers, inputNames: inputLookup ? inputs : undefined, outputNames: outputLookup ? outputs : undefined };
}

function numeric(value: unknown, layer: number, unit: number): number {
  if (typeof value === 'number') return value;
  throw badModel(name, `must have numbers for unit ${unit} of layers[${layer + 1}], got ${describe(value)}`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !isRevoked(value) && !isArray(value);

function object(value: unknown, rule: string): Record<string, unknown> {
  if (isObject(value)) return value;
  throw badModel(name, `${rule}, got ${describe(value)}`);
}

function array(value: unknown, at: string, length?: unknown): readonly unknown[] {
  if (isArray(value) && (length === undefined || value.length === length)) return value;
  throw badModel(name, `must have an array${length === undefined ? '' : ` of ${length}`} in ${at}, got ${describe(value)}`);
}
