import path from 'node:path';
import { describe } from '../../errors';
import type { FilePath } from '../../options';
import { concatenated } from '../concatenated';
import { badModel } from '../state';
import { readWhole } from '../whole-file';
import { arrayAt, objectAt, textAt } from './documents';

/** A model of TensorFlow.js in memory, of which nothing is known but where its parts are. */
export interface TfjsParts {
  modelTopology: unknown;
  weightSpecs: unknown;
  weightData: Uint8Array;
}

/** Reads a `model.json` and the files of weights that it names, which lie beside it or below. */
export async function readTfjsFiles(place: FilePath): Promise<TfjsParts> {
  const name = place.given;
  const { modelTopology, weightsManifest } = objectAt(parsed(await readWhole(place), name), 'the file', name);
  const specs: unknown[] = [];
  const parts: Uint8Array[] = [];
  const files = new Set<string>();
  for (const [index, given] of arrayAt(weightsManifest, 'weightsManifest', name).entries()) {
    const { paths, weights } = objectAt(given, `weightsManifest[${index}]`, name);
    for (const weight of arrayAt(weights, `weightsManifest[${index}].weights`, name)) specs.push(weight);
    for (const part of arrayAt(paths, `weightsManifest[${index}].paths`, name)) {
      const file = beside(place, textAt(part, `weightsManifest[${index}].paths`, name));
      if (files.has(file.absolute)) throw badModel(name, `names the file ${describe(part)} twice`);
      files.add(file.absolute);
      parts.push(await readWhole(file));
    }
  }
  return { modelTopology, weightSpecs: specs, weightData: concatenated(parts) };
}

function parsed(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw badModel(name, 'is not the model.json of a model of TensorFlow.js: it is not JSON', error);
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
