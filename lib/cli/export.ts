import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { NeuralNetwork, readNpz, toNpz } from '../index';
import { TabularModel } from '../tabular/index';
import type { Arguments, Values } from './flags/flag';
import type { exportFlags } from './flags/lists';
import { counted, entry } from './lines';
import { loadModel, modelFile } from './model-file';
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

/** `chainrule export`: the network of a model in another format. */
export async function run({ flags, words: [given = ''] }: Arguments<typeof exportFlags>): Promise<void> {
  const { to } = flags;
  if (to === undefined) throw new UsageError(`chainrule export: --to is missing, one of ${Object.keys(ways).join(', ')}`);
  const source = await modelFile(given);
  const out = flags.out ?? path.join(path.dirname(source), `network.${ways[to].extension}`);
  const isThere = await access(out).then(
    () => true,
    () => false,
  );
  if (path.resolve(out) === path.resolve(source)) throw new UsageError(`--out must be another file than the model itself, ${source}`);
  if (isThere && !flags.overwrite) throw new UsageError(`${out} exists: name another file (--out), or say --overwrite`);
  const model = await loadModel(source);
  const network = model instanceof TabularModel ? model.network : model;
  await writeText(out, await ways[to].write(network));
  const difference = await largestDifference(network, await ways[to].open(out, network));
  if (!(difference <= tolerance)) throw new Error(`${out} does not predict what ${source} does: outputs differ by ${difference}`);
  console.log(
    [
      entry('wrote', `${out}: ${counted(network.inputSize, 'input')}, ${counted(network.outputSize, 'output')}`),
      entry(
        'checked',
        `read again, it predicts ${difference === 0 ? 'the same bits' : `the same to ${difference.toPrecision(2)}`} for ${counted(checkedRows, 'row')}`,
      ),
      ...(model instanceof TabularModel ? [entry('inputs', ...inputLines(model))] : []),
    ].join('\n'),
  );
}

/** Numbers as a file of another format may round them. */
const tolerance = 1e-4;
const checkedRows = 64;

/** The largest difference of the outputs for some rows: small numbers, and an index for each embedding. */
async function largestDifference(network: NeuralNetwork, predict: Predict): Promise<number> {
  const limits = network.inputs.flatMap(({ options, columns }) =>
    Array.from({ length: columns }, () => (options as { categories?: number }).categories),
  );
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
