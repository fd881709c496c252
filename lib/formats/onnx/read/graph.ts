import { ChainruleError } from '../../../errors';
import type { Pieces } from '../../../event-loop';
import { badModel } from '../../state';
import { elementTypes, type OnnxGraph, type OnnxModel, type OnnxNode, type OnnxValue } from '../schema';
import { Node } from './node';
import { NotLayered } from './not-layered';
import type { Context } from './operator';
import { readingNode } from './operators';
import { mostDimensions, readingTensor } from './tensors';
import { product, type Value } from './values';

/** The most nodes of a graph. */
const mostNodes = 2 ** 14;

/** The domains of the operators that are read: ONNX's own by both its names, that for classical machine learning, and onnxruntime's. */
const domains: readonly string[] = ['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft'];

/** The values of a graph by their names. */
export interface ReadGraph {
  values: ReadonlyMap<string, Value>;
  /** The columns of all inputs together. */
  inputSize: number;
  isDouble: boolean;
}

/** Runs through the nodes, which stand in the order in which they are computed. */
export function* readingGraph({ graph = {} }: OnnxModel, given: Omit<Context, 'isOfOneRow'>): Pieces<ReadGraph> {
  const { nodes = [], initializers = [] } = graph;
  const context = { ...given, isOfOneRow: graph.inputs?.some(({ type }) => type?.tensor?.shape?.dims?.[0]?.size === 1) ?? false };
  if (nodes.length > mostNodes) throw badModel(context.file, `has more than ${mostNodes} nodes`);
  const values = new Map<string, Value>();
  for (const tensor of initializers) {
    const value = yield* readingTensor(tensor, context.file, context.external);
    context.resolved.add(product(value.dims));
    values.set(tensor.name ?? '', value);
  }
  const { inputSize, isDouble } = addInputs(graph, values, context.file);
  for (const node of nodes) {
    yield* addNode(node, values, context);
    yield;
  }
  return { values, inputSize, isDouble };
}

/** Each input takes columns of `x`, one behind the other. Older files list weights as inputs, too. */
function addInputs({ inputs = [] }: OnnxGraph, values: Map<string, Value>, file: string): { inputSize: number; isDouble: boolean } {
  const open = inputs.filter(({ name = '' }) => !values.has(name));
  const isVector = open.every(({ type }) => type?.tensor?.shape?.dims?.length === 1);
  let first = 0;
  for (const input of open) {
    const dims = dimsOf(input, isVector, file);
    const columns = product(dims);
    values.set(input.name ?? '', { kind: 'flow', dims, expression: { op: 'input', columns, first }, ...(isVector && { isVector }) });
    first += columns;
  }
  if (first === 0) throw unsupported(file, 'has no input');
  return { inputSize: first, isDouble: open.every(({ type }) => type?.tensor?.type === elementTypes.double) };
}

/** The columns of an input: all its dimensions but the first, which is that of the rows, or all where every input is a vector. */
function dimsOf({ name = '', type }: OnnxValue, isVector: boolean, file: string): number[] {
  const dims = type?.tensor?.shape?.dims;
  const shown = JSON.stringify(name.slice(0, 60));
  const element = type?.tensor?.type;
  if ((dims?.length ?? 0) > mostDimensions) throw unsupported(file, `has an input ${shown} of ${dims?.length} dimensions`);
  if (element === elementTypes.text) throw unsupported(file, `has an input ${shown} of texts: encode them before, as numbers`);
  if (dims === undefined || dims.length < (isVector ? 1 : 2))
    throw unsupported(file, `has an input ${shown} that is not [rows, columns]: export the model with a dimension for the rows`);
  const columns = dims.slice(isVector ? 0 : 1).map(({ size }) => size ?? 0);
  if (!columns.every((size) => Number.isSafeInteger(size) && size > 0) || product(columns) > 2 ** 24) {
    const shape = dims.map((dim) => dim.size ?? dim.name ?? '?').join(', ');
    throw unsupported(file, `has an input ${shown} of the shape [${shape}], where all sizes but that of the rows must be known`);
  }
  return columns;
}

function* addNode(given: OnnxNode, values: Map<string, Value>, context: Context): Pieces<void> {
  const { domain = '', inputs = [], outputs = [] } = given;
  const of = inputs.map((input) => {
    if (input === '') return undefined;
    const value = values.get(input);
    if (value === undefined)
      throw badModel(
        context.file,
        `has ${new Node(given, []).title}, whose input ${JSON.stringify(input.slice(0, 80))} is computed after it, or nowhere`,
      );
    return value;
  });
  const node = new Node(given, of);
  try {
    if (!domains.includes(domain)) throw new NotLayered(`its operator is of the domain ${JSON.stringify(domain.slice(0, 60))}`);
    for (const [index, value] of (yield* readingNode(node, context)).entries()) {
      const output = outputs[index] ?? '';
      if (value.kind !== 'flow') {
        if (output !== '') values.set(output, value);
        continue;
      }
      const flow = { ...(node.isVector && { isVector: true }), stacked: node.stacked, ...value };
      context.resolved.use(flow.expression.columns * (flow.stacked ?? 1));
      if (output !== '') values.set(output, flow);
    }
  } catch (error) {
    if (!(error instanceof NotLayered)) throw error;
    throw notLayered(context.file, error, node.description);
  }
}

/** The error for a node that layers cannot stand for, or for a whole model where the node is unknown. */
export function notLayered(file: string, { message, node }: NotLayered, read?: string): ChainruleError {
  const at = node ?? read;
  return unsupported(file, at === undefined ? `is no network of layers: ${message}` : `has ${at} that is no layer: ${message}`);
}

/** The error for a model that is right, and that no network of ours is. */
export function unsupported(file: string, problem: string): ChainruleError {
  return new ChainruleError('ERR_CHAINRULE_UNSUPPORTED', `${file} ${problem}`);
}
