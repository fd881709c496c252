import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { NeuralNetwork } from '../index';
import { TabularModel } from '../tabular/index';
import type { Arguments } from './flags/flag';
import type { exportFlags } from './flags/lists';
import { counted, entry } from './lines';
import { loadModel, modelFile } from './model-file';
import { writeText } from './train/folder';
import { UsageError } from './usage';

type Format = 'onnx' | 'json' | 'safetensors';

/** A format: how a network is written, and read again for the check. */
interface Way {
  write(network: NeuralNetwork): Uint8Array | string;
  read(file: string): Promise<NeuralNetwork> | NeuralNetwork;
}

const ways: Readonly<Record<Format, Way>> = {
  onnx: { write: (network) => network.toONNX(), read: (file) => NeuralNetwork.fromONNX(file) },
  json: {
    write: (network) => `${JSON.stringify(network.toJSON())}\n`,
    read: async (file) => NeuralNetwork.fromJSON(JSON.parse(await readFile(file, 'utf8'))),
  },
  safetensors: { write: (network) => network.toBytes(), read: (file) => NeuralNetwork.load(file) },
};

/** `chainrule export`: the network of a model in another format. */
export async function run({ flags, words: [given = ''] }: Arguments<typeof exportFlags>): Promise<void> {
  const { to } = flags;
  if (to === undefined) throw new UsageError(`chainrule export: --to is missing, one of ${Object.keys(ways).join(', ')}`);
  const source = await modelFile(given);
  const out = flags.out ?? path.join(path.dirname(source), `network.${to}`);
  const isThere = await access(out).then(
    () => true,
    () => false,
  );
  if (path.resolve(out) === path.resolve(source)) throw new UsageError(`--out must be another file than the model itself, ${source}`);
  if (isThere && !flags.overwrite) throw new UsageError(`${out} exists: name another file (--out), or say --overwrite`);
  const model = await loadModel(source);
  const network = model instanceof TabularModel ? model.network : model;
  await writeText(out, ways[to].write(network));
  const difference = await largestDifference(network, await ways[to].read(out));
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

/** The largest difference of two networks' outputs for some rows: small numbers, and an index for each embedding. */
async function largestDifference(a: NeuralNetwork, b: NeuralNetwork): Promise<number> {
  const limits = a.inputs.flatMap(({ options, columns }) =>
    Array.from({ length: columns }, () => (options as { categories?: number }).categories),
  );
  const data = Array.from({ length: checkedRows * a.inputSize }, (_, index) => {
    const limit = limits[index % a.inputSize];
    return limit === undefined ? Math.sin(index * 12.9898) * 2 : index % limit;
  });
  const x = { data, shape: [checkedRows, a.inputSize] as const };
  const [one, other] = [await a.predictAsync(x), await b.predictAsync(x)];
  return Array.from(one.data).reduce((most, value, index) => Math.max(most, Math.abs(value - (other.data[index] as number))), 0);
}

function inputLines({ schema, network }: TabularModel): string[] {
  return [
    `the ${network.inputSize} numbers that TabularModel's encode(record) gives for ${schema.columns.length} columns`,
    schema.target.kind === 'regression'
      ? 'its output is what decode(outputs) takes: the standardised target'
      : 'its outputs are the probabilities of the classes, in the order of the schema',
  ];
}
