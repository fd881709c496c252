import { float, floats, type GraphWriter, int, ints, texts } from '../../formats/onnx/graph-writer';
import type { CategoryState } from '../category-feature';
import { Encoder } from '../encoder';
import { indexOfBoolean } from '../records';
import type { Piece, Placed } from './pieces';

/** A column of texts: the index for a row of the network's own table, or a row of one that is known here. 0: missing or unknown. */
export function writeCategory(graph: GraphWriter, { feature, index, columns }: Placed<CategoryState>): Piece {
  const keys = keysOf(feature);
  const names = texts(keys.map(({ text }) => text));
  const indices = keys.map(({ code }) => code + 1);
  if (feature.form === 'embedding') {
    const attributes = { keys_strings: names, values_floats: floats(indices), default_float: float(0) };
    return { value: graph.node('LabelEncoder', [feature.name], attributes), columns };
  }
  const rows = [-1, ...feature.categories.keys()].map((code) => new Encoder([feature]).encode([code]));
  const table = Float32Array.from(rows.flatMap((row) => [...row]));
  const row = graph.node('LabelEncoder', [feature.name], { keys_strings: names, values_int64s: ints(indices), default_int64: int(0) });
  const cells = graph.node('Gather', [graph.tensor(`encoder.${index}.table`, [rows.length, columns.length], table), row]);
  // Of [rows, 1, columns]; 0 stands for as many rows as there are.
  return { value: graph.node('Reshape', [cells, graph.integers([0, columns.length])]), columns };
}

/** The texts that stand for categories. An empty one is a missing value, and booleans are `true` and `false`, too, however the data have them. */
function keysOf(feature: CategoryState): { text: string; code: number }[] {
  const { categories, type } = feature;
  const indexOf = (text: string): number => categories.indexOf(text);
  const codes = new Map(categories.map((text, code) => [text, code]));
  if (type === 'boolean') for (const value of [false, true]) codes.set(String(value), indexOfBoolean(value, feature, indexOf));
  return [...codes].flatMap(([text, code]) => (text === '' || code < 0 ? [] : [{ text, code }]));
}
