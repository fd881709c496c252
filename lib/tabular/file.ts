import { createHash } from 'node:crypto';
import { wrongType } from '../errors';
import { named, openFile, using } from '../formats/regular-file';
import { writeWhole } from '../formats/write-whole';
import { NeuralNetwork } from '../index';
import { checkPath } from '../options/check';
import { damaged, documentOf, readDocument } from './document';
import type { ModelParts } from './train';

/*
 * A model as one safetensors file: that of its network, with one more tensor. It holds the encoder, the target and the report as JSON, in UTF-8.
 */

const tensorName = 'tabular';
const versionKey = 'tabular_version';
const digestKey = 'tabular_sha256';
/** Those of version 1 have numbers without their positions, and classes without counts. */
const versions = ['1', '2'];
const version = '2';

const prefixLength = 8;
/** The limit of the format's reference implementation. */
const longestHeader = 100_000_000;

type Header = Record<string, unknown> & { __metadata__: Record<string, string> };

/** The whole file of a model. */
export function toBytes(parts: ModelParts): Uint8Array {
  const file = parts.network.toBytes();
  const { header, data } = split(file, 'the network');
  const document = Buffer.from(JSON.stringify(documentOf(parts)));
  const metadata = { ...header.__metadata__, [versionKey]: version, [digestKey]: sha256(document) };
  const tensor = { dtype: 'U8', shape: [document.length], data_offsets: [data.length, data.length + document.length] };
  return join({ ...header, __metadata__: metadata, [tensorName]: tensor }, [data, document]);
}

/** Writes it. */
export async function saveTo(path: unknown, parts: ModelParts): Promise<void> {
  const place = checkPath(path, 'path');
  await writeWhole(place, [toBytes(parts)]);
}

/** The model of a file, or of the bytes of one. */
export async function load(source: unknown): Promise<ModelParts> {
  const given = bytesOf(source);
  if (given !== undefined) return read(given, 'bytes');
  const place = checkPath(source, 'path');
  return read(await named(place, async () => using(await openFile(place), (file) => file.readFile())), place.given);
}

/** A copy, which no one else can change meanwhile. */
function bytesOf(source: unknown): Uint8Array | undefined {
  if (source instanceof Uint8Array) return source.slice();
  if (ArrayBuffer.isView(source)) throw wrongType('bytes', 'a Uint8Array or an ArrayBuffer', source);
  const isBuffer = source instanceof ArrayBuffer || (typeof SharedArrayBuffer !== 'undefined' && source instanceof SharedArrayBuffer);
  return isBuffer ? new Uint8Array(source as ArrayBuffer).slice() : undefined;
}

async function read(file: Uint8Array, name: string): Promise<ModelParts> {
  const { header, data } = split(file, name);
  const { [versionKey]: found, [digestKey]: digest, ...metadata } = header.__metadata__;
  if (found === undefined) throw damaged(name, 'is not a tabular model; NeuralNetwork.load reads the files of networks');
  if (!versions.includes(found))
    throw damaged(
      name,
      `has the tabular version ${JSON.stringify(found).slice(0, 20)}; this version of Chainrule reads ${versions.join(' and ')}`,
    );
  const { [tensorName]: tensor, ...tensors } = header;
  const begin = beginOf(tensor, data.length, name);
  const document = data.subarray(begin);
  if (sha256(document) !== digest) throw damaged(name, `is damaged: the tensor "${tensorName}" does not match its ${digestKey}`);
  const network = await NeuralNetwork.load(join({ ...tensors, __metadata__: metadata }, [data.subarray(0, begin)])).catch(
    (error: Error) => {
      throw damaged(name, `has a network that cannot be read: ${error.message}`, error);
    },
  );
  return { network, ...readDocument(parseJson(document, name), network, name) };
}

/** The place of the last tensor, which ends where the data do. */
function beginOf(tensor: unknown, length: number, name: string): number {
  const { dtype, shape, data_offsets: offsets } = (tensor ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? (offsets as unknown[]) : [];
  const isPlace = Number.isSafeInteger(begin) && (begin as number) >= 0 && (begin as number) <= length && end === length;
  const fits = Array.isArray(shape) && shape.length === 1 && shape[0] === length - (begin as number);
  if (dtype !== 'U8' || !isPlace || !fits) throw damaged(name, `is damaged: it has no tensor "${tensorName}" at its end`);
  return begin as number;
}

function split(file: Uint8Array, name: string): { header: Header; data: Uint8Array } {
  if (file.length < prefixLength) throw damaged(name, `is no safetensors file: it has ${file.length} bytes`);
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(longestHeader, file.length - prefixLength))) throw damaged(name, 'is no safetensors file, or is cut short');
  const start = prefixLength + Number(length);
  const header = parseJson(file.subarray(prefixLength, start), name);
  const { __metadata__: metadata } = header as { __metadata__?: unknown };
  const isText = typeof metadata === 'object' && metadata !== null && Object.values(metadata).every((text) => typeof text === 'string');
  if (!isText) throw damaged(name, 'is not a model of Chainrule: it has no __metadata__');
  return { header: header as Header, data: file.subarray(start) };
}

function parseJson(bytes: Uint8Array, name: string): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw damaged(name, `is damaged: ${(error as Error).message.slice(0, 200)}`, error);
  }
  throw damaged(name, 'is damaged: it has no JSON object where one is expected');
}

/** A file of this header and these data, padded so that the data are aligned. */
function join(header: Header, data: readonly Uint8Array[]): Uint8Array {
  const text = Buffer.from(JSON.stringify(header));
  const length = Math.ceil(text.length / prefixLength) * prefixLength;
  const prefix = Buffer.alloc(prefixLength);
  prefix.writeBigUInt64LE(BigInt(length));
  return new Uint8Array(Buffer.concat([prefix, text, Buffer.alloc(length - text.length, ' '), ...data]));
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
