import { TextEncoder } from 'node:util'; // jsdom has no global one
import { describe } from '../errors';
import type { Pieces } from '../event-loop';
import {
  deepestLayer,
  type Metadata,
  mostInputs,
  mostLayers,
  mostStateArrays,
  type NetworkSpec,
  type Precision,
  tensorsOf,
} from '../options';
import { concatenated } from './concatenated';
import { JsonError, type JsonLimits, longestText, parsingEntries, parsingJson } from './json-reader';
import { metadataFrom } from './metadata';
import { badModel, readSpec, wrongVersion } from './state';

/** Where a tensor is in the file's data, and what it must be. */
export interface TensorPlan {
  /** `layers.<index among all layers>.weights` or the like, after a prefix. */
  name: string;
  dtype: string;
  shape: number[];
  /** Number of elements. */
  length: number;
  /** First and last byte (exclusive), counted from the end of the header. */
  begin: number;
  end: number;
}

/** The header of one of our files, all of it checked. */
export interface Header {
  spec: NetworkSpec;
  /** The tensors that the specification asks for, in the order of the list of tensors. */
  tensors: TensorPlan[];
  /** The digest of specification and data (`specText` is what was digested); absent in files that another program wrote anew. */
  digest: string | undefined;
  specText: string;
  /** The user's texts. */
  metadata: Metadata;
  /** Of a checkpoint: the description of the training, not yet looked at, and the tensors that the specification does not ask for. */
  training: TrainingHeader | undefined;
}

export interface TrainingHeader {
  text: string;
  /** The digest of the training: of `digest`, `text` and its tensors. */
  digest: string;
  tensors: Tensors;
}

/** The entries of a header, by their names. */
export type Tensors = Map<string, Tensor>;

/** The length of the file's first field, the header's length. */
export const prefixLength = 8;
/** The limit of the format's reference implementation. */
const longestHeader = 100_000_000;
const formatName = 'chainrule';
const formatVersion = 2;
const dtypes: Record<Precision, string> = { f32: 'F32', f64: 'F64', bf16: 'F32' };
const elementSize: Record<Precision, number> = { f32: 4, f64: 8, bf16: 4 };

/** The most tensors of the largest network's checkpoint: its parameters, the optimizer's arrays and the best parameters, and a history. */
const mostTensors = (4 * mostLayers + 3 * mostInputs) * (2 + mostStateArrays) + 64;
/** The name, type, shape and offsets of a tensor are eight values; the rest are the texts of the metadata. */
const headerLimits: JsonLimits = { depth: 8, values: 8 * mostTensors + 2 ** 13, entries: mostTensors + 1 };
/** The largest number of values of the options of layers and inputs. Layers are objects in an array, and so are those inside them. */
const metadataLimits: JsonLimits = { depth: 2 * deepestLayer + 8, values: 24 * mostLayers + 8 * mostInputs, entries: 0 };

const encoder = new TextEncoder();

/** The number of tensors that are handled at a time: less than a millisecond. */
const tensorsAtOnce = 512;

/** The network's tensors, all or the trained ones, one right behind the other from `from` on. */
export function* planningTensors(
  spec: NetworkSpec,
  { prefix = '', from = 0, which = 'all' }: { prefix?: string; from?: number; which?: 'all' | 'trained' } = {},
): Pieces<TensorPlan[]> {
  const plans: TensorPlan[] = [];
  for (const { index, name, shape, length, trained } of tensorsOf(spec)) {
    if (which === 'trained' && !trained) break;
    plans.push({ ...planTensor(spec, `${prefix}${name}`, length, plans.at(-1)?.end ?? from), shape: [...shape] });
    if (index % tensorsAtOnce === 0) yield;
  }
  return plans;
}

/** One tensor of a single dimension, in the element type of the network. */
export function planTensor({ precision }: NetworkSpec, name: string, length: number, begin: number): TensorPlan {
  return { name, dtype: dtypes[precision], shape: [length], length, begin, end: begin + length * elementSize[precision] };
}

/**
 * The start of a file, up to the data: the header's length and the header, padded so that the data are aligned. Refuses what no reader would
 * take.
 */
