import { describe, wrongOption, wrongType } from './errors';
import { inSlices } from './event-loop';
import { concatenated } from './formats/concatenated';
import {
  documentLimits,
  plainCopy,
  fromBrain as readBrain,
  readingStateDict,
  readingTfjs,
  readTfjsFiles,
  torchModules,
} from './formats/foreign';
import type { TfjsParts } from './formats/tfjs/files';
import { bytesOf, fromState, type Model, type ModelBytes, fromONNX as readONNX } from './model';
import { NeuralNetwork } from './network';
import { checkNetwork, type FromOnnxOptions, type NetworkOptions, type NetworkSpec, type Precision } from './options';
import { type Check, checkPath, elements, isArray, isRevoked, object, record } from './options/check';
import { Opened } from './serving/share';
import { bytesFrom } from './source-bytes';

/* Networks of other libraries: static methods of `NeuralNetwork`, which typed.ts gives it. */

/** The options of `NeuralNetwork.fromSafetensors`. */
export interface StateDictOptions {
  /** Modules of the state dict by the layers and inputs that they belong to: `{ 'layers.0': 'encoder.fc1' }`. Default: by shape and order. */
  names?: Readonly<Record<string, string>>;
}

const checkOptions = record<{ names?: Record<string, string> }>(
  { names: (value, name) => (value === undefined ? undefined : checkNames(value, name)) as Record<string, string> },
  { bare: true },
);

function checkNames(value: unknown, name: string): Record<string, string> {
  const entries = Object.entries(object(value, name));
  for (const [key, module] of entries) {
    if (typeof module !== 'string') throw wrongType(`${name}[${JSON.stringify(key)}]`, 'the name of a module', module);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

export async function fromSafetensors<P extends Precision>(
  source: string | URL | ModelBytes,
  network: NetworkOptions<P>,
  options: StateDictOptions = {},
): Promise<NeuralNetwork<P>> {
  const { names = {} } = checkOptions(options, 'options');
  const spec = checkNetwork(network, 'network');
  checkModules(spec, names);
  const { bytes, name } = await bytesFrom(source);
  return networkOf(await fromState(await inSlices(readingStateDict(bytes, spec, names, name))));
}

/** Refuses names for what has no tensors. */
function checkModules(spec: NetworkSpec, names: Readonly<Record<string, string>>): void {
  const known = torchModules(spec).map((module) => module.name);
  const wrong = Object.keys(names).find((name) => !known.includes(name));
  if (wrong !== undefined)
    throw wrongOption(`names has ${describe(wrong)}, which has no tensors in the network; it has ${known.join(', ')}`);
}

export async function fromBrainJS(json: unknown): Promise<NeuralNetwork<'f32'>> {
  return networkOf(await fromState(readBrain(json)));
}

/** A model of TensorFlow.js in memory, as the handler of `model.save(tf.io.withSaveHandler(handler))` gets it. */
export interface TfjsArtifacts {
  modelTopology?: unknown;
  weightSpecs?: unknown;
  /** The bytes of all weights, whole or in parts. */
  weightData?: ArrayBuffer | readonly ArrayBuffer[];
}

export async function fromTfjs(source: string | URL | TfjsArtifacts): Promise<NeuralNetwork<'f32'>> {
  const { parts, name } = await partsOf(source);
  return networkOf(await fromState(await inSlices(readingTfjs(parts.modelTopology, parts.weightSpecs, parts.weightData, name))));
}

const checkBytes: Check<Uint8Array> = (value, name) => {
  const bytes = bytesOf(value);
  if (bytes === undefined) throw wrongType(name, 'an ArrayBuffer', value);
  return bytes;
};

/** A document in memory may have as many values as a file of these bytes. */
const mostInMemory = 2 ** 24;

async function partsOf(source: unknown): Promise<{ parts: TfjsParts; name: string }> {
  if (typeof source !== 'object' || source === null || isRevoked(source) || !('modelTopology' in source)) {
    const place = checkPath(source, 'source');
    return { parts: await readTfjsFiles(place), name: place.given };
  }
  const { modelTopology, weightSpecs, weightData } = source as TfjsArtifacts;
  const parts = isArray(weightData)
    ? elements(weightData, 'source.weightData', 'an array of ArrayBuffers', checkBytes)
    : [checkBytes(weightData, 'source.weightData')];
  const name = 'the model';
  const copy = (given: unknown): unknown => plainCopy(given, documentLimits(mostInMemory), name);
  return { parts: { modelTopology: copy(modelTopology), weightSpecs: copy(weightSpecs), weightData: concatenated(parts) }, name };
}

/** The network in an ONNX file. */
export async function fromONNX(source: string | URL | ModelBytes, options: FromOnnxOptions = {}): Promise<NeuralNetwork<'f32'>> {
  return networkOf(await readONNX(source, options));
}

function networkOf<P extends Precision>({ spec, network, metadata }: Model): NeuralNetwork<P> {
  const nn = new NeuralNetwork<P>(new Opened(spec, network).asOptions() as NetworkOptions<P>);
  nn.metadata = metadata;
  return nn;
}
