import { TextDecoder } from 'node:util'; // jsdom has no global one
import { describe } from '../errors';
import type { NetworkSpec, Precision } from '../options';
import { badModel, layerSizes, readSpec } from './state';

/** Where a tensor is in the file's data, and what it must be. */
export interface TensorPlan {
  /** `layers.<i>.weights` or `layers.<i>.bias`, after a prefix; i counts dense layers. */
  name: string;
  dtype: string;
  shape: number[];
  /** Number of elements. */
  length: number;
  /** First and last byte (exclusive), counted from the end of the header. */
  begin: number;
  end: number;
}

/** What the header of one of our files says, all of it checked. */
export interface Header {
  spec: NetworkSpec;
  /** The tensors that the specification asks for: weights and bias of each dense layer in turn. */
  tensors: TensorPlan[];
  /** The digest of specification and data (`specText` is what was digested); absent in files that another program wrote anew. */
  digest: string | undefined;
  specText: string;
  /** Of a checkpoint: the description of the training, not yet looked at, and the tensors that the specification does not ask for. */
  training: TrainingHeader | undefined;
}

export interface TrainingHeader {
  text: string;
  /** The digest of the training: of `digest`, `text` and its tensors. */
  digest: string;
  tensors: Record<string, Tensor>;
}

/** The length of the file's first field, the header's length. */
export const prefixLength = 8;
/** The limit of the format's reference implementation. */
const longestHeader = 100_000_000;
const formatName = 'chainrule';
const formatVersion = 1;
const dtypes: Record<Precision, string> = { f32: 'F32', f64: 'F64', bf16: 'F32' };
const elementSize: Record<Precision, number> = { f32: 4, f64: 8, bf16: 4 };

/** Weights and bias of each dense layer in turn, one right behind the other from `begin` on. */
export function planTensors(spec: NetworkSpec, prefix = '', from = 0): TensorPlan[] {
  let end = from;
  const plan = (name: string, shape: number[]): TensorPlan => {
    const length = shape.reduce((product, size) => product * size, 1);
    const begin = end;
    end += length * elementSize[spec.precision];
    return { name: `${prefix}${name}`, dtype: dtypes[spec.precision], shape, length, begin, end };
  };
  return layerSizes(spec).flatMap(({ inputs, units }, index) => [
    plan(`layers.${index}.weights`, [inputs, units]),
    plan(`layers.${index}.bias`, [units]),
  ]);
}

/** The start of a file, up to the data: the header's length and the header, padded so that the data are aligned. */
export function writeHeader(metadata: Record<string, string>, tensors: readonly TensorPlan[]): Uint8Array {
  const entries: Record<string, unknown> = {
    __metadata__: { format: formatName, version: String(formatVersion), ...metadata },
  };
  for (const { name, dtype, shape, begin, end } of tensors) entries[name] = { dtype, shape, data_offsets: [begin, end] };
  const text = Buffer.from(JSON.stringify(entries));
  const bytes = Buffer.alloc(prefixLength + Math.ceil(text.length / 8) * 8, ' ');
  bytes.writeBigUInt64LE(BigInt(bytes.length - prefixLength));
  text.copy(bytes, prefixLength);
  return bytes;
}

/** The header's length, from a file's first bytes and the file's length. */
export function readHeaderLength(prefix: Uint8Array, fileLength: number, name: string): number {
  if (prefix.length < prefixLength) throw badModel(name, `is not a safetensors file: it has only ${prefix.length} bytes`);
  const length = Number(Buffer.from(prefix.buffer, prefix.byteOffset, prefixLength).readBigUInt64LE());
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
export function readHeader(bytes: Uint8Array, dataLength: number, name: string): Header {
  const entries = parseEntries(bytes, name);
  const { __metadata__: metadata, ...tensors } = entries;
  checkTensors(tensors, dataLength, name);
  const { spec, specText, digest, training } = readMetadata(metadata, name);
  const plans = planTensors(spec);
  const matched = matchTensors(tensors, plans, name);
  const rest = { ...tensors };
  for (const plan of plans) delete rest[plan.name];
  if (training !== undefined) training.tensors = rest;
  else refuseExtra(rest, name);
  return { spec, specText, digest, tensors: matched, training };
}

function parseEntries(bytes: Uint8Array, name: string): Record<string, unknown> {
  let text: string;
  let entries: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    entries = JSON.parse(text);
  } catch (error) {
    throw badModel(name, 'is damaged or not a safetensors file: its header is not JSON', error);
  }
  if (!text.startsWith('{') || !isObject(entries))
    throw badModel(name, 'is damaged or not a safetensors file: its header is not an object');
  if (countKeysWritten(text) !== countKeysKept(entries)) throw badModel(name, 'is damaged: its header has the same key twice');
  return entries;
}

