import { stat } from 'node:fs/promises';
import path from 'node:path';
import { NeuralNetwork } from '../index';
import { TabularModel } from '../tabular/index';

/** The name of the model in a folder that `train` writes. */
export const modelName = 'model.safetensors';

/** The file of a model: of a folder, the one in it. */
export async function modelFile(given: string): Promise<string> {
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => false, // whoever reads it says what is wrong
  );
  return isFolder ? path.join(given, modelName) : given;
}

/** A tabular model, or a plain network. */
export async function loadModel(file: string): Promise<TabularModel | NeuralNetwork> {
  try {
    return await TabularModel.load(file);
  } catch (error) {
    if (!/is not a tabular model/.test((error as Error).message)) throw error;
    return NeuralNetwork.load(file);
  }
}

/** A tabular model. */
export async function loadTabular(given: string): Promise<TabularModel> {
  return TabularModel.load(await modelFile(given)).catch((error: Error) => {
    if (/is no safetensors file|is not a tabular model/.test(error.message))
      error.message += '; MODEL is a folder that train wrote, or its model';
    throw error;
  });
}

/** A model in a few words. */
export function describeModel(model: TabularModel | NeuralNetwork): string {
  if (model instanceof TabularModel) {
    const { target, columns } = model.schema;
    return `${target.name} from ${columns.length} ${columns.length === 1 ? 'column' : 'columns'}`;
  }
  return `a network of ${model.inputSize} inputs and ${model.outputSize} outputs`;
}
