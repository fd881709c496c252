import { memoryView, newArray, typedArrayKind } from './data/typed-arrays';
import { ChainruleTypeError, wrongOption, wrongShape, wrongType, wrongValue } from './errors';
import { atOnce, inSlices, type Pieces } from './event-loop';
import { toJavaScript as writeJavaScript, toPyTorch as writePyTorch } from './formats/foreign';
import { type JsonModel, type JsonOptions, type JsonWeights, fromJSON as readJSON, toJSON as writeJSON } from './formats/json';
import { loadOnnx, readOnnxBytes, writeOnnx } from './formats/onnx';
import type { TorchModel } from './formats/pytorch/write';
import { decode, decoding, encode, load as loadFile, save as saveFile } from './formats/safetensors';
import type { ModelState } from './formats/state';
import { type NativeNetwork, native } from './native';
import { wire } from './native/wire';
import {
  checkFromOnnx,
  checkOnnx,
  checkSave,
  type FromOnnxOptions,
  type Metadata,
  type NetworkSpec,
  nativeSpec,
  type OnnxOptions,
  type Precision,
  propertyOf,
  type SaveOptions,
  type TensorPlace,
} from './options';
import { checkPath, isRevoked } from './options/check';
import { checkSupported, supported } from './precision';

/*
 * Networks into files, bytes and JSON, and out of them. All parameters cross the border to the addon as one block.
 */

/** A network with what is saved besides its parameters. */
export interface Model {
  network: NativeNetwork;
  spec: NetworkSpec;
  metadata: Metadata;
}

export function toJSON<W extends JsonWeights>(model: Model, options: JsonOptions<W>): JsonModel<W> {
  return writeJSON(stateOf(model), options);
}

export function toJavaScript(model: Model): string {
  return writeJavaScript(stateOf(model));
}

export function toPyTorch(model: Model): TorchModel {
  return writePyTorch(stateOf(model));
}

export function fromJSON(json: unknown): Model {
  return atOnce(making(readJSON(json), true));
}

export function toBytes(model: Model, options: SaveOptions): Uint8Array {
  const { metadata = model.metadata } = checkSave(options, 'options');
  return encode(stateOf({ ...model, metadata }));
}

export function toONNX(model: Model, options: OnnxOptions): Uint8Array {
  const checked = checkOnnx(options);
  return writeOnnx(stateOf({ ...model, metadata: checked.metadata ?? model.metadata }), checked);
}

export async function fromONNX(source: unknown, options: FromOnnxOptions): Promise<Model> {
  const given = checkSource(source);
  const { output, externalData } = checkFromOnnx(options);
  if (!(given instanceof Uint8Array)) return fromState(await loadOnnx(given, output));
  const external = (name: string): Uint8Array | undefined => {
    if (externalData === undefined || !Object.hasOwn(externalData, name)) return undefined;
    return bytesOf(externalData[name]) ?? fail(name, externalData[name]);
  };
  return fromState(await readOnnxBytes(stable(given), { name: 'bytes', external, output }));
}

function fail(name: string, value: unknown): never {
  throw wrongType(`externalData[${JSON.stringify(name)}]`, 'a Uint8Array or an ArrayBuffer', value);
}

export function fromBytes(source: unknown): Model {
  const bytes = bytesOf(source);
  if (bytes === undefined) throw wrongType('bytes', 'a Uint8Array or an ArrayBuffer, with a whole safetensors file', source);
  return atOnce(making(decode(bytes, 'bytes'), true));
}

/** A network with its initial weights. */
export function newNetwork(spec: NetworkSpec): NativeNetwork {
  checkSupported(spec.precision);
  return new native.Network(wire.network(nativeSpec(spec)), spec.precision);
}

/** Saves the model as it is now: its parameters may change while they are written. */
export async function save(path: unknown, model: Model, options: SaveOptions): Promise<void> {
  const file = checkPath(path, 'path');
  const { metadata = model.metadata } = checkSave(options, 'options');
  const { network, spec } = model;
  const few = network.parameterCount <= fewParameters;
  await saveFile(file, few ? stateOf({ ...model, metadata }) : { spec, metadata, parameters: await network.readParametersAsync() });
}

export async function load(source: unknown): Promise<Model> {
  const given = checkSource(source);
  if (!(given instanceof Uint8Array)) return fromState(await loadFile(given));
  return fromState(await inSlices(decoding(stable(given), 'bytes')));
}

