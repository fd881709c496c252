import type { Pieces } from '../../event-loop';
import type { FloatArray } from '../../native';
import { checkMetadata, type Metadata, middleOf, type NetworkSpec, tensorsOf } from '../../options';
import { badModel, checkingParameters, floats, type ModelState, readSpec } from '../state';
import type { Expression, Layered } from './read/expressions';
import { notLayered, readingGraph, unsupported } from './read/graph';
import { labelsIn } from './read/labels';
import { inputsAt, namedTensors, readingLayers } from './read/layers';
import { NotLayered } from './read/not-layered';
import { Resolved, resolve } from './read/resolve';
import { restoring } from './read/restore';
import type { ExternalData } from './read/tensors';
import { copying, type Flow, type Labels, type Value } from './read/values';
import { type OnnxModel, tabularGraph } from './schema';

/** The settings of a reading. */
export interface Reading {
  /** The file's name in errors. */
  name: string;
  external: ExternalData;
  /** The output that becomes the network's; undefined: the first one that is of numbers. */
  output?: string | undefined;
}

/** The network in a model whose files have been read. */
export function* readingOnnx(model: OnnxModel, reading: Reading): Pieces<ModelState> {
  if (model.graph === undefined) throw badModel(reading.name, 'is no ONNX file: it has no graph');
  const restored = reading.output === undefined ? yield* restoring(model, reading.name) : undefined;
  const state = restored ?? (yield* ofGraph(model, reading));
  yield* checkingParameters(state.parameters, state.spec, reading.name);
  return state;
}

function* ofGraph(model: OnnxModel, reading: Reading): Pieces<ModelState> {
  if (model.producerName === 'chainrule' && model.graph?.name === tabularGraph) {
    throw unsupported(reading.name, 'is a model of a table, for ONNX runtimes: TabularModel.load reads the file that save wrote');
  }
  const { name, external, output } = reading;
  const resolved = new Resolved();
  const { values, inputSize, isDouble } = yield* readingGraph(model, { file: name, external, resolved });
  const { scores, names, threshold } = outputOf(model, values, name, output);
  try {
    if ((scores.stacked ?? 1) > 1) throw new NotLayered('the output of an ensemble is the mean of its members, and this one has them all');
    const { start, layers } = yield* readingLayers(headOf(scores.expression, resolved));
    const inputs = inputsAt(start, inputSize);
    const units = scores.expression.columns;
    const named = names.length === (units === 1 ? 2 : units) ? names : undefined;
    const options = { ...inputs.options, layers: layers.map(({ layer }) => layer), precision: isDouble ? 'f64' : 'f32' };
    const spec = readSpec({ ...options, ...(named && { classNames: named }) }, name);
    const tensors = new Map([...Object.entries(inputs.tensors), ...namedTensors(layers)]);
    return {
      spec,
      metadata: { ...metadataOf(model), ...thresholdOf(spec, threshold) },
      parameters: yield* parametersOf(spec, tensors, name),
    };
  } catch (error) {
    if (!(error instanceof NotLayered)) throw error;
    throw notLayered(name, error);
  }
}

/** The end of the network. In place of the logarithms of probabilities it gives the probabilities. */
function headOf(expression: Expression, resolved: Resolved): Layered {
  if (expression.op === 'logSoftmax') return expression.softmax;
  if (expression.op === 'memberMean') return expression.of;
  const [of] = expression.op === 'mapped' && expression.operator === 'Log' ? expression.of : [];
  if (typeof of === 'object' && of.op === 'activated' && of.activation === 'softmax') return of;
  return resolve(expression, resolved);
}

/** The scores that an output is, or is made of, and the names of their classes. */
function outputOf(
  { graph }: OnnxModel,
  values: ReadonlyMap<string, Value>,
  file: string,
  wanted: string | undefined,
): Omit<Labels, 'kind'> {
  const outputs = (graph?.outputs ?? []).map(({ name = '' }) => name);
  if (wanted !== undefined && !outputs.includes(wanted))
    throw unsupported(file, `has the outputs ${outputs.join(', ')}, and no output ${JSON.stringify(wanted)}`);
  const all = outputs.map((name) => values.get(name));
  const found = wanted === undefined ? all : [values.get(wanted)];
  const classes = [...found, ...all].map(labelsIn).filter((value) => value !== undefined);
  const scores = found.find((value): value is Flow => value?.kind === 'flow' && labelsIn(value) === undefined) ?? classes[0]?.scores;
  if (scores === undefined) throw unsupported(file, 'has no output that depends on its input');
  const { names = [], threshold } =
    classes.find((found) => found.names.length > 0) ?? classes.find((found) => found.threshold !== undefined) ?? {};
  return { scores, names, threshold };
}

/** The tensors of the network from those of the file; those that the file does not have are as they start. */
function* parametersOf(spec: NetworkSpec, tensors: ReadonlyMap<string, FloatArray>, file: string): Pieces<FloatArray> {
  const all = Array.from(tensorsOf(spec));
  const parameters = floats(
    spec.precision,
    all.reduce((sum, { length }) => sum + length, 0),
    'shared',
  );
  for (const { name, length, offset } of all) {
    const values = tensors.get(name);
    if (values?.length !== length) throw badModel(file, `has ${values?.length ?? 0} values for ${name}, where ${length} are needed`);
    yield* copying(values, parameters, offset);
  }
  return parameters;
}

/** The number that class 1 is above, where it is another one than that of `toClasses`: a network has no place for it but its metadata. */
function thresholdOf({ loss, layers }: NetworkSpec, threshold: number | undefined): Metadata {
  const last = layers.at(-1) as Extract<NetworkSpec['layers'][number], { units: number }>;
  if (threshold === undefined || Math.abs(threshold - middleOf(loss.type, last.activation)) < 1e-6) return {};
  return { threshold: String(threshold) };
}

/** The texts of the file's metadata, as far as a network keeps them. */
function metadataOf({ metadata = [] }: OnnxModel): Metadata {
  try {
    return checkMetadata(Object.fromEntries(metadata.map(({ key = '', value = '' }) => [key, value])), 'metadata');
  } catch {
    return {};
  }
}
