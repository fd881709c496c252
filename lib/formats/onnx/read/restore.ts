import { atOnce, type Pieces } from '../../../event-loop';
import type { FloatArray } from '../../../native';
import { checkMetadata, checkOnnx, deepestLayer, type NetworkSpec, tensorsOf } from '../../../options';
import { type JsonLimits, parsingJson } from '../../json-reader';
import { findingNotFinite, floats, type ModelState, readSpec } from '../../state';
import { decodingModel } from '../decode';
import { encodeModel } from '../encode';
import type { OnnxGraph, OnnxModel } from '../schema';
import { type Restorable, restorableKey, writeGraph } from '../write';
import { readingTensor } from './tensors';
import { type Constant, copying } from './values';

/** Layers are objects in an array, and so are those inside them. A layer is some eight values of sixteen bytes, and a graph has room for 16,384. */
const limitsOf = (bytes: number): JsonLimits => ({ depth: 2 * deepestLayer + 8, values: 2 ** 16 + Math.ceil(bytes / 24), entries: 0 });

/**
 * The model in a file that `toONNX` wrote, with loss, dropout and the like. Undefined for any other file, and for one that has been changed
 * since: its graph must be the one that this model is written as.
 */
export function* restoring(model: OnnxModel, file: string): Pieces<ModelState | undefined> {
  const text = model.metadata?.find(({ key }) => key === restorableKey)?.value;
  if (text === undefined || model.producerName !== 'chainrule') return undefined;
  try {
    const bytes = new TextEncoder().encode(text);
    const { version, spec: given, metadata, tensors } = (yield* parsingJson(bytes, limitsOf(bytes.length))) as Restorable;
    if (version !== 1) return undefined;
    const spec = readSpec(given, file);
    if (!isSame(model, spec)) return undefined;
    const parameters = yield* parametersOf(model, spec, tensors, file);
    if (parameters === undefined || (yield* findingNotFinite(parameters)) >= 0) return undefined;
    return { spec, metadata: checkMetadata(metadata, 'metadata'), parameters };
  } catch {
    return undefined;
  }
}

function* parametersOf({ graph }: OnnxModel, spec: NetworkSpec, left: Restorable['tensors'], file: string): Pieces<FloatArray | undefined> {
  const all = Array.from(tensorsOf(spec));
  const initializers = new Map(graph?.initializers?.map((tensor) => [tensor.name, tensor]));
  const sizeOf = (name: string): number | undefined => {
    const values = initializers.get(name);
    return values === undefined ? left[name]?.length : (values.raw?.length ?? 0) / 4;
  };
  if (all.some(({ name, length }) => sizeOf(name) !== length)) return undefined;
  const parameters = floats(
    spec.precision,
    all.reduce((sum, { length }) => sum + length, 0),
    'shared',
  );
  for (const { name, offset, length } of all) {
    const tensor = initializers.get(name);
    const values =
      tensor === undefined
        ? Float64Array.from(left[name] as number[])
        : ((yield* readingTensor(tensor, file, () => undefined)) as Constant).data;
    yield* copying(values, parameters, offset);
    // The deviation of a constant column is written as an infinite one.
    if (name.endsWith('.deviation')) for (let i = offset; i < offset + length; i++) if (parameters[i] === Infinity) parameters[i] = 0;
  }
  return parameters;
}

/** Whether the file has the graph that the network would be written as, with the names that it has, whatever its weights are. */
function isSame({ graph = {}, opsets }: OnnxModel, spec: NetworkSpec): boolean {
  const options = checkOnnx({
    opset: opsets?.[0]?.version,
    inputName: graph.inputs?.[0]?.name,
    outputName: graph.outputs?.[0]?.name,
    labels: graph.outputs?.length === 2,
  });
  const written = encodeModel({ graph: writeGraph(spec, options, () => new Float32Array(0)).graph });
  const weights = new Set(Array.from(tensorsOf(spec), ({ name }) => name));
  return isEqual(atOnce(decodingModel(written, '', Infinity)).graph, withoutWeights(graph, weights));
}

function withoutWeights(graph: OnnxGraph, weights: ReadonlySet<string>): OnnxGraph {
  const initializers = graph.initializers?.map((tensor) =>
    weights.has(tensor.name ?? '') && tensor.raw !== undefined ? { ...tensor, raw: new Uint8Array(0) } : tensor,
  );
  return { ...graph, ...(initializers && { initializers }) };
}

/** Whether two messages are the same. It takes no longer than the shorter one needs. */
function isEqual(own: unknown, other: unknown): boolean {
  if (own instanceof Uint8Array && other instanceof Uint8Array)
    return own.length === other.length && own.every((byte, index) => byte === other[index]);
  if (typeof own !== 'object' || own === null || typeof other !== 'object' || other === null) return own === other;
  const [keys, others] = [Object.keys(own), Object.keys(other)];
  return keys.length === others.length && keys.every((key) => isEqual(own[key as never], other[key as never]));
}
