import { wrongShape, wrongType } from '../errors';
import { atOnce, inSlices, type Pieces } from '../event-loop';
import { type ModelBytes, NeuralNetwork } from '../index';
import { lengthOf } from '../options/check';
import { type MetricName, metricRows } from '../options/metrics';
import type { Table } from '../table/table';
import { aligning } from './align';
import { assess, assessConstant } from './assess';
import { decoding } from './decode';
import type { DroppedColumn, Encoder } from './encoder';
import { load, saveTo, toBytes } from './file';
import type { TabularOnnxOptions } from './onnx/options';
import { writeModel } from './onnx/write-model';
import { checkTable, isTable, type TabularPrediction, type TrainOptions } from './options';
import type { TrainingPlan } from './plan';
import { encodeRecords, listOf, predictionsOf, readerOf } from './predicting';
import { encodingTable } from './prepare';
import { isList, type RecordLike, type RecordReader } from './records';
import type { TabularEvaluation, TabularReport } from './report';
import { type Schema, schemaOf } from './schema';
import { summarize } from './summary';
import type { Target } from './target';
import { type ModelParts, planOf, train } from './train';

/**
 * A model of a table: an encoder of its columns, a network, and what the network's outputs stand for.
 *
 * ```ts
 * const model = await TabularModel.train(await readTable('houses.csv'), { target: 'price' });
 * model.predict({ rooms: 3, area: 120, town: 'Ulm' }); // { value: 412000 }
 * await model.save('houses.safetensors');
 * ```
 */
export class TabularModel {
  /** The network. Its inputs are what `encode` makes of a record. */
  readonly network: NeuralNetwork;
  readonly #encoder: Encoder;
  readonly #target: Target;
  readonly #dropped: readonly DroppedColumn[];
  readonly #report: TabularReport;
  readonly #reader: RecordReader;

  /** @internal */
  constructor({ network, encoder, target, dropped, report }: ModelParts) {
    if (!(network instanceof NeuralNetwork)) throw wrongType('new TabularModel', 'TabularModel.train or TabularModel.load', network);
    this.network = network;
    this.#encoder = encoder;
    this.#target = target;
    this.#dropped = dropped;
    this.#report = report;
    this.#reader = readerOf(encoder, target, dropped);
  }

  /**
   * Trains a model. Rows are split off for figures and for the choice of the best epoch; then the model is trained again on all rows. The event
   * loop stays free. The same table, options and seed give the same bits on every machine.
   *
   * @throws (rejects with) a TypeError or RangeError if an option or the table is wrong; an `AbortError` if `signal` is aborted before the first
   * epoch is complete.
   */
  static async train(table: Table, options: TrainOptions): Promise<TabularModel> {
    return new TabularModel(await train(table, options));
  }

  /**
   * Finds out what `train` makes of a table and its options, and what its reader should know of the data, without training.
   *
   * @throws (rejects with) a TypeError or RangeError as `train` does.
   */
  static plan(table: Table, options: TrainOptions): Promise<TrainingPlan> {
    return planOf(table, options);
  }

