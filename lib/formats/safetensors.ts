import type { FileHandle } from 'node:fs/promises';
import { askingFor } from '../errors';
import { atOnce, inSlices, type Pieces } from '../event-loop';
import type { FloatArray } from '../native';
import type { FilePath } from '../options';
import { digesting } from './digest';
import { metadataEntries } from './metadata';
import { named, openFile, using } from './regular-file';
import {
  type Header,
  planningTensors,
  prefixLength,
  readHeaderLength,
  readingHeader,
  type TensorPlan,
  writingHeader,
} from './safetensors-header';
import { badModel, checkingParameters, floats, type ModelState, refusingNotFinite } from './state';
import { writeWhole } from './write-whole';

/*
 * A model as a safetensors file: the length of the header (64 bits, little endian), the header (JSON), the tensors one behind the other.
 * docs/formats.md has the details. Work on all parameters is in pieces: the same for files, in slices, and for bytes, at once.
 */

/** Saves a model to a file, which is written whole or not at all. */
export async function save(place: FilePath, state: ModelState): Promise<void> {
  await writeWhole(place, [await inSlices(beginning(state)), asBytes(state.parameters)]);
}

/** A whole file, in memory. */
export function encode(state: ModelState): Uint8Array {
  const header = atOnce(beginning(state));
  const data = asBytes(state.parameters);
  const file = askingFor(header.length + data.length, () => new Uint8Array(header.length + data.length));
  file.set(header);
  file.set(data, header.length);
  return file;
}

/** A file up to its data. Refuses a model that the reader would refuse. */
function* beginning({ spec, metadata, parameters }: ModelState): Pieces<Uint8Array> {
  yield* refusingNotFinite({ spec, parameters });
  const specText = JSON.stringify(spec);
  yield;
  const sha256 = yield* digesting([specText, asBytes(parameters)]);
  const plans = yield* planningTensors(spec);
  return yield* writingHeader({ spec: specText, sha256, ...metadataEntries(metadata) }, plans);
}

/** Loads a model that `save` wrote. A damaged file is an error with the code `ERR_CHAINRULE_FORMAT` that names the fault. */
export async function load(place: FilePath): Promise<ModelState> {
  const name = place.given;
  return named(place, async () =>
    using(await openFile(place), async (file) => {
      const { header, start } = await readFileHeader(file, name);
      const parameters = room(header);
      for (const { from, to, length } of runs(header.tensors)) {
        await fill(asBytes(parameters).subarray(to, to + length), file, start + from, name);
      }
      return inSlices(checking(header, parameters, name));
    }),
  );
}

/** The header of an open file, and where its data begin. */
export async function readFileHeader(file: FileHandle, name: string): Promise<{ header: Header; start: number }> {
  const { size } = await file.stat();
  const prefix = await readBytes(file, 0, Math.min(size, prefixLength), name);
  const headerLength = headerLengthIn(prefix, size, name);
  const start = prefixLength + headerLength;
  const bytes = await readBytes(file, prefixLength, headerLength, name);
  return { header: await inSlices(readingHeader(bytes, size - start, name)), start };
}

/** The model in a whole file; `name` is what it is called in errors. */
export function decode(bytes: Uint8Array, name: string): ModelState {
  return atOnce(decoding(bytes, name));
}

/** The number of bytes that are copied at a time, into memory that is new: a fifth of a millisecond. */
const pieceLength = 2 ** 18;

/** The same in pieces. The bytes are copied, the header in the first piece, and what was copied is what is checked. */
export function* decoding(bytes: Uint8Array, name: string): Pieces<ModelState> {
  const headerLength = headerLengthIn(bytes.slice(0, prefixLength), bytes.length, name);
  const start = prefixLength + headerLength;
  const header = yield* readingHeader(bytes.slice(prefixLength, start), bytes.length - start, name);
  const parameters = room(header);
  const target = asBytes(parameters);
  for (const { from, to, length } of runs(header.tensors)) {
    for (let copied = 0; copied < length; copied += pieceLength) {
      const wanted = Math.min(pieceLength, length - copied);
      const first = start + from + copied;
      if (bytes.length < first + wanted) throw badModel(name, 'became shorter while they were read');
      target.set(bytes.subarray(first, first + wanted), to + copied);
      yield;
    }
  }
  return yield* checking(header, parameters, name);
}

/** Memory for the parameters, which the addon reads in place from another thread. */
function room({ spec, tensors }: Header): FloatArray {
  return floats(
    spec.precision,
    tensors.reduce((sum, { length }) => sum + length, 0),
    'shared',
  );
}

/** Tensors that follow each other in the file as they do in memory are read together. Bytes, counted from the data's start. */
function* runs(tensors: readonly TensorPlan[]): Generator<{ from: number; to: number; length: number }> {
  let run = { from: 0, to: 0, length: 0 };
  let to = 0;
  for (const { begin, end } of tensors) {
    if (begin !== run.from + run.length) {
      if (run.length > 0) yield run;
      run = { from: begin, to, length: 0 };
    }
    run.length += end - begin;
    to += end - begin;
  }
  yield run;
}

function* checking({ spec, specText, digest, metadata }: Header, parameters: FloatArray, name: string): Pieces<ModelState> {
  if (digest !== undefined && digest !== (yield* digesting([specText, asBytes(parameters)]))) throw wrongDigest(name);
  yield* checkingParameters(parameters, spec, name);
  return { spec, metadata, parameters };
}

export function wrongDigest(name: string): Error {
  return badModel(name, 'is damaged: its contents do not match the sha256 in its __metadata__');
}

/** The header's length. A JSON document is told from a safetensors file, whose first bytes are a small number. */
function headerLengthIn(prefix: Uint8Array, fileLength: number, name: string): number {
  if (prefix.at(-1) !== 0 && /^(\xef\xbb\xbf)?\s*[{[]/.test(String.fromCharCode(...prefix))) {
    throw badModel(name, 'is JSON, not a safetensors file: use NeuralNetwork.fromJSON(JSON.parse(text)) with its text');
  }
  return readHeaderLength(prefix, fileLength, name);
}

export function asBytes(array: FloatArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

export async function readBytes(file: FileHandle, position: number, length: number, name: string): Promise<Uint8Array> {
  const bytes = askingFor(length, () => new Uint8Array(length));
  await fill(bytes, file, position, name);
  return bytes;
}

/** One read, at most: Node refuses more than 2 GiB at once. */
const longestRead = 2 ** 30;

/** Reads as many bytes as there is room for. */
export async function fill(bytes: Uint8Array, file: FileHandle, position: number, name: string): Promise<void> {
  let filled = 0;
  while (filled < bytes.length) {
    const wanted = Math.min(bytes.length - filled, longestRead);
    const { bytesRead } = await file.read(bytes, filled, wanted, position + filled);
    if (bytesRead === 0) throw badModel(name, 'is cut short: it became smaller while it was read');
    filled += bytesRead;
  }
}