/** `JSON.parse` keeps the last of several equal keys, so counting shows them: each key is a string before a colon. */
function countKeysWritten(json: string): number {
  let keys = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"\s*:?/g)) {
    if (token.endsWith(':')) keys++;
  }
  return keys;
}

function countKeysKept(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const values = Object.values(value);
  return values.reduce<number>((sum, child) => sum + countKeysKept(child), Array.isArray(value) ? 0 : values.length);
}

export interface Tensor {
  dtype: unknown;
  shape: unknown;
  data_offsets: [begin: number, end: number];
}

/** The rule of the format: the tensors, in the order of their offsets, cover the data without overlaps or holes. */
function checkTensors(tensors: Record<string, unknown>, dataLength: number, name: string): asserts tensors is Record<string, Tensor> {
  const spans = Object.entries(tensors).map(([key, tensor]) => ({ key, offsets: readOffsets(tensor, key, name) }));
  spans.sort((a, b) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1]);
  let covered = 0;
  for (const { key, offsets } of spans) {
    const [begin, end] = offsets;
    if (begin !== covered) throw badModel(name, `is damaged: ${describe(key)} begins at ${begin}, where ${covered} is the next byte`);
    covered = end;
  }
  if (covered > dataLength) throw badModel(name, `is cut short: its tensors have ${covered} bytes, ${dataLength} are there`);
  if (covered < dataLength) throw badModel(name, `is damaged: its tensors have ${covered} bytes, but ${dataLength} are there`);
}

function readOffsets(tensor: unknown, key: string, name: string): [number, number] {
  const offsets: unknown = isObject(tensor) ? tensor.data_offsets : undefined;
  const valid = Array.isArray(offsets) && offsets.length === 2 && offsets.every((offset) => Number.isSafeInteger(offset) && offset >= 0);
  if (!valid || offsets[0] > offsets[1]) throw badModel(name, `is damaged: ${describe(key)} has no valid data_offsets`);
  return offsets as [number, number];
}

function readMetadata(metadata: unknown, name: string): Omit<Header, 'tensors'> {
  const { format, version, spec: specText, sha256: digest, training, training_sha256: trainingDigest } = isObject(metadata) ? metadata : {};
  if (format !== formatName) {
    throw badModel(name, 'is a safetensors file, but not one of Chainrule: its __metadata__ does not have "format": "chainrule"');
  }
  if (version !== String(formatVersion)) {
    throw badModel(name, `has the format version ${describe(version)}; this version of Chainrule reads ${formatVersion}`);
  }
  if (typeof specText !== 'string') throw badModel(name, 'is damaged: its __metadata__ has no "spec"');
  if (digest !== undefined && typeof digest !== 'string') throw badModel(name, 'is damaged: the "sha256" in its __metadata__ is no text');
  const spec = readSpec(parseMetadata(specText, 'spec', name), name);
  if (training === undefined) return { spec, specText, digest, training };
  if (typeof training !== 'string' || typeof trainingDigest !== 'string') {
    throw badModel(name, 'is damaged: the "training" in its __metadata__ is no text, or has no "training_sha256"');
  }
  return { spec, specText, digest, training: { text: training, digest: trainingDigest, tensors: {} } };
}

/** What stands as JSON in the metadata. */
export function parseMetadata(text: string, key: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badModel(name, `is damaged: the "${key}" in its __metadata__ is not JSON`, error);
  }
}

/** The tensors must be as planned. Returns the plans with the places where they are. */
export function matchTensors(tensors: Record<string, Tensor>, wanted: readonly TensorPlan[], name: string): TensorPlan[] {
  return wanted.map((plan) => {
    const tensor = tensors[plan.name];
    if (!Object.hasOwn(tensors, plan.name) || tensor === undefined) throw badModel(name, `has no tensor ${plan.name}`);
    if (tensor.dtype !== plan.dtype) {
      throw badModel(name, `has ${plan.name} as ${describe(tensor.dtype)}, where "${plan.dtype}" is expected`);
    }
    const shape = JSON.stringify(tensor.shape);
    if (shape !== JSON.stringify(plan.shape))
      throw badModel(name, `has ${plan.name} in a wrong shape, expected ${JSON.stringify(plan.shape)}`);
    const [begin, end] = tensor.data_offsets;
    if (end - begin !== plan.end - plan.begin) {
      throw badModel(name, `is damaged: ${plan.name} has ${end - begin} bytes, where ${plan.end - plan.begin} are expected`);
    }
    return { ...plan, begin, end };
  });
}

/** Refuses tensors that nobody asks for. */
export function refuseExtra(tensors: Record<string, Tensor>, name: string): void {
  const [extra] = Object.keys(tensors);
  if (extra !== undefined) throw badModel(name, `has a tensor ${describe(extra)} that its network does not`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
