import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { NeuralNetwork, readNpz, toNpz } from '../index';
import { type SchemaColumn, TabularModel } from '../tabular/index';
import type { Arguments, Values } from './flags/flag';
import type { exportFlags } from './flags/lists';
import { count, counted, entry } from './lines';
import { loadModel, modelFile } from './model-file';
import { shortened } from './terminal-text';
import { writeText } from './train/folder';
import { UsageError } from './usage';

/** Rows of outputs for rows of inputs, one behind the other. */
type Predict = (rows: readonly (readonly number[])[]) => Promise<number[]>;

/** A format: how a network is written, and how what was written predicts. */
interface Way {
  extension: string;
  write(network: NeuralNetwork): Uint8Array | string | Promise<Uint8Array>;
  open(file: string, network: NeuralNetwork): Promise<Predict>;
}

const predictWith =
  (network: NeuralNetwork): Predict =>
  async (rows) =>
    Array.from((await network.predictAsync(rows as number[][])).data);

const ways: Readonly<Record<NonNullable<Values<typeof exportFlags>['to']>, Way>> = {
  onnx: { extension: 'onnx', write: (network) => network.toONNX(), open: async (file) => predictWith(await NeuralNetwork.fromONNX(file)) },
  json: {
    extension: 'json',
    write: (network) => `${JSON.stringify(network.toJSON())}\n`,
    open: async (file) => predictWith(NeuralNetwork.fromJSON(JSON.parse(await readFile(file, 'utf8')))),
  },
  js: {
    extension: 'mjs',
    write: (network) => network.toJavaScript(),
    open: async (file) => {
      const { predict } = (await import(pathToFileURL(file).href)) as { predict(row: readonly number[]): number[] };
      return async (rows) => rows.flatMap((row) => Array.from(predict(row)));
    },
  },
  safetensors: {
    extension: 'safetensors',
    write: (network) => network.toBytes(),
    open: async (file) => predictWith(await NeuralNetwork.load(file)),
  },
  npz: {
    extension: 'npz',
    write: (network) => toNpz(Object.fromEntries(tensorsOf(network).map(({ name, data, shape }) => [name, { data, shape }]))),
    open: async (file, network) => {
      const arrays = await readNpz(file);
      const copy = NeuralNetwork.fromBytes(network.toBytes());
      for (const { name, key, parameters } of tensorsOf(copy)) Object.assign(parameters, { [key]: arrays[name]?.data });
      return predictWith(copy);
    },
  },
};

/** Every tensor of a network: `layers.0.weights`. */
function tensorsOf({ inputs, layers }: NeuralNetwork) {
  const groups = { inputs, layers };
  return Object.entries(groups).flatMap(([group, parts]) =>
    parts.flatMap(({ parameters }, index) =>
      Object.entries(parameters).map(([key, { data, shape }]) => ({ name: `${group}.${index}.${key}`, key, data, shape, parameters })),
    ),
  );
}

/** `chainrule export`: a model in another format. ONNX has the encoder of a tabular model, too; other formats have the network alone. */
export async function run({ flags, words: [given = ''] }: Arguments<typeof exportFlags>): Promise<void> {
  const { to } = flags;
  if (to === undefined) throw new UsageError(`chainrule export: --to is missing, one of ${Object.keys(ways).join(', ')}`);
  const source = await modelFile(given);
  const model = await loadModel(source);
  const isWhole = model instanceof TabularModel && to === 'onnx';
  const out = flags.out ?? path.join(path.dirname(source), `${isWhole ? 'model' : 'network'}.${ways[to].extension}`);
  const isThere = await access(out).then(
    () => true,
    () => false,
  );
  if (path.resolve(out) === path.resolve(source)) throw new UsageError(`--out must be another file than the model itself, ${source}`);
  if (isThere && !flags.overwrite) throw new UsageError(`${out} exists: name another file (--out), or say --overwrite`);
  const lines = isWhole ? await exportTable(model, out) : await exportNetwork(model, ways[to], out, source);
  console.log(lines.join('\n'));
}