  /**
   * Predicts for one record, for records or for the rows of a table, on the calling thread.
   *
   * @throws TypeError or RangeError that names the column. A record may lack one only where training lacked some; an unknown column or a value
   * of another type is an error.
   */
  predict(record: RecordLike): TabularPrediction;
  predict(records: readonly RecordLike[] | Table): TabularPrediction[];
  predict(given: RecordLike | readonly RecordLike[] | Table): TabularPrediction | TabularPrediction[] {
    if (isTable(given)) {
      const x = atOnce(encodingRows(this.#encoder, given));
      return given.rows === 0 ? [] : this.#predictInput(x, given.rows);
    }
    if (!isList(given)) return this.#predictInput(this.encode(given), 1)[0] as TabularPrediction;
    if (given.length === 0) return [];
    return this.#predictInput(encodeRecords(this.#reader, this.#encoder, given, 'records'), given.length);
  }

  /** The same for the rows of a table, while the event loop stays free: for large ones. */
  async predictAsync(table: Table): Promise<TabularPrediction[]> {
    checkTable(table, 'table');
    if (table.rows === 0) return [];
    const data = await inSlices(encodingRows(this.#encoder, table));
    const outputs = await this.network.predictAsync({ data, shape: [table.rows, this.#encoder.width] });
    return listOf(this.#target, await inSlices(decoding(this.#target, outputs.data)));
  }

  /**
   * Measures the model on a table that has the target. Rows without it are left out.
   *
   * @throws (rejects with) a RangeError that shows both, if the table has classes that training did not have.
   */
  async evaluate(table: Table): Promise<TabularEvaluation> {
    checkTable(table, 'table');
    const part = await inSlices(encodingTable(table, this.#encoder, this.#target, undefined));
    const { seed } = this.#report;
    const assessed = await assess(this.network, this.#target, part, this.#metric, seed);
    return { ...assessed, baselines: await assessConstant(this.#target, part, this.#metric, seed) };
  }

  /** A row of the network's input, from a record: for `network.batcher()` and the like. */
  encode(record: RecordLike): Float32Array {
    return this.#encoder.encode(this.#reader.read(record, 'record'));
  }

  /** The prediction that one row of the network's outputs stands for. */
  decode(outputs: ArrayLike<number>): TabularPrediction {
    const { outputSize } = this.network;
    if (lengthOf(outputs, 'outputs') !== outputSize)
      throw wrongShape(`outputs must have ${outputSize} numbers, one row, got ${outputs.length}`);
    return predictionsOf(this.#target, outputs)[0] as TabularPrediction;
  }

  /** All that is known of the model, as plain JSON: data, split, curves, figures beside those of baselines, importance, warnings. A copy. */
  get report(): TabularReport {
    return structuredClone(this.#report);
  }

  /** The columns of the model as plain JSON. `readTable(path, { schema: model.schema })` reads a table as the model needs it. */
  get schema(): Schema {
    return schemaOf(this.#encoder, this.#target, this.#dropped);
  }

  /** The report in a few lines. */
  summary(): string {
    return summarize(this.#report, this.#encoder, this.network);
  }

  /** Saves the model as one safetensors file, which is written whole or not at all. */
  async save(path: string | URL): Promise<void> {
    await saveTo(path, this.#parts);
  }

  /** The same file in memory. */
  toBytes(): Uint8Array {
    return toBytes(this.#parts);
  }

  /**
   * The model as an ONNX file, for runtimes in other languages: columns are its inputs, and its outputs `value`, or `label` and `probabilities`.
   * docs/onnx.md says how values are given.
   *
   * @throws `ERR_CHAINRULE_UNSUPPORTED` that names the column, if one cannot be an input.
   */
  toONNX(options: TabularOnnxOptions = {}): Uint8Array {
    return writeModel(this.#parts, options);
  }

  /**
   * Loads a model from a file that `save` wrote, or from the bytes of one. Everything in it is checked.
   *
   * @throws (rejects with) `ERR_CHAINRULE_FORMAT` if the file is damaged or something else, or the system's error if it cannot be read.
   */
  static async load(source: string | URL | ModelBytes): Promise<TabularModel> {
    return new TabularModel(await load(source));
  }

  get #parts(): ModelParts {
    return { network: this.network, encoder: this.#encoder, target: this.#target, dropped: this.#dropped, report: this.#report };
  }

  get #metric(): MetricName | undefined {
    const { monitor } = this.#report;
    return monitor in metricRows ? (monitor as MetricName) : undefined;
  }

  #predictInput(data: Float32Array, rows: number): TabularPrediction[] {
    return predictionsOf(this.#target, this.network.predict({ data, shape: [rows, this.#encoder.width] }).data);
  }
}

/** The input for all rows of a table. */
function* encodingRows(encoder: Encoder, table: Table): Pieces<Float32Array> {
  return yield* encoder.encoding(yield* aligning(table, encoder, true), table.rows);
}
