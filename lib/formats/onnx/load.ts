import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { inSlices } from '../../event-loop';
import type { FilePath } from '../../options';
import { named, openFile, using } from '../regular-file';
import { readBytes } from '../safetensors';
import { badModel, type ModelState } from '../state';
import { decodingModel } from './decode';
import { type Reading, readingOnnx } from './read';
import type { OnnxModel, OnnxTensor } from './schema';

/** The network in the bytes of an ONNX file. The event loop stays free. */
export async function readOnnxBytes(bytes: Uint8Array, reading: Reading): Promise<ModelState> {
  return inSlices(readingOnnx(await inSlices(decodingModel(bytes, reading.name)), reading));
}

/** The network in an ONNX file, whose weights may be in files beside it. */
export async function loadOnnx(place: FilePath, output: string | undefined): Promise<ModelState> {
  const name = place.given;
  const model = await inSlices(decodingModel(await wholeFile(place), name));
  const files = new Map<string, Uint8Array>();
  for (const location of externalLocations(model)) files.set(location, await wholeFile(await beside(place, location)));
  return inSlices(readingOnnx(model, { name, external: (location) => files.get(location), output }));
}

async function wholeFile(place: FilePath): Promise<Uint8Array> {
  return named(place, async () => using(await openFile(place), async (file) => readBytes(file, 0, (await file.stat()).size, place.given)));
}

function externalLocations({ graph }: OnnxModel): Set<string> {
  const constants = graph?.nodes?.flatMap(({ attributes = [] }) => attributes.map(({ tensor }) => tensor)) ?? [];
  const tensors = [...(graph?.initializers ?? []), ...constants].filter((tensor): tensor is OnnxTensor => tensor?.location === 1);
  return new Set(tensors.map(({ external = [] }) => external.find(({ key }) => key === 'location')?.value ?? ''));
}

/** A file in the model's folder or below it: never another one, whatever the model says and wherever links lead. */
async function beside(place: FilePath, location: string): Promise<FilePath> {
  const shown = JSON.stringify(location.slice(0, 100));
  const refuse = (): Error => badModel(place.given, `has weights in the file ${shown}, which is not in its folder`);
  if (location === '' || /[\0\\:]/.test(location) || path.isAbsolute(location) || location.split('/').includes('..')) throw refuse();
  const folder = path.dirname(await realpath(place.absolute));
  const wanted = { argument: place.argument, given: path.join(path.dirname(place.given), location), absolute: path.join(folder, location) };
  const real = await named(wanted, () => realpath(wanted.absolute));
  if (path.relative(folder, real).split(path.sep)[0] === '..' || path.isAbsolute(path.relative(folder, real))) throw refuse();
  return { ...wanted, absolute: real };
}