export function* writingHeader(metadata: Record<string, string>, tensors: readonly TensorPlan[]): Pieces<Uint8Array> {
  const texts = { format: formatName, version: String(formatVersion), ...metadata };
  for (const [key, text] of Object.entries(texts)) {
    const { length } = encoder.encode(text);
    if (length > longestText) throw badModel('a file', `cannot hold "${key}" of ${length} bytes: at most ${longestText} are read`);
  }
  const pieces = [encoder.encode(`{"__metadata__":${JSON.stringify(texts)}`)];
  for (let first = 0; first < tensors.length; first += tensorsAtOnce) {
    const entries = tensors
      .slice(first, first + tensorsAtOnce)
      .map(
        ({ name, dtype, shape, begin, end }) => `,${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`,
      );
    pieces.push(encoder.encode(entries.join('')));
    yield;
  }
  pieces.push(encoder.encode('}'));
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const padded = Math.ceil(length / 8) * 8;
  if (padded > longestHeader) throw badModel('a file', `cannot have a header of ${padded} bytes: at most ${longestHeader} are read`);
  const prefix = new Uint8Array(prefixLength);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(padded), true);
  return concatenated([prefix, ...pieces, encoder.encode(' '.repeat(padded - length))]);
}

/** The header's length, from a file's first bytes and the file's length. */
export function readHeaderLength(prefix: Uint8Array, fileLength: number, name: string): number {
  if (prefix.length < prefixLength) throw badModel(name, `is not a safetensors file: it has only ${prefix.length} bytes`);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, prefixLength).getBigUint64(0, true));
  if (length < 2 || length > longestHeader) throw badModel(name, `is not a safetensors file: its header would have ${length} bytes`);
  if (length > fileLength - prefixLength) {
    throw badModel(
      name,
      `is cut short, or not a safetensors file: its header has ${length} bytes, the rest of the file ${fileLength - prefixLength}`,
    );
  }
  return length;
}

/** Reads and checks a whole header. Nothing is allocated for what it promises, and `dataLength` has to be exactly right. */
export function* readingHeader(bytes: Uint8Array, dataLength: number, name: string): Pieces<Header> {
  const entries = yield* parsingHeader(bytes, name);
  const metadata = entries.get('__metadata__');
  entries.delete('__metadata__');
  const tensors = yield* checkingTensors(entries, dataLength, name);
  const { training, ...rest } = yield* readingMetadata(metadata, name);
  yield;
  const matched = yield* matchingTensors(tensors, yield* planningTensors(rest.spec), name);
  if (training !== undefined) training.tensors = tensors;
  else refuseExtra(tensors, name);
  return { ...rest, tensors: matched, training };
}

/** The entries of a whole header of any program, by their names, without its `__metadata__`. `dataLength` has to be exactly right. */
export function* readingEntries(bytes: Uint8Array, dataLength: number, name: string): Pieces<Tensors> {
  const entries = yield* parsingHeader(bytes, name);
  entries.delete('__metadata__');
  return yield* checkingTensors(entries, dataLength, name);
}

function* parsingHeader(bytes: Uint8Array, name: string): Pieces<Map<string, unknown>> {
  try {
    return yield* parsingEntries(bytes, headerLimits);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw badModel(name, `is damaged or not a safetensors file: its header ${error.message}`, error);
  }
}

export interface Tensor {
  dtype: unknown;
  shape: unknown;
  data_offsets: [begin: number, end: number];
}

/** The rule of the format: the tensors, in the order of their offsets, cover the data without overlaps or holes. */
function* checkingTensors(entries: Map<string, unknown>, dataLength: number, name: string): Pieces<Tensors> {
  const spans = new Map<number, Span>();
  const others: Span[] = [];
  let seen = 0;
  for (const [key, tensor] of entries) {
    const [begin, end] = readOffsets(tensor, key, name);
    const span = { key, begin, end };
    // Those without data have no place in the walk, but must lie at the edge of one.
    if (begin === end || spans.has(begin)) others.push(span);
    else spans.set(begin, span);
    if (++seen % tensorsAtOnce === 0) yield;
  }
  let covered = 0;
  for (let next = spans.get(0); next !== undefined; next = spans.get(covered)) {
    covered = next.end;
    if (++seen % tensorsAtOnce === 0) yield;
  }
  const wrong = yield* firstBesides(covered, spans, others);
  if (wrong !== undefined) {
    throw badModel(name, `is damaged: ${describe(wrong.key)} begins at ${wrong.begin}, where ${wrong.covered} is the next byte`);
  }
  if (covered > dataLength) throw badModel(name, `is cut short: its tensors have ${covered} bytes, ${dataLength} are there`);
  if (covered < dataLength) throw badModel(name, `is damaged: its tensors have ${covered} bytes, but ${dataLength} are there`);
  return entries as Tensors;
}

/** Where a tensor's data are. */
interface Span {
  key: string;
  begin: number;
  end: number;
}

