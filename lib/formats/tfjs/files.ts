import path from 'node:path';
import { describe } from '../../errors';
import { inSlices } from '../../event-loop';
import type { FilePath } from '../../options';
import { concatenated } from '../concatenated';
import { JsonError, type JsonLimits, parsingJson } from '../json-reader';
import { badModel } from '../state';
import { readWhole } from '../whole-file';
import { arrayAt, objectAt, textAt } from './documents';
import { readWeights } from './weights';

/** A model of TensorFlow.js in memory, of which nothing is known but where its parts are. */
export interface TfjsParts {
  modelTopology: unknown;
  weightSpecs: unknown;
  weightData: Uint8Array;
}

/** The longest `model.json`: that of 30,000 layers. */
const longestDocument = 2 ** 26;

/** A layer of Keras 3 is some 60 values of 25 bytes, up to 12 deep. */
export const documentLimits = (bytes: number): JsonLimits => ({ depth: 32, values: 2 ** 16 + Math.ceil(bytes / 24), entries: 0 });

/** Reads a `model.json` and the files of weights that it names, which lie beside it or below. */
export async function readTfjsFiles(place: FilePath): Promise<TfjsParts> {
  const name = place.given;
  const { modelTopology, weightsManifest } = objectAt(await parsed(await readWhole(place, longestDocument), name), 'the file', name);
  const specs: unknown[] = [];
  const files = new Map<string, FilePath>();
  for (const [index, given] of arrayAt(weightsManifest, 'weightsManifest', name).entries()) {
    const { paths, weights } = objectAt(given, `weightsManifest[${index}]`, name);
    for (const weight of arrayAt(weights, `weightsManifest[${index}].weights`, name)) specs.push(weight);
    for (const part of arrayAt(paths, `weightsManifest[${index}].paths`, name)) {
      const file = beside(place, textAt(part, `weightsManifest[${index}].paths`, name));
      if (files.has(file.absolute)) throw badModel(name, `names the file ${describe(part)} twice`);
      files.set(file.absolute, file);
    }
  }
  let { bytes: left } = readWeights(specs, name);
  const parts: Uint8Array[] = [];
  for (const file of files.values()) {
    const part = await readWhole(file, left);
    parts.push(part);
    left -= part.length;
  }
  return { modelTopology, weightSpecs: specs, weightData: concatenated(parts) };
}

async function parsed(bytes: Uint8Array, name: string): Promise<unknown> {
  try {
    return await inSlices(parsingJson(bytes, documentLimits(bytes.length)));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw badModel(name, `is not the model.json of a model of TensorFlow.js: it ${error.message}`, error);
  }
}

/** A file in the folder of another, or below it. */
function beside({ argument, given, absolute }: FilePath, relative: string): FilePath {
  const steps = relative.split('/');
  if (relative === '' || /[\\:\0]/.test(relative) || steps.some((step) => step === '' || step === '..')) {
    throw badModel(given, `names the file ${describe(relative)}: weights lie in the folder of the model`);
  }
  return { argument, given: path.join(path.dirname(given), ...steps), absolute: path.join(path.dirname(absolute), ...steps) };
}
