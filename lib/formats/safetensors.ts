import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { inSlices } from '../event-loop';
import type { FloatArray } from '../native';
import { checkPath } from '../options/check';
import { named, openFile, using } from './regular-file';
import { type Header, planTensors, prefixLength, readHeader, readHeaderLength, readingHeader, writeHeader } from './safetensors-header';
import { badModel, checkValues, floats, type LayerParameters, type ModelState } from './state';
import { writeWhole } from './write-whole';

/*
 * A model as a safetensors file: the length of the header (64 bits, little endian), the header (JSON), the tensors one behind the other.
 * docs/formats.md has the details.
 */

/** Where a model is kept. */
export type ModelPath = string | URL;

/** Saves a model: the file is written whole or not at all. */
export async function save(path: ModelPath, state: ModelState): Promise<void> {
  await writeWhole(checkPath(path, 'path'), parts(state));
}

/** Loads a model that `save` wrote. What is wrong with a damaged file is said in an error with the code `ERR_CHAINRULE_FORMAT`. */
export async function load(path: ModelPath): Promise<ModelState> {
  const place = checkPath(path, 'path');
  const name = place.given;
  return named(place, async () =>
    using(await openFile(place), async (file) => {
      const { header, start } = await readFileHeader(file, name);
      const arrays: FloatArray[] = [];
      for (const { length, begin } of header.tensors) {
        const array = floats(header.spec.precision, length);
        await fill(asBytes(array), file, start + begin, name);
        arrays.push(array);
      }
      return assemble(header, arrays, name);
    }),
  );
}

/** The header of an open file, and where its data begin. */
export async function readFileHeader(file: FileHandle, name: string): Promise<{ header: Header; start: number }> {
  const { size } = await file.stat();
  const prefix = await readBytes(file, 0, Math.min(size, prefixLength), name);
  const headerLength = readHeaderLength(prefix, size, name);
  const start = prefixLength + headerLength;
  const bytes = await readBytes(file, prefixLength, headerLength, name);
  return { header: await inSlices(readingHeader(bytes, size - start, name)), start };
}

/** A whole file, in memory. */
export function encode(state: ModelState): Uint8Array {
  return new Uint8Array(Buffer.concat(parts(state)));
}

/** The model in a whole file; `name` is what it is called in errors. */
export function decode(bytes: Uint8Array, name: string): ModelState {
  const headerLength = readHeaderLength(bytes.subarray(0, prefixLength), bytes.length, name);
  const data = bytes.subarray(prefixLength + headerLength);
  const header = readHeader(bytes.subarray(prefixLength, prefixLength + headerLength), data.length, name);
  const arrays = header.tensors.map(({ length, begin, end }) => {
    const array = floats(header.spec.precision, length);
    asBytes(array).set(data.subarray(begin, end));
    return array;
  });
  return assemble(header, arrays, name);
}

function parts({ spec, parameters }: ModelState): Uint8Array[] {
  const specText = JSON.stringify(spec);
  const data = parameters.flatMap(({ weights, bias }) => [asBytes(weights), asBytes(bias)]);
  return [writeHeader({ spec: specText, sha256: digestOf(specText, data) }, planTensors(spec)), ...data];
}

function assemble({ spec, specText, digest, tensors }: Header, arrays: readonly FloatArray[], name: string): ModelState {
  if (digest !== undefined && digest !== digestOf(specText, arrays.map(asBytes))) throw wrongDigest(name);
  const parameters: LayerParameters[] = [];
  for (const [index, array] of arrays.entries()) {
    const { name: tensor, shape } = tensors[index] as Header['tensors'][number];
    checkValues(array, shape.at(-1) as number, tensor, name);
    if (index % 2 === 1) parameters.push({ weights: arrays[index - 1] as FloatArray, bias: array });
  }
  return { spec, parameters };
}

export function wrongDigest(name: string): Error {
  return badModel(name, 'is damaged: its contents do not match the sha256 in its __metadata__');
}

/** Over the specification and the tensors in the specification's order: what makes up the model, however the file arranges it. */
function digestOf(specText: string, data: readonly Uint8Array[]): string {
  const hash = createHash('sha256').update(specText);
  for (const bytes of data) hash.update(bytes);
  return hash.digest('hex');
}

export function asBytes(array: FloatArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

async function readBytes(file: FileHandle, position: number, length: number, name: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
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