/** The first tensor that has no place in the walk over `spans` from 0 to `covered`, and the byte where one should begin. */
function* firstBesides(covered: number, spans: Map<number, Span>, others: Span[]): Pieces<(Span & { covered: number }) | undefined> {
  const walked = new Set<number>();
  for (let at = 0; at < covered; at = (spans.get(at) as Span).end) {
    walked.add(at);
    if (walked.size % tensorsAtOnce === 0) yield;
  }
  let first: Span | undefined;
  let seen = 0;
  for (const list of [spans.values(), others]) {
    for (const span of list) {
      const isEmpty = span.begin === span.end;
      const fits = isEmpty ? walked.has(span.begin) || span.begin === covered : spans.get(span.begin) === span && walked.has(span.begin);
      if (!fits && (first === undefined || span.begin < first.begin)) first = span;
      if (++seen % tensorsAtOnce === 0) yield;
    }
  }
  if (first === undefined) return undefined;
  let expected = 0;
  for (let span = spans.get(0); span !== undefined && span.begin <= first.begin && span !== first; span = spans.get(span.end)) {
    expected = span.end;
    if (++seen % tensorsAtOnce === 0) yield;
  }
  return { ...first, covered: expected };
}

function readOffsets(tensor: unknown, key: string, name: string): [number, number] {
  const offsets: unknown = isObject(tensor) ? tensor.data_offsets : undefined;
  const valid = Array.isArray(offsets) && offsets.length === 2 && offsets.every((offset) => Number.isSafeInteger(offset) && offset >= 0);
  if (!valid || offsets[0] > offsets[1]) throw badModel(name, `is damaged: ${describe(key)} has no valid data_offsets`);
  return offsets as [number, number];
}

function* readingMetadata(metadata: unknown, name: string): Pieces<Omit<Header, 'tensors'>> {
  const given = isObject(metadata) ? metadata : {};
  const { format, version, spec: specText, sha256: digest, training, training_sha256: trainingDigest } = given;
  if (format !== formatName) {
    throw badModel(
      name,
      'is a safetensors file, but not one of Chainrule: its __metadata__ does not have "format": "chainrule"; NeuralNetwork.fromSafetensors reads state dicts of PyTorch',
    );
  }
  if (version !== String(formatVersion)) {
    throw wrongVersion(name, version, formatVersion);
  }
  if (typeof specText !== 'string') throw badModel(name, 'is damaged: its __metadata__ has no "spec"');
  if (digest !== undefined && typeof digest !== 'string') throw badModel(name, 'is damaged: the "sha256" in its __metadata__ is no text');
  const spec = readSpec(yield* parsingMetadata(specText, 'spec', name), name);
  const texts = metadataFrom(given, name);
  if (training === undefined) return { spec, specText, digest, metadata: texts, training };
  if (typeof training !== 'string' || typeof trainingDigest !== 'string') {
    throw badModel(name, 'is damaged: the "training" in its __metadata__ is no text, or has no "training_sha256"');
  }
  return { spec, specText, digest, metadata: texts, training: { text: training, digest: trainingDigest, tensors: new Map() } };
}

/** The JSON documents in the metadata. */
export function* parsingMetadata(text: string, key: string, name: string): Pieces<unknown> {
  try {
    return yield* parsingJson(encoder.encode(text), metadataLimits);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw badModel(name, `is damaged: the "${key}" in its __metadata__ ${error.message}`, error);
  }
}

/** The tensors must be as planned. They are taken out of `tensors`; returns the plans with the places where they are. */
export function* matchingTensors(tensors: Tensors, wanted: readonly TensorPlan[], name: string): Pieces<TensorPlan[]> {
  const matched: TensorPlan[] = [];
  for (const plan of wanted) {
    const tensor = tensors.get(plan.name);
    if (tensor === undefined) throw badModel(name, `has no tensor ${plan.name}`);
    tensors.delete(plan.name);
    if (tensor.dtype !== plan.dtype) {
      throw badModel(name, `has ${plan.name} as ${describe(tensor.dtype)}, where "${plan.dtype}" is expected`);
    }
    if (!isShape(tensor.shape, plan.shape)) {
      throw badModel(name, `has ${plan.name} in a wrong shape, expected ${JSON.stringify(plan.shape)}`);
    }
    const [begin, end] = tensor.data_offsets;
    if (end - begin !== plan.end - plan.begin) {
      throw badModel(name, `is damaged: ${plan.name} has ${end - begin} bytes, where ${plan.end - plan.begin} are expected`);
    }
    if (matched.push({ ...plan, begin, end }) % tensorsAtOnce === 0) yield;
  }
  return matched;
}

function isShape(value: unknown, shape: readonly number[]): boolean {
  return Array.isArray(value) && value.length === shape.length && shape.every((size, index) => value[index] === size);
}

/** Refuses tensors that nothing asks for. */
export function refuseExtra(tensors: Tensors, name: string): void {
  for (const extra of tensors.keys()) throw badModel(name, `has a tensor ${describe(extra)} that its network does not`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
