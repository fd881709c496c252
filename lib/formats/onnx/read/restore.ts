import { atOnce } from '../../../event-loop';
import type { FloatArray } from '../../../native';
import { checkMetadata, checkOnnx, type NetworkSpec, tensorsOf } from '../../../options';
import { findingNotFinite, floats, type ModelState, readSpec } from '../../state';
import { encodedParts } from '../encode';
import type { OnnxModel } from '../schema';
import { type Restorable, restorableKey, writeGraph } from '../write';
import { readTensor } from './tensors';

/**
 * The model in a file that `toONNX` wrote, with loss, dropout and the like. Undefined for any other file, and for one that has been changed
 * since: its graph must be the one that this model is written as.
 */
export function restored(model: OnnxModel, file: string): ModelState | undefined {
  const text = model.metadata?.find(({ key }) => key === restorableKey)?.value;
  if (text === undefined || model.producerName !== 'chainrule') return undefined;
  try {
    const { version, spec: given, metadata, tensors } = JSON.parse(text) as Restorable;
    if (version !== 1) return undefined;
    const spec = readSpec(given, file);
    const state = { spec, metadata: checkMetadata(metadata, 'metadata'), parameters: parametersOf(model, spec, tensors, file) };
    return atOnce(findingNotFinite(state.parameters)) < 0 && isSame(model, state) ? state : undefined;
  } catch {
    return undefined;
  }
}

function parametersOf({ graph }: OnnxModel, spec: NetworkSpec, left: Restorable['tensors'], file: string): FloatArray {
  const all = Array.from(tensorsOf(spec));
  const initializers = new Map(graph?.initializers?.map((tensor) => [tensor.name, tensor]));
  const found = all.map(({ name, length }) => {
    const tensor = initializers.get(name);
    const values = tensor === undefined ? left[name] : (readTensor(tensor, file, () => undefined) as { data: FloatArray }).data;
    if (values?.length !== length) throw new RangeError(`there is no tensor ${name}`);
    return values;
  });
  const parameters = floats(
    spec.precision,
    all.reduce((sum, { length }) => sum + length, 0),
  );
  for (const [index, { offset }] of all.entries()) {
    parameters.set(found[index] as ArrayLike<number>, offset);
  }
  // The deviation of a constant column is written as an infinite one.
  for (let i = 0; i < parameters.length; i++) if (parameters[i] === Infinity) parameters[i] = 0;
  return parameters;
}

/** Whether the file has the graph that the model would be written as, with the names that it has. */
function isSame({ graph, opsets }: OnnxModel, state: ModelState): boolean {
  const options = checkOnnx({
    opset: opsets?.[0]?.version,
    inputName: graph?.inputs?.[0]?.name,
    outputName: graph?.outputs?.[0]?.name,
    labels: graph?.outputs?.length === 2,
  });
  const [own, wanted] = [encodedParts({ graph: graph ?? {} }), encodedParts({ graph: writeGraph(state, options).graph })];
  return own.length === wanted.length && own.every((part, index) => isEqual(part, wanted[index] as Uint8Array));
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, index) => byte === b[index]);
