import { wrongValue } from '../errors';
import { atOnce } from '../event-loop';
import {
  type Activation,
  type AnyInput,
  type AnyLayer,
  activationNames,
  activations,
  type Inputs,
  inputRowOf,
  inputSizeOf,
  lastOf,
  middleOf,
  type NetworkSpec,
  type PortableSource,
  rowOf,
  tensorsOf,
} from '../options';
import { toBase64 } from './base64';
import { asBytes } from './safetensors';
import { type ModelState, refusingNotFinite } from './state';

/*
 * A network as the text of one ES module that predicts and needs nothing else. The rows of layers, inputs and activations have the sources of
 * their functions. The module has those that the network uses, its settings, and all tensors as one text in base64.
 */

/** The functions that sources may call. Each may call those before it, but for `run`, `round` and `activations`, which every module has. */
const helpers: Readonly<Record<string, string>> = {
  sum: '(row) => row.reduce((total, value) => total + value, 0)',
  sigmoid: '(z) => 1 / (1 + Math.exp(-z))',
  softplus: '(z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))',
  // The series of positive terms: 2 / sqrt(pi) exp(-z^2) (z + 2 z^3 / 3 + 4 z^5 / 15 + ...). Beyond 6, erf is 1 in double precision.
  erf: `(z) => {
  if (!(Math.abs(z) < 6)) return Math.sign(z);
  let term = z;
  let total = z;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(total); n += 2) total += term *= (2 * z * z) / n;
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * total;
}`,
  softmax: `(row) => {
  const most = row.reduce((a, b) => Math.max(a, b));
  const powers = row.map((z) => Math.exp(z - most));
  const total = sum(powers);
  return powers.map((power) => power / total);
}`,
};

/** The largest text that every engine of today can hold has 2^29 - 24 characters; the module has some besides the tensors. */
const mostBytes = 2 ** 28;

/** The text of an ES module. Refuses a network with a value that is not finite, and one that is too large for a text. */
export function toJavaScript({ spec, parameters }: Pick<ModelState, 'spec' | 'parameters'>): string {
  if (parameters.byteLength > mostBytes) {
    throw wrongValue('the network', `of at most ${mostBytes} bytes of parameters, to be JavaScript`, parameters.byteLength);
  }
  atOnce(refusingNotFinite({ spec, parameters }));
  const parts = partsOf(spec);
  return [
    ...heading,
    ...constants(spec),
    '',
    ...unpacking(spec, toBase64(asBytes(parameters)), parameters.length),
    '',
    ...parts.functions,
    '',
    `const inputs = ${parts.inputs};`,
    `const layers = ${parts.layers};`,
    '',
    ...running,
    '',
    ...predicting(spec),
    ...(spec.classNames === undefined ? [] : ['', ...classifying(spec)]),
    '',
  ].join('\n');
}

const heading = [
  '// @ts-nocheck Types are in the comments of what is exported.',
  '// A network that Chainrule made. It needs nothing else: predict(row) has the outputs for one row of inputs.',
  '',
];

function constants(spec: NetworkSpec): string[] {
  return [
    '/** The number of values in a row. */',
    `export const inputSize = ${inputSizeOf(spec)};`,
    '/** The number of outputs. */',
    `export const outputSize = ${lastOf(spec).units};`,
    ...(spec.classNames === undefined
      ? []
      : [
          '/** The names of the classes, in the order of the outputs. */',
          `export const classNames = /** @type {const} */ (${json(spec.classNames)});`,
        ]),
  ];
}

/** JSON that is JavaScript, also within HTML: no text of a user's ends a script. */
const json = (value: unknown): string =>
  JSON.stringify(value).replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

function unpacking({ precision }: NetworkSpec, text: string, length: number): string[] {
  const [type, size, round] = precision === 'f64' ? ['Float64', 8, '(value) => value'] : ['Float32', 4, 'Math.fround'];
  return [
    `const text = atob('${text}');`,
    'const view = new DataView(new ArrayBuffer(text.length));',
    'for (let i = 0; i < text.length; i++) view.setUint8(i, text.charCodeAt(i));',
    `const values = new ${type}Array(${length});`,
    `for (let i = 0; i < values.length; i++) values[i] = view.get${type}(${size} * i, true);`,
    'const tensor = (from, length) => values.subarray(from, from + length);',
    `const round = ${round};`,
  ];
}

