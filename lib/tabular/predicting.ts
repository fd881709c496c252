import { atOnce } from '../event-loop';
import type { NeuralNetwork } from '../index';
import type { Decoded } from './decode';
import { decoding } from './decode';
import type { DroppedColumn, Encoder } from './encoder';
import type { TabularPrediction, TabularProgress } from './options';
import { RecordReader } from './records';
import type { Target } from './target';

/** The reader of records for a model. */
export const readerOf = (encoder: Encoder, target: Target, dropped: readonly DroppedColumn[]): RecordReader =>
  new RecordReader(encoder.features, [target.name, ...dropped.map(({ column }) => column)]);

/** The input for records. */
export function encodeRecords(reader: RecordReader, encoder: Encoder, records: readonly unknown[], name: string): Float32Array {
  const rows = reader.readAll(records, name);
  const x = new Float32Array(rows.length * encoder.width);
  for (const [index, values] of rows.entries()) x.set(encoder.encode(values), index * encoder.width);
  return x;
}

/** The predictions that outputs stand for. */
export function predictionsOf(target: Target, outputs: ArrayLike<number>): TabularPrediction[] {
  return listOf(target, atOnce(decoding(target, outputs)));
}

/** One object for each row. */
export function listOf(target: Target, { predicted, probabilities }: Decoded): TabularPrediction[] {
  if (target.kind === 'regression') return Array.from(predicted, (value) => ({ value }));
  const { classes } = target;
  return Array.from(predicted, (best, row) => ({
    label: classes[best] as string,
    probabilities: Object.fromEntries(
      classes.map((label, index) => [label, (probabilities as Float64Array)[row * classes.length + index] as number]),
    ),
  }));
}

/** Predicts records with a network while it is trained. */
export function predictingWith(
  encoder: Encoder,
  target: Target,
  dropped: readonly DroppedColumn[],
): (network: NeuralNetwork) => TabularProgress['predict'] {
  let reader: RecordReader | undefined;
  return (network) => (records) => {
    reader ??= readerOf(encoder, target, dropped);
    if (records.length === 0) return [];
    const data = encodeRecords(reader, encoder, records, 'records');
    return predictionsOf(target, network.predict({ data, shape: [records.length, encoder.width] }).data);
  };
}
