import type { NeuralNetwork, Prediction } from '../../index';
import type { Schema, TabularModel } from '../../tabular/index';
import { type JsonSchema, recordSchema, rowSchema } from './json-schema';

/** A model as the server sees it: records in, predictions out. */
export interface ServedModel {
  readonly network: NeuralNetwork;
  /** `record`: an object of columns; `row`: an array of numbers. */
  readonly kind: 'record' | 'row';
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  /** Of a tabular model: for the form. */
  readonly schema?: Schema;
  /** The network's input; an error names the column. */
  encode(record: unknown): Float32Array | Float64Array;
  decode(outputs: ArrayLike<number>): unknown;
  /** The names that an error may be about. */
  readonly columns: readonly string[];
}

/** Whether it is a TabularModel rather than a plain network. */
export function isTabular(model: NeuralNetwork | TabularModel): model is TabularModel {
  return 'encode' in model && 'schema' in model;
}

export function servedModel(model: NeuralNetwork | TabularModel): ServedModel {
  return isTabular(model) ? tabularModel(model) : plainNetwork(model);
}

function tabularModel(model: TabularModel): ServedModel {
  const { network, schema } = model;
  return {
    network,
    kind: 'record',
    ...recordSchema(schema),
    schema,
    columns: schema.columns.map(({ name }) => name),
    encode: (record) => model.encode(record as Record<string, unknown>),
    decode: (outputs) => model.decode(outputs),
  };
}

/** A plain network: a row of numbers in, `{ outputs }` out; with class names a label and probabilities. */
function plainNetwork(network: NeuralNetwork): ServedModel {
  const { classNames, inputSize } = network;
  const decode = (outputs: ArrayLike<number>): unknown =>
    classNames === undefined ? { outputs: Array.from(outputs) } : labelled(classNames, outputs);
  return {
    network,
    kind: 'row',
    ...rowSchema(network),
    columns: [],
    encode: (given) => Float64Array.from(checkRow(given, inputSize)),
    decode,
  };
}

function labelled(classNames: readonly string[], outputs: ArrayLike<number>): unknown {
  const [one = 0] = Array.from(outputs);
  const values = outputs.length === 1 && classNames.length === 2 ? [1 - one, one] : Array.from(outputs);
  const best = values.reduce((found, value, index) => (value > (values[found] as number) ? index : found), 0);
  return { label: classNames[best], probabilities: Object.fromEntries(classNames.map((name, index) => [name, values[index]])) };
}

function checkRow(row: unknown, size: number): number[] {
  if (!Array.isArray(row)) throw new TypeError(`a row must be an array of ${size} numbers`);
  if (row.length !== size) throw new RangeError(`a row must have ${size} numbers, got ${row.length}`);
  const wrong = row.findIndex((value) => typeof value !== 'number' || !Number.isFinite(value));
  if (wrong >= 0) throw new TypeError(`row[${wrong}] must be a finite number, got ${JSON.stringify(row[wrong])}`);
  return row as number[];
}

/** The outputs of one row of a prediction. */
export function outputsOf({ data, shape: [, columns] }: Prediction, row: number): ArrayLike<number> {
  return data.subarray(row * columns, (row + 1) * columns);
}
