import { ChainruleError, describe, wrongOption } from '../../errors';
import { encodeModel } from '../../formats/onnx/encode';
import { described, GraphWriter, mlDomain } from '../../formats/onnx/graph-writer';
import { elementTypes, tabularGraph } from '../../formats/onnx/schema';
import { writeNetwork } from '../../formats/onnx/write-network';
import { single, tensorWriter } from '../../formats/onnx/write-tensors';
import type { NeuralNetwork } from '../../index';
import type { Encoder } from '../encoder';
import type { ModelParts } from '../train';
import { checkTabularOnnx } from './options';
import { writeEncoder } from './write-encoder';
import { outputsOfTarget, writeTarget } from './write-target';

/*
 * A model as one ONNX file: the columns of a table are its inputs, and its outputs are predictions. Encoder, network and target are written one
 * behind the other, and the same code writes the network here as in `NeuralNetwork.toONNX`.
 */

/** The version of ai.onnx.ml's operators: the first one with a LabelEncoder from texts to numbers. */
const mlVersion = 2;

export function writeModel({ network, encoder, target }: ModelParts, given: unknown): Uint8Array {
  const { opset, outputPrefix } = checkTabularOnnx(given);
  const outputs = outputsOfTarget(target, outputPrefix);
  const outputNames = outputs.map(({ name }) => name as string);
  checkColumns(encoder, outputNames);
  const names = encoder.features.map(({ name }) => name);
  const graph = new GraphWriter(opset, [...names, ...outputNames]);
  const x = writeEncoder(graph, encoder);
  const y = writeBehind(x, graph, network);
  writeTarget(y, graph, target, outputNames);
  const inputs = encoder.features.map(({ type, name }) =>
    described(name, type === 'number' || type === 'date' ? elementTypes.double : elementTypes.text, [1]),
  );
  return encodeModel({
    irVersion: 8,
    producerName: 'chainrule',
    graph: graph.graph(tabularGraph, inputs, outputs),
    opsets: [
      { domain: '', version: opset },
      { domain: mlDomain, version: mlVersion },
    ],
  });
}

/** Refuses columns that cannot be inputs. */
function checkColumns({ features }: Encoder, outputs: readonly string[]): void {
  if (features.length === 0) throw unsupported('the model uses no column, and an ONNX file without an input has no rows to predict for');
  for (const { name } of features) {
    if (name === '') throw unsupported('the column "" has an empty name, which an input of an ONNX file must not have');
    // Files have UTF-8, which has no half of a pair.
    if (/\p{Surrogate}/u.test(name))
      throw unsupported(`the column ${describe(name)} has a name that is no Unicode text, which ONNX files need`);
    if (outputs.includes(name)) {
      throw wrongOption(`the column ${describe(name)} has the name of an output; with { outputPrefix: 'predicted_' } outputs have others`);
    }
  }
}

const unsupported = (message: string): ChainruleError => new ChainruleError('ERR_CHAINRULE_UNSUPPORTED', message);

/** Writes the network behind the value `x`, and returns its output. */
function writeBehind(x: string, graph: GraphWriter, network: NeuralNetwork): string {
  const { spec, parameters } = network.toJSON({ weights: 'base64' });
  const { write } = tensorWriter(graph, spec, (tensor) => {
    const bytes = new Uint8Array(Buffer.from(parameters[tensor.name] as string, 'base64')).buffer;
    return single(spec.precision === 'f64' ? new Float64Array(bytes) : new Float32Array(bytes), tensor);
  });
  writeNetwork(x, graph, spec, write);
  return graph.last;
}
