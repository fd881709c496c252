import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { NeuralNetwork } from '../index';
import { TabularModel } from '../tabular/index';
import type { Arguments } from './flags/flag';
import type { inspectFlags } from './flags/lists';
import { tensorLines } from './inspect/safetensors';
import { readJsonFile } from './json-file';
import { count, entry, short, some } from './lines';
import { modelFile } from './model-file';
import { shortened } from './terminal-text';
import { reportLines, warningLines } from './train/figures';
import { UsageError } from './usage';

/** `chainrule inspect`: what is in a model. */
export async function run({ flags, words: [given = ''] }: Arguments<typeof inspectFlags>): Promise<void> {
  const file = await modelFile(given);
  const size = (await stat(file)).size;
  const model = await open(file);
  if (flags.json) return console.log(JSON.stringify(documentOf(model), null, 2));
  const lines = model instanceof TabularModel ? tabularLines(model) : model instanceof NeuralNetwork ? [model.summary()] : model.lines;
  console.log([entry('file', `${file}: ${kindOf(model)}, ${count(size)} bytes`), ...lines].join('\n'));
}

/** Tensors of another program. */
interface Tensors {
  lines: string[];
}

type Model = TabularModel | NeuralNetwork | Tensors;

async function open(file: string): Promise<Model> {
  const extension = path.extname(file).toLowerCase();
  if (extension === '.onnx') return NeuralNetwork.fromONNX(file);
  if (extension === '.json') return fromJson(await readJsonFile(file), file);
  try {
    return await TabularModel.load(file);
  } catch (error) {
    if (!/is not a tabular model|is not a model of Chainrule/.test((error as Error).message)) throw error;
  }
  try {
    return await NeuralNetwork.load(file);
  } catch (error) {
    const lines = tensorLines(await readFile(file));
    if (lines === undefined) throw error;
    return { lines: [...lines, entry('to read it', `NeuralNetwork.fromSafetensors(file, network): ${(error as Error).message}`)] };
  }
}

/** Ours, or brain.js's, or the description of a model of TensorFlow.js. */
async function fromJson(value: unknown, file: string): Promise<NeuralNetwork> {
  const document = (value ?? {}) as { modelTopology?: unknown; format?: unknown; layers?: unknown };
  if (document.modelTopology !== undefined) return NeuralNetwork.fromTfjs(file);
  if (document.format !== undefined) return NeuralNetwork.fromJSON(document);
  if (Array.isArray(document.layers)) return NeuralNetwork.fromBrainJS(document);
  throw new UsageError(`${file} is JSON, but no model of Chainrule, brain.js or TensorFlow.js`);
}

function kindOf(model: Model): string {
  if (model instanceof TabularModel) return 'a tabular model of Chainrule';
  return model instanceof NeuralNetwork ? 'a network' : 'tensors';
}

const mostColumns = 100;

function tabularLines({ schema, report, network }: TabularModel): string[] {
  const { target, columns } = schema;
  const what =
    target.kind === 'classes'
      ? `a class of ${some(target.classes ?? [], 6)}`
      : `a number, ${short(target.min as number)} to ${short(target.max as number)}`;
  const more = columns.length - mostColumns;
  const named = columns.slice(0, mostColumns).map(({ name, type, categories, missing }) => {
    const content = categories === undefined ? type : `${type} of ${count(categories.length)} (${some(categories, 4)})`;
    return `${shortened(name)}: ${content}${missing ? ', may be missing' : ''}`;
  });
  return [
    entry('predicts', `${target.name}: ${what}`),
    entry('from', ...named, ...(more > 0 ? [`and ${count(more)} more`] : [])),
    ...reportLines(report),
    ...warningLines(report, []),
    entry('made by', `chainrule ${report.version}, recipe ${report.recipe}, seed ${report.seed}`),
    entry('weights', `SHA-256 ${report.hash}`),
    entry('network', ...network.summary().split('\n')),
  ];
}

function documentOf(model: Model): unknown {
  if (model instanceof TabularModel) return { kind: 'tabular', schema: model.schema, report: model.report };
  if (!(model instanceof NeuralNetwork)) return { kind: 'tensors', lines: model.lines };
  const { inputSize, outputSize, parameterCount, precision, metadata, classNames } = model;
  return { kind: 'network', inputSize, outputSize, parameterCount, precision, metadata, classNames };
}