async function exportNetwork(model: TabularModel | NeuralNetwork, way: Way, out: string, source: string): Promise<string[]> {
  const network = model instanceof TabularModel ? model.network : model;
  await writeText(out, await way.write(network));
  const difference = await largestDifference(network, await way.open(out, network));
  if (!(difference <= tolerance)) throw new Error(`${out} does not predict what ${source} does: outputs differ by ${difference}`);
  return [
    entry('wrote', `${out}: ${counted(network.inputSize, 'input')}, ${counted(network.outputSize, 'output')}`),
    entry('checked', `read again, it predicts ${sameness(difference)} for ${counted(checkedRows, 'row')}`),
    ...(model instanceof TabularModel ? [entry('inputs', ...inputLines(model))] : []),
  ];
}

/** Only a runtime can run the whole file: the network in it is read from a file of its own. */
async function exportTable(model: TabularModel, out: string): Promise<string[]> {
  const { target, columns } = model.schema;
  const plain = target.kind === 'regression' ? ['value'] : ['label', 'probabilities'];
  const outputPrefix = columns.some(({ name }) => plain.includes(name)) ? 'predicted_' : '';
  const file = model.toONNX({ outputPrefix });
  const difference = await largestDifference(model.network, predictWith(await NeuralNetwork.fromONNX(model.network.toONNX())));
  if (!(difference <= tolerance))
    throw new Error(`the network in ONNX does not predict what it does here: outputs differ by ${difference}`);
  await writeText(out, file);
  return [
    entry('wrote', `${out}: ${counted(columns.length, 'input')}, ${counted(plain.length, 'output')}`),
    entry('checked', `its network, in a file of its own, predicts ${sameness(difference)} for ${counted(checkedRows, 'row')}`),
    entry('inputs', ...inputsOf(columns)),
    entry('outputs', ...plain.map((name) => `${outputPrefix}${name}`)),
  ];
}

/** The first columns. */
const mostColumns = 20;

function inputsOf(columns: readonly SchemaColumn[]): string[] {
  const lines = columns.slice(0, mostColumns).map(({ name, type }) => `${shortened(name)}: ${inputTypes[type]}`);
  return columns.length > mostColumns ? [...lines, `and ${count(columns.length - mostColumns)} more`] : lines;
}

const inputTypes = {
  number: 'double',
  date: 'double, milliseconds since 1970',
  category: 'string',
  boolean: 'string, true or false',
} as const;

const sameness = (difference: number): string => (difference === 0 ? 'the same bits' : `the same to ${difference.toPrecision(2)}`);

/** Numbers as a file of another format may round them. */
const tolerance = 1e-4;
const checkedRows = 64;

/** The largest difference of the outputs for some rows: small numbers, and an index for each embedding. */
async function largestDifference(network: NeuralNetwork, predict: Predict): Promise<number> {
  const inputs = network.inputs.flatMap(({ options, columns }) =>
    Array.from({ length: columns }, () => options as { categories?: number }),
  );
  // A network of `inputSize` has columns alone.
  const limits = Array.from({ length: network.inputSize }, (_, column) => inputs[column]?.categories);
  const rows = Array.from({ length: checkedRows }, (_, row) =>
    limits.map((limit, column) => (limit === undefined ? 2 * Math.sin((row * limits.length + column) * 12.9898) : (row + column) % limit)),
  );
  const [expected, got] = [await predictWith(network)(rows), await predict(rows)];
  return expected.reduce((most, value, index) => Math.max(most, Math.abs(value - (got[index] as number))), 0);
}

function inputLines({ schema, network }: TabularModel): string[] {
  return [
    `the ${network.inputSize} numbers that TabularModel's encode(record) gives for ${schema.columns.length} columns`,
    schema.target.kind === 'regression'
      ? 'its output is what decode(outputs) takes: the standardised target'
      : 'its outputs are the probabilities of the classes, in the order of the schema',
  ];
}