/** The functions that a network uses, and what they are applied to. */
function partsOf(spec: NetworkSpec): { functions: string[]; inputs: string; layers: string } {
  const kinds = new Map<string, string>();
  const encoders = new Map<string, string>();
  const used = new Set<Activation>();
  const tensors = new Map<string, string>();
  for (const { name, offset, length } of tensorsOf(spec)) tensors.set(name, `tensor(${offset}, ${length})`);

  /** An object with the settings and tensors that a function reads. */
  const object = (given: AnyLayer | AnyInput, prefix: string, settings: readonly string[], more: string[] = []): string => {
    const read = given as unknown as Record<string, unknown>;
    const of = (name: string): string[] => (read[name] === undefined ? [] : [`${name}: ${json(read[name])}`]);
    const own = [...tensors].filter(([name]) => name.startsWith(prefix) && !name.slice(prefix.length).includes('.'));
    return `{ ${[...['type', ...settings].flatMap(of), ...own.map(([name, text]) => `${name.slice(prefix.length)}: ${text}`), ...more].join(', ')} }`;
  };
  const layerTexts = (layers: readonly AnyLayer[], prefix: string): string => {
    const texts = layers.flatMap((layer, index) => {
      const row = rowOf(layer);
      if (row.javascript === undefined) return [];
      const { settings, source } = row.javascript as PortableSource<AnyLayer>;
      kinds.set(layer.type, source);
      const { activation } = layer as { activation?: Activation };
      if (activation !== undefined) used.add(activation);
      const inner = row.layers?.(layer);
      const own = `${prefix}layers.${index}.`;
      return [object(layer, own, settings, inner === undefined ? [] : [`layers: ${layerTexts(inner, own)}`])];
    });
    return `[${texts.join(', ')}]`;
  };
  const layers = layerTexts(spec.layers, '');
  const inputs = ((spec as Inputs).inputs ?? []).map((input, index) => {
    const { settings, source } = inputRowOf(input).javascript;
    encoders.set(input.type, source);
    return object(input, `inputs.${index}.`, ['columns', ...settings]);
  });
  const tables = [
    table(
      'activations',
      activationNames.filter((name) => used.has(name)).map((name) => [name, activationSource(name)]),
    ),
    table('kinds', [...kinds]),
    table('encoders', [...encoders]),
  ];
  return { functions: [...helpersOf(tables.join('\n')), ...tables], inputs: `[${inputs.join(', ')}]`, layers };
}

const table = (name: string, entries: readonly (readonly [string, string])[]): string =>
  entries.length === 0
    ? `const ${name} = {};`
    : `const ${name} = {\n${entries.map(([key, source]) => `  ${key}: ${source.replaceAll('\n', '\n  ')},`).join('\n')}\n};`;

function activationSource(name: Activation): string {
  const { javascript } = activations[name];
  return typeof javascript === 'string' ? `(row) => row.map((z) => ${javascript})` : javascript.row;
}

/** The helpers that a text names, and those that these name. */
function helpersOf(text: string): string[] {
  const found: string[] = [];
  let naming = text;
  for (const [name, source] of Object.entries(helpers).reverse()) {
    if (!new RegExp(`\\b${name}\\b`).test(naming)) continue;
    naming += source;
    found.unshift(`const ${name} = ${source};`);
  }
  return found;
}

const running = ['const run = (rows, layers) => layers.reduce((passed, layer) => kinds[layer.type](passed, layer), rows);'];

function predicting(spec: NetworkSpec): string[] {
  const [columns, outputs] = [inputSizeOf(spec), lastOf(spec).units];
  return `/**
 * The outputs for one row of inputs.
 *
 * @param {ArrayLike<number>} row ${columns} finite ${columns === 1 ? 'number' : 'numbers'}.
 * @returns {number[]} ${outputs} ${outputs === 1 ? 'number' : 'numbers'}.
 */
export function predict(row) {
  if (row?.length !== inputSize) throw new RangeError('row must have ' + inputSize + ' numbers, got ' + row?.length);
  const x = Array.from(row, round);
  const wrong = x.findIndex((value, i) => typeof row[i] !== 'number' || !Number.isFinite(value));
  if (wrong >= 0) throw new TypeError('row[' + wrong + '] must be a finite number, got ' + String(row[wrong]));
  let first = 0;
  const encoded = inputs.flatMap((input) => {
    const from = first;
    first += input.columns;
    return encoders[input.type](x.slice(from, first), input, from);
  });
  const members = run([inputs.length > 0 ? encoded : x], layers);
  return Array.from(members[0], (_, i) => members.reduce((total, outputs) => total + outputs[i], 0) / members.length);
}`.split('\n');
}

function classifying(spec: NetworkSpec): string[] {
  const { activation, units } = lastOf(spec);
  const index = units === 1 ? `Number(outputs[0] > ${middleOf(spec.loss.type, activation)})` : 'outputs.indexOf(Math.max(...outputs))';
  return `/**
 * The name of the class that is the most probable for one row of inputs.
 *
 * @param {ArrayLike<number>} row As for \`predict\`.
 * @returns {typeof classNames[number]}
 */
export function predictClass(row) {
  const outputs = predict(row);
  return classNames[${index}];
}`.split('\n');
}