/** Few bytes as they are now: reading takes slices of time, and the caller may go on meanwhile. */
const stable = (bytes: Uint8Array): Uint8Array => (bytes.length <= fewBytes ? bytes.slice() : bytes);

/** The network of a saved model. The event loop stays free. */
export async function fromState(state: ModelState): Promise<Model> {
  const few = state.parameters.length <= fewParameters;
  const model = await inSlices(making(state, few));
  if (!few) await model.network.writeParametersAsync(state.parameters);
  return model;
}

/** The number of parameters that are copied at once, in a tenth of a millisecond; more of them are copied on another thread. */
const fewParameters = 2 ** 16;
const fewBytes = 2 ** 18;

function stateOf({ network, spec, metadata }: Model): ModelState {
  const parameters = newArray(spec.precision, network.parameterCount);
  network.readParameters(parameters);
  return { spec, metadata, parameters };
}

/** The network of a saved model, with its parameters or without. No random weights are drawn for it. */
function* making({ spec: saved, metadata, parameters }: ModelState, write: boolean): Pieces<Model> {
  yield;
  const spec = { ...saved, precision: supported(saved.precision) };
  const numbers = wire.network(nativeSpec(spec));
  yield;
  const network = new native.Network(numbers, spec.precision, false);
  if (write) network.writeParameters(parameters);
  yield;
  return { network, spec, metadata };
}

export type { TorchModel } from './formats/pytorch/write';

/** A whole safetensors file in memory. */
export type ModelBytes = Uint8Array | ArrayBufferLike;

/** The argument of `load`: bytes, or else the name of a file. */
function checkSource(value: unknown): Uint8Array | ReturnType<typeof checkPath> {
  const bytes = bytesOf(value);
  if (bytes !== undefined) return bytes;
  const isText = typeof value === 'string';
  if (
    isText
      ? /^\s*\{\s*"/.test(value)
      : typeof value === 'object' && value !== null && !isRevoked(value) && 'parameters' in value && 'spec' in value
  ) {
    throw wrongOption(
      `path is a JSON model${isText ? ' as text' : ''}: use NeuralNetwork.fromJSON(${isText ? 'JSON.parse(text)' : 'model'}) for it`,
    );
  }
  if (typeof value !== 'string' && typedArrayKind(value) !== undefined) throw wrongType('bytes', 'a Uint8Array or an ArrayBuffer', value);
  return checkPath(value, 'path');
}

/** A plain view of the bytes, if it is any. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (typedArrayKind(value) === 'Uint8Array') return memoryView(value, 'bytes') as Uint8Array;
  if (!isBuffer(value)) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(value);
  } catch {
    throw new ChainruleTypeError('ERR_CHAINRULE_TYPE', 'bytes must have memory, got a detached buffer (it was transferred elsewhere)');
  }
  return memoryView(bytes, 'bytes') as Uint8Array;
}

/** The engine's own getters, which throw for anything else, and work for buffers of other realms. */
const lengths = [ArrayBuffer, ...(typeof SharedArrayBuffer === 'undefined' ? [] : [SharedArrayBuffer])].map(
  ({ prototype }) => Object.getOwnPropertyDescriptor(prototype, 'byteLength')?.get as () => number,
);

function isBuffer(value: unknown): value is ArrayBufferLike {
  return lengths.some((length) => {
    try {
      return length.call(value) >= 0;
    } catch {
      return false;
    }
  });
}

/** The other network's parameters must fit: tensors of the same shapes, and the same element type. */
export function checkSameShapes(
  other: { precision: Precision; tensors: readonly TensorPlace[] },
  own: { precision: Precision; tensors: readonly TensorPlace[] },
): void {
  if ((other.precision === 'f64') !== (own.precision === 'f64')) {
    throw wrongValue('other.precision', own.precision === 'f64' ? '"f64"' : '"f32" or "bf16"', other.precision);
  }
  for (const [index, tensor] of own.tensors.entries()) {
    const there = other.tensors[index];
    if (there === undefined) break;
    const [found, wanted] = [there, tensor].map(({ shape }) => shape.join(', '));
    if (found === wanted && there.trained === tensor.trained) continue;
    throw wrongShape(
      `other.${propertyOf(there)} must have shape [${wanted}], as ${propertyOf(tensor)} has here, got [${found}]` +
        `${there.trained === tensor.trained ? '' : ', and be trained where that is'}`,
    );
  }
  if (other.tensors.length !== own.tensors.length) {
    throw wrongShape(`other must have ${own.tensors.length} tensors, got ${other.tensors.length}`);
  }
}
